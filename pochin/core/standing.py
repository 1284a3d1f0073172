"""What stands in the tables against what was written down about it.

Whoever owns the database can change a row without a move. Three things still tell on them: the
journal says to which state a thing was led last, its chain holds an imprint of what the thing then
was, and what was signed carries a fingerprint of its words. And the triggers that refuse such a
change must be there at all.
"""

from __future__ import annotations

from collections.abc import Iterator

from django.apps import apps
from django.contrib.contenttypes.models import ContentType
from django.core.exceptions import FieldDoesNotExist
from django.db import connection, models
from django.db.models import F, OuterRef, Q, Subquery

from pochin.core import imprints
from pochin.core.lifecycle import lives_of
from pochin.core.models import Entry

# The state register closes organisations, row by row of its extract and without a move.
LED_FROM_ELSEWHERE = {"participants.Organisation"}
# Brought by registers, by `pochin init` and by who sets a house up: they need no story.
BROUGHT = {
    "participants.Membership", "participants.Programme", "participants.RoleHeld",
    "participants.Seat", "sites.Site",
}  # fmt: skip
# Of these tables the database itself refuses to change rows that are kept, or to let them go.
GUARDED = (
    "core_entry", "core_signature", "pilots_plan", "pilots_amendment", "pilots_logentry",
    "pilots_comment", "pilots_lesson", "decisions_decision", "decisions_vote",
    "decisions_certificate",
)  # fmt: skip
TRIGGERS = {
    "sqlite": "SELECT tbl_name, name FROM sqlite_master WHERE type = 'trigger'",
    # One that is switched off is as good as none.
    "postgresql": "SELECT relname, tgname FROM pg_trigger JOIN pg_class ON tgrelid = pg_class.oid"
    " WHERE NOT tgisinternal AND tgenabled <> 'D'",
}

# What is signed or issued, by `app.Model`, and which of it must carry its fingerprint.
_sealed: dict[str, Q] = {}


def sealed(model: type[models.Model], among: Q | None = None) -> None:
    """Let `pochin check` ask each of these things whether it `is_whole`."""
    _sealed[model._meta.label] = among or Q()


def faults() -> Iterator[str]:
    """Where the tables do not agree with the journal, the fingerprints or the guards."""
    yield from _unguarded()
    moved = set()
    for model in apps.get_models():
        for stream, words in _moved_unseen(model):
            moved.add(stream)
            yield words
    for label, among in _sealed.items():
        things = apps.get_model(label)._base_manager.filter(among).order_by("pk")
        for thing in things.iterator(chunk_size=200):
            if not _is_whole(thing):
                yield f"{label.lower()}:{thing.pk} is not what was signed or issued."
    yield from imprints.faults(but=moved)


def _unguarded() -> Iterator[str]:
    with connection.cursor() as cursor:
        cursor.execute(TRIGGERS[connection.vendor])
        found = {(table, name.lower()) for table, name in cursor.fetchall()}
    for table in GUARDED:
        names = [
            name
            for owner, name in found
            if owner == table
            and name.startswith((f"{table}_no_", f"{table}_append", f"{table}_seal"))
        ]
        for verb in ("update", "delete"):
            if not any(name.endswith((f"_{verb}", "_append_only")) for name in names):
                yield f"The guard that refuses to {verb} rows of {table} is gone."


def _moved_unseen(model: type[models.Model]) -> Iterator[tuple[str, str]]:
    """Things in another state than the last move led them to, each with the words for it."""
    if model._meta.label in LED_FROM_ELSEWHERE or not _lives(model):
        return
    kind = ContentType.objects.get_for_model(model)
    # A note beside the moves says no state before it; the first entry is the birth.
    moves = Entry.objects.filter(kind=kind, thing_id=OuterRef("pk")).exclude(after="")
    last = moves.filter(Q(seq=1) | ~Q(before="")).order_by("-seq").values("after")[:1]
    things = model._base_manager.annotate(led_to=Subquery(last))
    strange = ~Q(led_to=F("state"))
    if model._meta.label not in BROUGHT:
        strange |= Q(led_to__isnull=True)
    found = things.filter(strange).order_by("pk").values_list("pk", "state", "led_to")
    for key, state, led_to in found.iterator(chunk_size=2000):
        where = f"{model._meta.label_lower}:{key}"
        if led_to is None:
            yield where, f"{where} is there, and nothing tells how it came."
        else:
            yield where, f"{where} stands in “{state}”, and its last move led to “{led_to}”."


def _lives(model: type[models.Model]) -> bool:
    try:
        return bool(lives_of(model))
    except FieldDoesNotExist:
        return False


def _is_whole(thing: models.Model) -> bool:
    try:
        return bool(thing.is_whole)  # type: ignore[attr-defined]
    except (ArithmeticError, LookupError, TypeError, ValueError):
        return False  # what cannot even be read is not what was signed
