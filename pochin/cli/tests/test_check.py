"""`pochin check` names the first bad entry, whatever the owner of the database did to it."""

import json

import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from django.core.files.uploadedfile import SimpleUploadedFile
from django.db import connection

from conftest import NOON
from pochin.cli import main
from pochin.core import journal
from pochin.core.models import Entry, Tally
from pochin.files.intake import receive


@pytest.fixture
def story(city, vera):
    for verb in ("city.opened", "city.renamed", "city.closed"):
        journal.write(verb, city, by=vera, at=NOON, note=f"because {verb}")
    assert main(["checkpoint"]) == 0
    return list(journal.of(city))


@pytest.fixture
def owner():
    """What only the owner of the database can do: lift the triggers, then change rows."""

    def do(*statements):
        with connection.cursor() as cursor:
            triggers = _lifted(cursor)
            for sql, *params in statements:
                cursor.execute(sql, params)
            for create in triggers:
                cursor.execute(create)

    return do


TABLES = ("core_entrytext", "core_entry")


def _lifted(cursor):
    if connection.vendor == "postgresql":
        cursor.execute("SET CONSTRAINTS ALL IMMEDIATE")
        for table in TABLES:
            cursor.execute(f"ALTER TABLE {table} DISABLE TRIGGER USER")
        return [f"ALTER TABLE {table} ENABLE TRIGGER USER" for table in TABLES]
    cursor.execute(
        "SELECT name, sql FROM sqlite_master WHERE type = 'trigger' AND tbl_name IN (%s, %s)",
        TABLES,
    )
    triggers = cursor.fetchall()
    for name, _sql in triggers:
        cursor.execute(f"DROP TRIGGER {name}")
    return [sql for _name, sql in triggers]


def checked(capsys):
    capsys.readouterr()
    status = main(["check"])
    return status, capsys.readouterr().out.splitlines()


def test_a_whole_journal_passes(story, capsys):
    assert checked(capsys) == (
        0, [f"The journal is whole: {Entry.objects.count()} entries. All kept files are in place."]
    )  # fmt: skip


def test_an_edited_entry_is_named(story, owner, capsys):
    middle = story[1]
    owner(("UPDATE core_entry SET verb = 'city.sold' WHERE id = %s", middle.pk))

    status, said = checked(capsys)

    assert status == 1
    assert said[0] == f"{middle.stream} entry 2 was changed after it was written."


def _deleted(entry):
    return [
        ("DELETE FROM core_entrytext WHERE entry_id = %s", entry.pk),
        ("DELETE FROM core_entry WHERE id = %s", entry.pk),
    ]


def test_a_deleted_entry_is_named_by_the_one_after_it(story, owner, capsys):
    owner(*_deleted(story[1]))

    status, said = checked(capsys)

    assert (status, said[0]) == (1, f"The chain is broken before {story[0].stream} entry 3.")


def test_a_tail_cut_off_shows_against_the_checkpoint(story, owner, capsys):
    owner(*_deleted(story[2]))

    status, said = checked(capsys)

    assert (status, said) == (
        1, [f"{story[0].stream} entry 3 is not what the checkpoint 00000001.json holds."]
    )  # fmt: skip


def test_a_whole_story_taken_away_shows_against_the_checkpoint(story, owner, capsys):
    owner(*[one for entry in reversed(story) for one in _deleted(entry)])

    status, said = checked(capsys)

    assert status == 1
    assert said == [f"{story[0].stream} entry 3 is not what the checkpoint 00000001.json holds."]


def test_a_chain_written_anew_shows_against_the_checkpoint(story, owner, capsys):
    """The owner knows how the hashes are made, and makes them anew after an edit."""
    previous = ""
    for entry in story:
        entry.verb = entry.verb.replace("closed", "sold")
        entry.previous = previous
        entry.hash = previous = journal.digest(entry)
        owner(
            ("UPDATE core_entry SET verb = %s, previous = %s, hash = %s WHERE id = %s",
             entry.verb, entry.previous, entry.hash, entry.pk),
        )  # fmt: skip

    status, said = checked(capsys)

    assert status == 1
    assert said == [f"{story[0].stream} entry 3 is not what the checkpoint 00000001.json holds."]


def test_an_entry_tied_to_another_thing_is_named(story, vera, owner, capsys):
    """Lists of what happened to a thing ask by its kind and key."""
    middle = story[1]
    owner(("UPDATE core_entry SET thing_id = %s WHERE id = %s", middle.thing_id + 1, middle.pk))

    status, said = checked(capsys)

    assert status == 1
    assert said[0] == (f"{middle.stream} entry 2 was tied to another thing after it was written.")


@pytest.mark.parametrize(
    "damage",
    [
        lambda _text: "",
        lambda text: text[: len(text) // 2],
        lambda _text: "[]",
        lambda _text: "{}",
        lambda text: text.replace('"heads": {', '"heads": [{', 1).replace("},", "}],", 1),
        lambda text: text.replace('"key": "', '"key": "no hex '),
        lambda text: text.replace('"signature": "', '"signature": "ё'),
        lambda text: text.replace('"number": 1', '"number": "1"'),
        lambda text: text.replace('"number": 1', '"number": 2'),
    ],
)
def test_a_checkpoint_spoilt_in_any_way_is_named(story, settings, capsys, damage):
    file = settings.CHECKPOINTS / "00000001.json"
    spoilt = damage(file.read_text())
    assert spoilt != file.read_text()
    file.write_text(spoilt)

    status, said = checked(capsys)

    assert status == 1
    assert said[0] == "The checkpoint 00000001.json is not the one that was written."


def test_a_checkpoint_signed_by_another_key_is_named(story, settings, capsys):
    """Who has the disk but not the key makes a key of their own."""
    file = settings.CHECKPOINTS / "00000001.json"
    said = json.loads(file.read_text())
    key = Ed25519PrivateKey.generate()
    bare = {name: value for name, value in said.items() if name not in {"signature", "key"}}
    bytes_ = json.dumps(bare, sort_keys=True, separators=(",", ":")).encode()
    said |= {"signature": key.sign(bytes_).hex(), "key": key.public_key().public_bytes_raw().hex()}
    file.write_text(json.dumps(said, indent=1))

    assert checked(capsys) == (
        1, ["The checkpoint 00000001.json is not the one that was written."]
    )  # fmt: skip


def test_a_file_of_other_bytes_is_named(story, anna, settings, capsys):
    kept = receive(SimpleUploadedFile("plan.txt", b"Plan"), by=anna, at=NOON)
    path = settings.FILES / kept.sha256[:2] / kept.sha256
    path.chmod(0o600)
    path.write_bytes(b"Plot")

    status, said = checked(capsys)

    assert status == 1
    assert kept.sha256 in said[0]


def test_a_file_taken_away_is_named(story, anna, settings, capsys):
    kept = receive(SimpleUploadedFile("plan.txt", b"Plan"), by=anna, at=NOON)
    (settings.FILES / kept.sha256[:2] / kept.sha256).unlink()

    status, said = checked(capsys)

    assert status == 1
    assert kept.sha256 in said[0]


def test_a_count_that_was_changed_is_named_and_put_right(submitted, capsys):
    Tally.objects.filter(name="applications").update(n=7)
    said = (
        f"The count “applications” of “submitted” in programme {submitted.programme_id} is 7, "
        "but there are 1; `pochin recount` puts it right."
    )
    assert checked(capsys) == (1, [said])

    assert main(["recount"]) == 0
    assert capsys.readouterr().out.splitlines() == [
        said, "Everything was counted anew; 1 faults were put right.",
    ]  # fmt: skip
    assert checked(capsys)[0] == 0


def test_a_count_that_is_no_longer_kept_is_named(submitted, capsys):
    postgresql = connection.vendor == "postgresql"
    name = "tally_applications_kept" if postgresql else "tally_applications_move"
    with connection.cursor() as cursor:
        if postgresql:
            cursor.execute("SET CONSTRAINTS ALL IMMEDIATE")
        on = " ON applications_application" if postgresql else ""
        cursor.execute(f"DROP TRIGGER {name}{on}")

    said = f"The trigger {name} is missing; `pochin recount` makes it anew."
    assert checked(capsys) == (1, [said])
    main(["recount"])
    assert checked(capsys)[0] == 0


def test_only_so_many_faults_are_printed(story, owner, capsys):
    owner(("UPDATE core_entry SET verb = 'city.sold'",))
    capsys.readouterr()

    assert main(["check", "--most", "2"]) == 1
    assert len(capsys.readouterr().out.splitlines()) == 2
