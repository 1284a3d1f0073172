"""Who is told of what: every verb of the letters, with all who are told of it and nobody else.

`letters.txt` beside this file says it in words a person can read; a change of it is a decision.
Beside the cast there are people who may only one thing of what others may at once, and everybody's
double in the region: whoever swaps a role, a right, a side or a programme tells somebody else.
Set POCHIN_WRITE_GOLDEN=1 to write it anew, then read the difference before it is committed.
"""

from __future__ import annotations

import os
from datetime import date
from pathlib import Path
from types import SimpleNamespace

import pytest
from django.contrib.contenttypes.models import ContentType
from django.utils import timezone

from conftest import on, person
from pochin.core.models import Entry, EntryText
from pochin.notices import letters
from pochin.participants.models import HeldState, Membership, Person, RoleHeld, Seat
from pochin.participants.policy import Role

GOLDEN = Path(__file__).with_name("letters.txt")
HEAD = """\
# Who is told when this happens: the group of letters, then the names. Only those stand here whom
# the verb itself names; whoever's turn begins is told besides.
"""
TABLES = {"decision": letters.DECISIONS, "turn": letters.REMINDERS, "story": letters.STORIES}
SINCE = date(2026, 1, 1)
# A moment at which no turn begins, so that only the table tells.
NEVER = on(12, 31, 23)


@pytest.fixture
def specialists(cast):
    """Who may only one thing at Amber or at the post, every other role, and the region's own."""
    made = {}
    for name, where, rights in [
        ("egor", cast.amber, {"may_edit": True}),
        ("sofia", cast.amber, {"may_sign": True}),
        ("pavel", cast.post, {"may_edit": True}),
        ("polina", cast.post, {"may_sign": True}),
    ]:
        made[name] = person(name)
        Seat.objects.create(person=made[name], organisation=where, since=SINCE, **rights)
    for name, code in [
        ("lidia", Role.LAWYER), ("ksenia", Role.EXPORT_MANAGER), ("sergey", Role.SCREENER),
        ("kuzma", Role.COORDINATOR), ("denis", Role.DIRECTOR), ("nikita", Role.NEED_OWNER),
        ("maria", Role.PILOT_MANAGER), ("makar", Role.METHODOLOGIST), ("stepan", Role.SITE_KEEPER),
    ]:  # fmt: skip
        made[name] = person(name)
        RoleHeld.objects.create(person=made[name], programme=cast.city, code=code, since=SINCE)
    for code in Role.values:
        made[f"region_{code}"] = person(f"region-{code}")
        RoleHeld.objects.create(
            person=made[f"region_{code}"], programme=cast.region, code=code, since=SINCE
        )
    return SimpleNamespace(**made)


@pytest.fixture
def things(city_story, cast, specialists):
    """One thing for each part of the house that letters tell of, by the start of the verb."""
    own = city_story
    type(own.deal).objects.filter(pk=own.deal.pk).update(manager=specialists.maria)
    type(own.project).objects.filter(pk=own.project.pk).update(manager=specialists.ksenia)
    type(own.agreement).objects.filter(pk=own.agreement.pk).update(state="in_force")
    return {
        "applications": own.application,
        "participants": Membership.objects.get(organisation=cast.amber),
        "participants.registration": own.registration,
        "participants.invitation": own.invitation,
        "exports": own.project,
        "deals": own.deal,
        "agreements": own.agreement,
        "agreements.commitment": own.commitment,
        "coordination.task": own.task,
        "needs": own.need,
        "needs.question": own.question,
        "reviews": own.assignment,
        "decisions": own.decision,
        "decisions.certificate": own.certificate,
        "decisions.result": own.told,
        "pilots": own.pilot,
        "pilots.incident": own.incident,
        "pilots.slot": own.slot,
        "pilots.amendment": own.amendment,
    }


def told_of(verb, thing, *, by=None):
    """The groups and names of all who are told that this happened to the thing."""
    thing = type(thing)._base_manager.get(pk=thing.pk)
    entry = Entry(verb=verb, by=by, at=NEVER, kind=ContentType.objects.get_for_model(thing))
    entry.thing_id = thing.pk
    found: dict[str, list[str]] = {}
    for group, who in letters.told(entry):
        found.setdefault(str(group), []).append(who.name_en)
    return {group: sorted(names) for group, names in found.items()}


def thing_of(verb, things):
    room, _dot, _rest = verb.rpartition(".")
    return things.get(room) or things[room.partition(".")[0]]


def verbs():
    return sorted(
        {verb for table in TABLES.values() for verb in table} - {"participants.token.ends"}
    )


def test_everybody_is_told_what_the_table_says(things):
    said = []
    for verb in verbs():
        told = told_of(verb, thing_of(verb, things))
        groups = [f"{group}: {' '.join(names)}" for group, names in sorted(told.items())]
        said.append(" | ".join([verb, *groups]))

    if os.environ.get("POCHIN_WRITE_GOLDEN"):
        GOLDEN.write_text(HEAD + "\n".join(said) + "\n")
    assert said == [line for line in GOLDEN.read_text().splitlines() if not line.startswith("#")]


def test_every_verb_tells_somebody_and_nobody_of_another_programme(things, cast):
    for verb in verbs():
        thing = thing_of(verb, things)
        told = {name for names in told_of(verb, thing).values() for name in names}

        assert told, verb
        assert not {name for name in told if name.startswith("Region")}, verb


def test_whoever_did_it_is_not_told_of_it(things, cast):
    application = things["applications"]

    assert told_of("applications.accept", application, by=cast.nina) == {
        "decision": ["Anna", "Egor"]
    }


def test_where_nobody_leads_those_are_told_who_appoint_them(things):
    deal, pilot = things["deals"], things["pilots"]
    type(deal).objects.filter(pk=deal.pk).update(manager=None)
    type(pilot).objects.filter(pk=pilot.pk).update(manager=None)

    assert told_of("deals.hand_over", deal) == {"decision": ["Lidia"]}
    assert told_of("pilots.slot.decline", things["pilots.slot"]) == {"decision": ["Kuzma", "Vera"]}


def test_who_answers_for_a_commitment_by_name_is_told_alone(things, cast, specialists):
    commitment = things["agreements.commitment"]
    type(commitment).objects.filter(pk=commitment.pk).update(
        responsible=cast.lev, contact=specialists.sofia
    )

    told = told_of("agreements.commitment.note_overdue", commitment)
    assert told == {"turn": ["Lev", "Sofia"]}
    assert told_of("agreements.commitment.remind_to_confirm", commitment) == {"turn": ["Sofia"]}


@pytest.mark.parametrize(
    "change",
    [
        {"state": HeldState.ENDED, "until": timezone.localdate},
        {"until": lambda: date(2026, 1, 2)},
        {"since": lambda: date(2999, 1, 1)},
    ],
)
def test_a_seat_or_role_that_gives_no_rights_brings_no_letters(change, things, cast, specialists):
    """Admission is public: that the thing may be seen keeps nobody out who has left."""
    changes = {name: value() if callable(value) else value for name, value in change.items()}
    membership, application = things["participants"], things["applications"]
    assert told_of("participants.admit", membership) == {"decision": ["Anna", "Egor"]}
    assert told_of("applications.withdraw", application) == {"story": ["Kuzma", "Vera"]}

    Seat.objects.filter(person=specialists.egor).update(**changes)
    RoleHeld.objects.filter(person=specialists.kuzma).update(**changes)

    assert told_of("participants.admit", membership) == {"decision": ["Anna"]}
    assert told_of("applications.withdraw", application) == {"story": ["Vera"]}


def test_who_was_shut_out_is_told_nothing(things, specialists):
    Person.objects.filter(pk=specialists.egor.pk).update(is_active=False)

    assert told_of("participants.admit", things["participants"]) == {"decision": ["Anna"]}


@pytest.mark.parametrize(
    ("step", "names"), [(1, ["Anna"]), (2, ["Kuzma", "Vera"]), (3, ["Denis", "Kira"])]
)
def test_what_is_late_is_told_to_its_holder_then_to_those_above(step, names, things, cast):
    thing = things["applications"]
    entry = Entry(verb="turns.overdue", at=NEVER, kind=ContentType.objects.get_for_model(thing))
    entry.thing_id = thing.pk
    entry.text = EntryText(facts={"step": step, "holder": f"person@{cast.anna.pk}", "days": 1})

    told = [(str(group), who.name_en) for group, who in letters.told(entry)]
    assert sorted(told) == [("late", name) for name in names]
