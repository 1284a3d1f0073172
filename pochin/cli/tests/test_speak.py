"""Every command says what it is for, and answers a mistake with one sentence and status 2."""

import argparse
import json
from importlib import import_module

import pytest

from pochin.cli import COMMANDS, main


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
