"""How many pilots stand where, without reading them: the database keeps the count."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

from django.db.models import Case, CharField, Count, F, QuerySet, Value, When
from django.db.models.functions import Concat

from pochin.core import tallies
from pochin.core.models import Tally
from pochin.participants.policy import may_have, programmes, ties
from pochin.pilots.models.pilot import Pilot
from pochin.pilots.models.states import PUBLIC_STATES, READING_ROLES

# What pilots are counted by: whether they stand in the public register, their state, their outcome.
SHOWN, HIDDEN = "public", "inside"
tallies.keep(
    name="pilots",
    model="pilots.Pilot",
    programme="{row}.programme_id",
    key=f"CASE WHEN {{row}}.is_public THEN '{SHOWN}' ELSE '{HIDDEN}' END"
    " || '|' || {row}.state || '|' || {row}.outcome",
    where="{row}.state <> ''",
)


def inside_by_state(user: Any) -> QuerySet:
    """How many pilots the reader reads inside: rows of (kind, how many), for `together`.

    Kept by the database for who reads all of a programme and nothing else; counted for others.
    """
    if ties(user) or any(may_have(user, name) for name in ("needs", "pilots", "sites")):
        shown = Case(When(is_public=True, then=Value(SHOWN)), default=Value(HIDDEN))
        kind = Concat(shown, Value("|"), F("state"), Value("|"), F("outcome"),
                      output_field=CharField())  # fmt: skip
        seen = Pilot.objects.inside(user).order_by()
        return seen.values_list(kind).annotate(n=Count("pk"))
    return Tally.objects.of("pilots", programmes(user, *READING_ROLES))


def in_register() -> QuerySet:
    """The same of all pilots there are, for `shown_of`: what guests are told of is among them."""
    return Tally.objects.of("pilots")


def shown_of(counts: Mapping[str, int]) -> dict[str, int]:
    """What everybody sees of these counted pilots: those of the public register."""
    return {
        kind: n
        for kind, n in counts.items()
        if kind.startswith(f"{SHOWN}|") and kind.split("|")[1] in PUBLIC_STATES
    }


def together(
    counts: Mapping[str, int], *, states: Iterable[str] = (), outcomes: Iterable[str] = ()
) -> int:
    """How many of these counted pilots stand in these states, or had these outcomes."""
    states, outcomes = set(states), set(outcomes)
    found = 0
    for kind, n in counts.items():
        _shown, state, outcome = kind.split("|")
        found += n if state in states or outcome in outcomes else 0
    return found
