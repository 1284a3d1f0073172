"""The journal: append-only, chained, checked against what was written outside."""

import fcntl
import json
import os

import pytest
from django.db import DatabaseError, connection, transaction

from conftest import NOON
from pochin.core import checkpoints, journal
from pochin.core.models import Entry


@pytest.fixture
def story(city, vera):
    for verb in ("city.opened", "city.renamed", "city.closed"):
        journal.write(verb, city, by=vera, at=NOON, note=f"because {verb}")
    return list(journal.of(city))


def _as_owner(sql, *params):
    """What only the owner of the database can do: lift the trigger, then change a row."""
    with connection.cursor() as cursor:
        if connection.vendor == "postgresql":
            cursor.execute("SET CONSTRAINTS ALL IMMEDIATE")
            cursor.execute("ALTER TABLE core_entry DISABLE TRIGGER USER")
            cursor.execute(sql, params)
            cursor.execute("ALTER TABLE core_entry ENABLE TRIGGER USER")
            return
        cursor.execute(
            "SELECT name, sql FROM sqlite_master WHERE type='trigger' AND tbl_name='core_entry'"
        )
        triggers = cursor.fetchall()
        for name, _sql in triggers:
            cursor.execute(f"DROP TRIGGER {name}")
        cursor.execute(sql, params)
        for _name, create in triggers:
            cursor.execute(create)


@pytest.mark.parametrize(
    "attempt",
    [
        lambda: Entry.objects.update(verb="nothing"),
        lambda: Entry.objects.filter(seq=2)._raw_delete("default"),
    ],
)
def test_the_database_refuses_to_rewrite(attempt, story):
    with pytest.raises(DatabaseError, match="append-only"), transaction.atomic():
        attempt()

    assert [e.verb for e in Entry.objects.order_by("seq")] == [e.verb for e in story]


def test_an_untouched_journal_has_no_faults(story, tmp_path):
    checkpoints.write(at=NOON)

    assert list(checkpoints.faults()) == []


def test_a_changed_entry_is_named(story):
    _as_owner("UPDATE core_entry SET verb = %s WHERE id = %s", "city.praised", story[1].pk)

    [fault] = checkpoints.faults()

    assert fault == f"{story[1].stream} entry 2 was changed after it was written."


def test_changed_words_are_named(story):
    story[0].text.note = "for another reason"
    story[0].text.save()

    [fault] = checkpoints.faults()

    assert fault == f"The words of {story[0].stream} entry 1 were changed after they were written."


def test_erased_words_keep_the_chain_whole(story):
    story[0].text.delete()

    assert list(checkpoints.faults()) == []


def test_a_cut_tail_shows_against_the_checkpoint(story):
    file = checkpoints.write(at=NOON)
    last = story[2]
    _as_owner("DELETE FROM core_entrytext WHERE entry_id = %s", last.pk)
    _as_owner("DELETE FROM core_entry WHERE id = %s", last.pk)

    [fault] = checkpoints.faults()

    assert fault == f"{last.stream} entry 3 is not what the checkpoint {file.name} holds."


def test_a_rewritten_checkpoint_is_named(story):
    file = checkpoints.write(at=NOON)
    said = json.loads(file.read_text())
    file.write_text(json.dumps(said | {"count": 1}))

    [fault] = checkpoints.faults()

    assert fault == f"The checkpoint {file.name} is not the one that was written."


def test_a_second_checkpoint_holds_only_what_grew(story, city, vera, post):
    checkpoints.write(at=NOON)
    journal.write("post.praised", post, by=vera, at=NOON)

    second = checkpoints.write(at=NOON)

    assert list(json.loads(second.read_text())["heads"]) == [journal.stream(post)]
    assert checkpoints.write(at=NOON) is None


def test_two_who_write_at_once_write_one_after_the_other(story, city, vera, monkeypatch, tmp_path):
    """Whoever comes while another writes waits, and does not take the same number."""
    keep, came = checkpoints._keep, []

    def somebody_else_comes(file, content):
        handle = os.open(tmp_path, os.O_RDONLY)
        with pytest.raises(BlockingIOError):
            fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
        os.close(handle)
        came.append(file.name)
        return keep(file, content)

    monkeypatch.setattr(checkpoints, "_keep", somebody_else_comes)
    checkpoints.write(at=NOON, folder=tmp_path)
    journal.write("city.praised", city, by=vera, at=NOON)
    checkpoints.write(at=NOON, folder=tmp_path)

    assert came == ["00000001.json", "00000002.json"]
    assert list(checkpoints.faults(folder=tmp_path)) == []
