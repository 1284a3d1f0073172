"""Every command says what it is for, and answers a mistake with one sentence and status 2."""

import argparse
import json
import socket
import subprocess
import sys
from importlib import import_module

import pytest

from pochin.cli import COMMANDS, listening, main
from pochin.cli.tests.conftest import ROOT


def spoken(words, capsys):
    """The status of a command and what it said on either line."""
    try:
        status = main(words)
    except SystemExit as end:  # argparse has its own way out
        status = end.code
    said = capsys.readouterr()
    return status, said.out, said.err


def test_the_house_names_all_its_commands(capsys):
    status, out, _err = spoken(["--help"], capsys)

    assert status == 0
    assert [name for name, words in COMMANDS.items() if name not in out] == []


@pytest.mark.parametrize("name", sorted(COMMANDS))
def test_every_command_explains_itself(name, capsys):
    status, out, err = spoken([name, "--help"], capsys)

    assert (status, err) == (0, "")
    assert out.startswith(f"usage: pochin {name}")
    assert COMMANDS[name].capitalize() in out.replace("\n", " ")


@pytest.mark.parametrize("name", sorted(COMMANDS))
def test_every_option_is_explained(name):
    parser = argparse.ArgumentParser()
    import_module(f"pochin.cli.{name.replace('-', '_')}").add(parser)

    assert [action.dest for action in parser._actions if not action.help] == []


MISTAKES = {
    "no command": ([], "the following arguments are required: COMMAND"),
    "unknown command": (["fly"], "invalid choice: 'fly'"),
    "unknown option": (["worker", "--fast"], "unrecognized arguments: --fast"),
    "no register": (["import-sites", "/nowhere.csv"], "There is no file /nowhere.csv."),
    "no extract": (["import-organisations", "/nowhere.csv"], "There is no file /nowhere.csv."),
    "no plan": (["evaluate", "/nowhere.json", "/nowhere.csv"], "There is no file /nowhere.json."),
    "no plan to design": (["design", "/nowhere.json", "--sd", "1"], "There is no file /nowhere.js"),
    "no bundle": (["verify", "/nowhere.zip"], "There is no file /nowhere.zip."),
    "no spread": (["design", "/nowhere.json", "--sd", "nan"], "--sd must be a number that can"),
    "no lifecycle": (["lifecycles", "cats"], "There is no lifecycle cats; there are agreements,"),
}


@pytest.mark.parametrize("mistake", MISTAKES)
@pytest.mark.django_db
def test_a_mistake_gets_one_sentence(mistake, capsys):
    words, sentence = MISTAKES[mistake]

    status, out, err = spoken(words, capsys)

    assert status == 2
    assert sentence in err
    assert "Traceback" not in err + out


def test_a_plan_with_a_fault_is_named_with_its_place(tmp_path, capsys):
    plan = tmp_path / "plan.json"
    plan.write_text(json.dumps({"schema": "pochin-plan/1", "question": "?"}))

    status, _out, err = spoken(["evaluate", str(plan), str(plan)], capsys)

    assert status == 2
    assert f"{plan} is not a plan that can be used:" in err


def test_another_table_is_no_register(tmp_path, capsys, db):
    table = tmp_path / "table.csv"
    table.write_text("a,b\n1,2\n")

    status, _out, err = spoken(["import-sites", str(table)], capsys)

    assert status == 2
    assert err.startswith("pochin import-sites: table.csv has no columns ActDate, Area,")


def test_nobody_by_that_name_brings_a_register(tmp_path, capsys, db):
    table = tmp_path / "table.csv"
    table.write_text("a,b\n1,2\n")

    status, _out, err = spoken(["import-sites", str(table), "--by", "no@example.org"], capsys)

    assert (status, err) == (
        2, "pochin import-sites: Nobody here has the e-mail no@example.org.\n"
    )  # fmt: skip


def test_wrong_settings_are_one_sentence(new_home):
    done = new_home().run("check", POCHIN_MAIL_PORT="many")

    assert done.returncode == 2
    assert "Traceback" not in done.stderr
    assert "POCHIN_MAIL_PORT" in done.stderr


def test_a_database_that_is_not_there_is_one_sentence(new_home):
    home = new_home()
    for words in (["check"], ["worker", "--once"], ["import-sites", __file__], ["serve"]):
        done = home.run(*words)

        assert done.returncode == 2
        assert "Traceback" not in done.stderr
        assert "Run `pochin migrate` first." in done.stderr


def test_a_server_that_is_not_there_is_one_sentence(new_home):
    nowhere = "postgresql://postgres@/postgres?host=/nowhere"

    done = new_home().run("check", POCHIN_DATABASE_URL=nowhere)

    assert done.returncode == 2
    assert "Traceback" not in done.stderr
    assert "The database does not answer" in done.stderr


# What the machine does not give


def one_sentence(done):
    """What a command said, which must be one line and no trace of our own code."""
    assert done.returncode == 2, done.stdout + done.stderr
    assert "Traceback" not in done.stderr
    [line] = done.stderr.splitlines()[-1:]
    return line


def test_a_home_that_cannot_be_made_is_one_sentence(new_home, tmp_path):
    file = tmp_path / "file"
    file.touch()

    for words in (["check"], ["migrate"], ["demo", "--prepare-only"], ["manage", "check"]):
        said = one_sentence(new_home().run(*words, POCHIN_HOME=str(file)))

        assert said.startswith(f"pochin {words[0]}: POCHIN_HOME is {file}, and that folder cannot")


def test_a_database_that_is_none_is_one_sentence(new_home, tmp_path):
    file = tmp_path / "letter.txt"
    file.write_text("Dear Sir or Madam, this is a letter and not a database at all.\n")

    for words in (["check"], ["migrate"], ["recheck", "1"]):
        said = one_sentence(new_home().run(*words, POCHIN_DATABASE_URL=f"sqlite://{file}"))

        assert said == f"pochin {words[0]}: The database does not answer: file is not a database"


def test_a_server_that_is_not_there_cannot_be_brought_to_this_version(new_home):
    nowhere = "postgresql://postgres@/postgres?host=/nowhere"

    said = one_sentence(new_home().run("migrate", POCHIN_DATABASE_URL=nowhere))

    assert said.startswith("pochin migrate: The database does not answer: connection")


def test_the_port_of_a_database_is_a_number(new_home):
    done = new_home().run("check", POCHIN_DATABASE_URL="postgresql://localhost:many/pochin")

    assert one_sentence(done).endswith("The port in POCHIN_DATABASE_URL is not a number of a port.")


@pytest.mark.parametrize("words", [["demo"], ["serve"]])
def test_a_port_that_is_taken_is_told_before_anything_is_begun(words, new_home):
    home = new_home()
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]

        said = one_sentence(home.run(*words, "--port", str(port)))

    assert said == (
        f"pochin {words[0]}: Port {port} is in use already; stop what listens there or name "
        "another by --port."
    )
    assert not (home.folder / "db.sqlite3").exists()


NO_PLACE = {
    "no port": (["--port", "99999"], "99999 is not a port; those are numbers from 1 to 65535"),
    "no number": (["--port", "http"], "http is not a port; those are numbers from 1 to 65535"),
    "no address": (["--host", "nowhere"], "nowhere is not an address of the kind 127.0.0.1,"),
    "not ours": (["--host", "192.0.2.1"], "192.0.2.1 is not an address of this machine;"),
    "nobody serves": (["--workers", "0"], "0 is not a number from 1 up"),
}


@pytest.mark.parametrize("mistake", NO_PLACE)
def test_where_nobody_can_listen_is_told_in_words(mistake, capsys):
    words, sentence = NO_PLACE[mistake]

    status, _out, err = spoken(["serve", *words], capsys)

    assert status == 2
    assert sentence in err


def test_a_port_nobody_listens_on_is_free():
    with socket.create_server(("127.0.0.1", 0)) as gone:
        port = gone.getsockname()[1]

    listening.check("127.0.0.1", port)


def test_whoever_reads_only_the_first_line_gets_no_complaint(new_home):
    done = subprocess.run(
        ["bash", "-c", f"{sys.executable} -m pochin.cli lifecycles | head -1"],
        env=new_home().environment, capture_output=True, text=True, timeout=300, cwd=ROOT,
    )  # fmt: skip

    assert done.stdout.count("\n") == 1
    assert done.stderr == ""


def test_a_pilot_is_named_as_pages_name_it(new_home):
    home = new_home(is_migrated=True)

    for name in ("999", "P-999", "П-999"):
        said = one_sentence(home.run("recheck", name))

        assert said == "pochin recheck: Pilot P-999 has no such evaluation."
    assert one_sentence(home.run("recheck", "N-009")).endswith(
        "N-009 is not the number of a pilot, as 7 or P-007 are"
    )


def people(home, *emails):
    """Let people be in a home, as far as a command can see."""
    for email in emails:
        made = (
            f"from pochin.participants.models import Person; Person.objects.create(email={email!r})"
        )
        home("manage", "shell", "-c", made)


def test_no_demonstration_is_served_where_real_people_are(new_home):
    home = new_home(is_migrated=True)
    people(home, "vera@example.org")

    said = one_sentence(home.run("demo", "--prepare-only"))

    assert "holds people who are no part of a demonstration" in said


def test_a_demonstration_that_was_broken_off_is_not_served_as_a_whole_one(new_home):
    home = new_home(is_migrated=True)
    people(home, "kotova@demo.example")

    said = one_sentence(home.run("demo", "--prepare-only"))

    assert "was broken off while it was made" in said
