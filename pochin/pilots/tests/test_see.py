"""Who sees what of a pilot, as the queryset and the API say it."""

import ast
from pathlib import Path

import pytest
from django.contrib.auth.models import AnonymousUser
from django.utils.translation import override
from ninja.testing import TestClient

from conftest import on, plan_for
from pochin import lab
from pochin.lab.schema import Fault
from pochin.participants.models import Conflict, Guest, Person, RoleHeld, Seat
from pochin.pilots import lifecycle
from pochin.pilots.api import router
from pochin.pilots.lab_words import faults
from pochin.pilots.models import Amendment, Incident, LogEntry, Pilot, Plan, SiteSlot

LAB = Path(lab.__file__).parent
INSIDE, PUBLIC, NOTHING = "inside", "public", "nothing"
# Who sees a pilot as far as what, before the lock, in the run and after the decision.
TABLE = {
    "vera": (INSIDE, INSIDE, INSIDE),
    "kira": (INSIDE, INSIDE, INSIDE),
    "konstantin": (INSIDE, INSIDE, INSIDE),
    "lev": (INSIDE, INSIDE, INSIDE),
    "mila": (INSIDE, INSIDE, INSIDE),
    "nina": (INSIDE, INSIDE, INSIDE),
    "rita": (INSIDE, INSIDE, INSIDE),
    "anna": (INSIDE, INSIDE, INSIDE),
    "artem": (INSIDE, INSIDE, INSIDE),
    "semyon": (INSIDE, INSIDE, INSIDE),
    "viktor": (NOTHING, PUBLIC, "observer"),
    "boris": (NOTHING, PUBLIC, PUBLIC),
    "gleb": (NOTHING, PUBLIC, PUBLIC),
    "ulyana": (NOTHING, PUBLIC, PUBLIC),
    "zakhar": (NOTHING, PUBLIC, PUBLIC),
}
STAGES = ("plan_review", "running", "scale")


def reach_of(user, pilot):
    seen = Pilot.objects.visible_to(user).with_reach(user).filter(pk=pilot.pk).first()
    return seen.reach if seen else NOTHING


@pytest.mark.parametrize("stage", STAGES)
def test_each_of_the_cast_sees_their_part(stage, pilot_at, cast):
    pilot = pilot_at(stage)

    seen = {name: reach_of(getattr(cast, name), pilot) for name in TABLE}

    assert seen == {name: row[STAGES.index(stage)] for name, row in TABLE.items()}


@pytest.mark.parametrize("guest", [Guest(), AnonymousUser()])
@pytest.mark.parametrize(
    ("stage", "seen"), [("design", NOTHING), ("running", PUBLIC), ("scale", PUBLIC)]
)
def test_guests_see_the_register(stage, seen, guest, pilot_at):
    assert reach_of(guest, pilot_at(stage)) == seen


@pytest.mark.parametrize("name", ["vera", "lev", "mila", "kira", "nina", "semyon", "rita"])
def test_a_tie_to_the_vendor_shuts_the_pilot(name, running, cast):
    who = getattr(cast, name)
    Conflict.objects.create(person=who, organisation=cast.amber, ground="family")

    tied = Person.objects.get(pk=who.pk)

    assert reach_of(tied, running) == PUBLIC
    assert not Plan.objects.visible_to(tied).exists()


def test_a_tie_shuts_decided_pilots_to_the_observer_too(pilot_at, cast):
    pilot = pilot_at("scale")
    Seat.objects.create(person=cast.viktor, organisation=cast.amber)

    # A seat in the vendor's company opens it as the vendor sees it, not as the department.
    assert reach_of(Person.objects.get(pk=cast.viktor.pk), pilot) == INSIDE
    Seat.objects.filter(person=cast.viktor).delete()
    Conflict.objects.create(person=cast.viktor, organisation=cast.amber, ground="family")
    assert reach_of(Person.objects.get(pk=cast.viktor.pk), pilot) == PUBLIC


def test_a_role_in_another_programme_opens_nothing(pilot_at, cast):
    pilot = pilot_at("plan_review")
    RoleHeld.objects.create(
        person=cast.gleb, programme=cast.region, code="coordinator", since="2026-01-01"
    )

    assert reach_of(Person.objects.get(pk=cast.gleb.pk), pilot) == NOTHING


def test_a_keeper_sees_the_pilot_from_being_asked_until_released(pilot_at, offices, boris, lev):
    pilot = pilot_at("design")
    offices[5].responsible = boris
    offices[5].save()
    before = reach_of(boris, pilot)
    slot = lifecycle.propose_site(
        pilot, by=lev, site=offices[5], starts_on="2026-03-16", ends_on="2026-04-26"
    )
    asked = reach_of(boris, pilot)
    lifecycle.decline(slot, by=boris, reason="Ремонт")

    assert (before, asked, reach_of(boris, pilot)) == (NOTHING, INSIDE, NOTHING)


@pytest.mark.parametrize(("name", "sees"), [("lev", True), ("gleb", False), ("viktor", False)])
def test_what_belongs_to_a_pilot_is_seen_with_it(name, sees, running, pilot_at, cast):
    lifecycle.log(running, by=cast.lev, words="Включили", at=on(4, 1))
    lifecycle.report(
        running, by=cast.lev, severity="minor", happened_at=on(4, 1), words="Пыль", at=on(4, 1)
    )
    changed = plan_for(pilot_at.offices, question="Why?")
    lifecycle.amend(running, by=cast.lev, protocol=changed, why="Опечатка", at=on(4, 1))
    who = getattr(cast, name)

    seen = [
        model.objects.visible_to(who).exists()
        for model in (Plan, SiteSlot, Amendment, Incident, LogEntry)
    ]

    assert seen == [sees] * 5


# The API --------------------------------------------------------------------------------------


def ask(path, who):
    return TestClient(router).get(path, user=who)


def test_the_api_says_to_each_what_the_pages_say(pilot_at, cast):
    pilot = pilot_at("awaiting")
    hidden = pilot_at("design", title_ru="Тайный")

    inside, outside = ask("", cast.vera).json(), ask("", cast.gleb).json()

    assert [row["number"] for row in inside["items"]] == [pilot.number, hidden.number]
    assert [row["number"] for row in outside["items"]] == [pilot.number]
    assert inside["items"][0]["decision_date"] == "2026-06-01"
    assert outside["items"][0]["decision_date"] is None
    assert outside["items"][0]["is_decision_overdue"] is None


@pytest.mark.parametrize("path", ["{n}/plan", "{n}/sites"])
def test_inner_answers_are_for_those_inside(path, running, cast):
    path = path.format(n=running.number)

    assert ask(path, cast.lev).status_code == 200
    assert ask(path, cast.gleb).status_code == 404


def test_the_api_gives_the_signed_plan(running, cast):
    said = ask(f"{running.number}/plan", cast.anna).json()

    assert said["sha256"] == running.locked_plan().sha256
    assert said["content"] == running.locked_plan().content


# Words ----------------------------------------------------------------------------------------


def _messages():
    """Every sentence the lab may say about a plan, from its source."""
    for name in ("schema.py", "plan_rules.py"):
        for node in ast.walk(ast.parse((LAB / name).read_text())):
            if isinstance(node, ast.Call) and getattr(node.func, "id", "") == "Fault":
                for part in ast.walk(node.args[1]):
                    if isinstance(part, ast.Constant) and isinstance(part.value, str):
                        yield part.value


def test_every_fault_the_lab_can_find_is_marked_for_translation():
    with override("en"):
        marked = {str(sentence) for sentence in faults.SENTENCES}

    whole = {text for text in _messages() if text.startswith("%(path)s")}

    assert len(whole) > 40
    assert whole - marked == set()


@pytest.mark.parametrize(
    ("path", "place"),
    [
        ("", "the plan"),
        ("question", "question"),
        ("metrics[1].margin", "metrics 2 › margin"),
        ("assignment.units[0].arm", "assignment › sites 1 › arm"),
        ("data_rules.anything", "data rules › anything"),
    ],
)
def test_a_place_in_a_plan_is_said_in_words(path, place):
    with override("en"):
        assert faults.place_of(path) == place
        assert (
            faults.fault_of(Fault(path, "%(path)s is missing."))[1:] == (f"{place} is missing."[1:])
        )
