"""The journal: append-only, chained, checked against what was written outside."""

import fcntl
import json
import os
from datetime import timedelta

import pytest
from django.db import DatabaseError, IntegrityError, connection, transaction

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


@pytest.mark.parametrize(
    ("name", "other"),
    [
        ("stream", "a.thing:1"),
        ("seq", 7),
        ("at", NOON.replace(microsecond=1)),
        ("by_id", 0),
        ("cause_id", 0),
        ("verb", "city.praised"),
        ("before", "draft"),
        ("after", "closed"),
        ("text_hash", "0" * 64),
        ("previous", "0" * 64),
        ("beside", "1 a.thing:1 1 0"),
        ("imprint", "0" * 64),
    ],
)
def test_whatever_an_entry_says_is_in_its_hash(name, other, story):
    entry = story[1]
    assert journal.digest(entry) == entry.hash

    setattr(entry, name, other)

    assert journal.digest(entry) != entry.hash


@pytest.mark.parametrize(
    ("name", "other"),
    [("salt", "0"), ("note", "?"), ("facts", {"n": 1}), ("changes", {"state": ["a", "b"]})],
)
def test_whatever_is_told_of_an_entry_is_in_the_hash_of_its_words(name, other, story):
    text = story[1].text
    assert journal.text_hash(text) == story[1].text_hash

    setattr(text, name, other)

    assert journal.text_hash(text) != story[1].text_hash


def test_the_same_words_twice_have_two_hashes(city, vera):
    """Else whoever holds the chain could guess what was erased."""
    first, second = (
        journal.write("city.noted", city, by=vera, at=NOON, note="Иванов") for _time in range(2)
    )

    assert len(first.text.salt) == 32
    assert first.text_hash != second.text_hash


def test_whoever_reacts_is_told_after_the_commit_alone(
    city, vera, django_capture_on_commit_callbacks
):
    heard = []

    def hear(sender, entry, **_more):
        heard.append(entry.verb)

    journal.written.connect(hear)
    with django_capture_on_commit_callbacks() as waiting:
        journal.write("city.noted", city, by=vera, at=NOON)
        assert heard == []
    for tell in waiting:
        tell()
    journal.written.disconnect(hear)

    assert heard == ["city.noted"]


def test_what_is_written_within_names_its_cause_and_what_follows_does_not(city, vera):
    cause = journal.write("city.opened", city, by=vera, at=NOON)
    with journal.caused_by(cause):
        within = journal.write("city.noted", city, by=vera, at=NOON)
    after = journal.write("city.noted", city, by=vera, at=NOON)

    assert (within.cause, after.cause) == (cause, None)


def test_an_entry_names_the_newest_one_of_another_story(city, post, vera):
    journal.write("city.opened", city, by=vera, at=NOON)
    newest = journal.write("city.noted", city, by=vera, at=NOON)

    beside = journal.write("post.noted", post, by=vera, at=NOON).beside

    assert beside == journal.place(newest)


@pytest.mark.parametrize(
    ("change", "words"),
    [
        ("UPDATE core_entry SET seq = 9 WHERE id = %s", "The chain is broken before {} entry 9."),
        (
            "UPDATE core_entry SET previous = '0' WHERE id = %s",
            "The chain is broken before {} entry 3.",
        ),
    ],
)
def test_a_chain_is_broken_by_its_number_and_by_its_link(change, words, story):
    _as_owner(change, story[2].pk)

    assert words.format(story[2].stream) in list(checkpoints.faults())


@pytest.fixture
def beside(city, post, vera):
    """A story of one entry, and two entries of another that were written after it."""
    alone = journal.write("city.opened", city, by=vera, at=NOON)
    for verb in ("post.opened", "post.noted"):
        journal.write(verb, post, by=vera, at=NOON)
    assert list(checkpoints.faults()) == []
    return alone


def test_a_story_that_vanished_whole_is_told_once_by_what_came_after(beside, post):
    _as_owner("DELETE FROM core_entry WHERE id = %s", beside.pk)

    assert list(checkpoints.faults()) == [
        f"{beside.stream} entry 1 is gone when {journal.stream(post)} entry 1 was written after it."
    ]


def test_a_story_written_anew_with_right_hashes_is_told_by_what_came_after(beside, post):
    beside.verb = "city.closed"
    _as_owner(
        "UPDATE core_entry SET verb = %s, hash = %s WHERE id = %s",
        beside.verb, journal.digest(beside), beside.pk,
    )  # fmt: skip

    assert list(checkpoints.faults()) == [
        f"{beside.stream} entry 1 is not what it was when {journal.stream(post)} entry 1 was "
        "written after it."
    ]


def test_a_stay_lasts_until_the_next_state_and_notes_do_not_end_it():
    def entry(hours, after, before=""):
        return Entry(at=NOON + timedelta(hours=hours), before=before, after=after)

    story = [entry(0, "draft"), entry(1, ""), entry(2, "draft", "draft"), entry(3, "open", "draft")]

    assert journal.stays(story) == [
        journal.Stay("draft", NOON, NOON + timedelta(hours=3)),
        journal.Stay("open", NOON + timedelta(hours=3), None),
    ]
    assert journal.stays([]) == []


def test_whoever_meets_another_writer_takes_the_next_place(city, vera, monkeypatch):
    save, tries = Entry.save, []

    def busy(entry, **how):
        tries.append(entry.seq)
        if len(tries) < 20:
            raise IntegrityError("core_entry.stream, core_entry.seq")
        save(entry, **how)

    monkeypatch.setattr(Entry, "save", busy)

    assert journal.write("city.opened", city, by=vera, at=NOON).seq == 1
    assert len(tries) == 20


def test_a_story_that_stays_busy_is_refused_and_nothing_is_written(city, vera, monkeypatch):
    def busy(_entry, **_how):
        raise IntegrityError("core_entry.stream, core_entry.seq")

    monkeypatch.setattr(Entry, "save", busy)

    with pytest.raises(IntegrityError, match="stayed busy; nothing was written"):
        journal.write("city.opened", city, by=vera, at=NOON)
    assert not journal.of(city).exists()
