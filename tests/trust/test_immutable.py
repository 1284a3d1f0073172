"""What was locked, written down or signed stays: the database itself refuses to change it."""

import pytest
from django.db import DatabaseError, connection, transaction

from conftest import on
from pochin.core import checkpoints
from pochin.core.models import Entry, EntryText, Signature
from pochin.decisions import lifecycle as decisions
from pochin.decisions.models import Vote


@pytest.fixture
def kept(cast, city_story):
    """One row of everything that must not change, with a column and another value for it."""
    decision = city_story.decision
    decisions.vote(decision, by=cast.konstantin, is_for=True, note="Да.", at=on(5, 6))
    decisions.sign(decision, by=cast.kira, at=on(5, 7))
    return {
        "entry": (Entry.objects.latest("pk"), "verb", "pilots.stop"),
        "signature": (Signature.objects.latest("pk"), "sha256", "0" * 64),
        "vote": (Vote.objects.get(), "words", "Нет."),
        "decision": (decision, "words", "Другие слова."),
        "plan": (city_story.plan, "canonical", "{}"),
        "fingerprint of a plan": (city_story.plan, "sha256", "0" * 64),
        "fingerprint of a decision": (decision, "sha256", "0" * 64),
    }


def by_saving(row, column, value):
    setattr(row, column, value)
    row.save()


def by_update(row, column, value):
    type(row)._base_manager.filter(pk=row.pk).update(**{column: value})


def by_bulk_update(row, column, value):
    setattr(row, column, value)
    type(row)._base_manager.bulk_update([row], [column])


def by_deletion(row, column, value):
    type(row)._base_manager.filter(pk=row.pk)._raw_delete("default")


def by_raw_update(row, column, value):
    with connection.cursor() as cursor:
        cursor.execute(
            f"UPDATE {row._meta.db_table} SET {column} = %s WHERE id = %s", [value, row.pk]
        )


def by_raw_deletion(row, column, value):
    with connection.cursor() as cursor:
        cursor.execute(f"DELETE FROM {row._meta.db_table} WHERE id = %s", [row.pk])


def by_replacing(row, column, value):
    """Write a row anew under the key of the old one, as an upsert does."""
    names = [f.column for f in row._meta.concrete_fields]
    others = ", ".join(n if n != column else "%s" for n in names)
    table = row._meta.db_table
    conflict = f"ON CONFLICT (id) DO UPDATE SET {column} = excluded.{column}"
    with connection.cursor() as cursor:
        cursor.execute(
            f"INSERT INTO {table} ({', '.join(names)}) SELECT {others} FROM {table}"
            f" WHERE id = %s {conflict}",
            [value, row.pk],
        )


def by_putting_another_in_its_place(row, column, value):
    """SQLite's own upsert, which takes the old row away without saying that it deletes."""
    if connection.vendor != "sqlite":
        raise DatabaseError("this database has no such statement")
    names = [f.column for f in row._meta.concrete_fields]
    others = ", ".join(n if n != column else "%s" for n in names)
    table = row._meta.db_table
    with connection.cursor() as cursor:
        cursor.execute(
            f"INSERT OR REPLACE INTO {table} ({', '.join(names)}) SELECT {others} FROM {table}"
            " WHERE id = %s",
            [value, row.pk],
        )


ATTEMPTS = [
    by_saving, by_update, by_bulk_update, by_deletion, by_raw_update, by_raw_deletion,
    by_replacing, by_putting_another_in_its_place,
]  # fmt: skip


def test_nothing_that_is_kept_can_be_changed(kept):
    done = []
    for name, (row, column, value) in kept.items():
        before = type(row)._base_manager.filter(pk=row.pk).values().get()
        for attempt in ATTEMPTS:
            fresh = type(row)._base_manager.get(pk=row.pk)
            try:
                with transaction.atomic():
                    attempt(fresh, column, value)
            except DatabaseError:
                continue
            done.append(f"{name}: {attempt.__name__}")
        assert type(row)._base_manager.filter(pk=row.pk).values().get() == before

    assert done == []


def test_what_is_not_yet_signed_may_be_changed(city_story):
    """The other side: a plan that is not locked and a decision that is not signed."""
    later, decision = city_story.amendment.plan, city_story.decision

    by_update(later, "canonical", "{}")
    by_update(decision, "words", "Иначе.")

    later.refresh_from_db()
    decision.refresh_from_db()
    assert (later.canonical, decision.words) == ("{}", "Иначе.")


def test_an_entry_cannot_be_put_in_between(kept):
    entry = Entry.objects.latest("pk")

    with pytest.raises(DatabaseError), transaction.atomic():
        Entry.objects.create(
            stream=entry.stream, seq=entry.seq, at=entry.at, verb="pilots.stop", kind=entry.kind,
            thing_id=entry.thing_id, hash="0" * 64,
        )  # fmt: skip


def test_other_words_beside_the_chain_are_noticed(kept):
    """Words about people may be erased, so the database lets them change; the chain tells."""
    assert list(checkpoints.faults()) == []
    text = EntryText.objects.exclude(note="").latest("entry_id")
    EntryText.objects.filter(pk=text.pk).update(note="Другие слова.")

    assert list(checkpoints.faults()) == [
        f"The words of {text.entry.stream} entry {text.entry.seq} were changed after they were"
        " written."
    ]
