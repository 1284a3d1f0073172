"""Designing a pilot: where it comes from, its people, its sites, its plan."""

from datetime import date

import pytest
from django.db import IntegrityError, transaction

from conftest import NOON, PLAN, on, person, plan_for
from pochin.core import journal, reactions
from pochin.core.lifecycle import Refused
from pochin.core.policy import SYSTEM, Forbidden
from pochin.participants.models import Conflict, Person
from pochin.pilots import lifecycle
from pochin.pilots.lifecycle.guards import beginning, deciding, planning
from pochin.pilots.models import Pilot, State
from pochin.pilots.tests.conftest import TEAM
from pochin.pilots.tests.showing import refused, shows


@shows(beginning.has_grounds)
def test_a_design_needs_an_application_or_a_sponsor(pilot_at, team, vera):
    pilot = pilot_at()
    lifecycle.appoint(pilot, by=vera, at=NOON, **team())
    Pilot.objects.update(sponsor=None)

    with refused(beginning.has_grounds):
        lifecycle.begin_design(pilot, by=vera, at=NOON)
    Pilot.objects.update(sponsor=vera)
    lifecycle.begin_design(pilot, by=vera, at=NOON)

    assert pilot.state == State.DESIGN


@shows(beginning.manager_is_named)
def test_a_design_needs_a_manager(pilot_at, team, vera):
    pilot = pilot_at()

    with refused(beginning.manager_is_named):
        lifecycle.begin_design(pilot, by=vera, at=NOON)
    lifecycle.appoint(pilot, by=vera, at=NOON, **team())
    lifecycle.begin_design(pilot, by=vera, at=NOON)

    assert pilot.state == State.DESIGN


@shows(beginning.duties_are_separate)
@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("manager", "analyst"),
        ("manager", "decision_owner"),
        ("analyst", "decision_owner"),
        ("methodologist", "decision_owner"),
        ("methodologist", "manager"),
    ],
)
def test_duties_are_held_by_different_people(one, other, pilot_at, team, vera):
    pilot, people = pilot_at(), team()

    with refused(beginning.duties_are_separate):
        lifecycle.appoint(pilot, by=vera, at=NOON, **(people | {one: people[other]}))
    lifecycle.appoint(pilot, by=vera, at=NOON, **people)

    assert [getattr(pilot, name) for name in TEAM] == [people[name] for name in TEAM]


def test_the_database_keeps_duties_apart_too(pilot_at, lev):
    pilot = pilot_at("design")

    with pytest.raises(IntegrityError), transaction.atomic():
        Pilot.objects.filter(pk=pilot.pk).update(decision_owner=lev)


@shows(beginning.people_are_untied)
def test_nobody_tied_to_the_vendor_is_named(pilot_at, team, vera, mila, amber):
    pilot = pilot_at()
    tie = Conflict.objects.create(person=mila, organisation=amber, ground="family")

    with refused(beginning.people_are_untied):
        lifecycle.appoint(pilot, by=vera, at=NOON, **team())
    tie.state = "rejected"
    tie.save()
    lifecycle.appoint(pilot, by=vera, at=NOON, **team())

    assert pilot.methodologist == mila


@shows(beginning.people_are_untied, "refuses")
@pytest.mark.parametrize("place", TEAM)
def test_a_tie_of_any_one_of_them_is_enough(place, pilot_at, team, vera, amber):
    pilot, tied = pilot_at(), person("tikhon")
    Conflict.objects.create(person=tied, organisation=amber, ground="family")

    with refused(beginning.people_are_untied):
        lifecycle.appoint(pilot, by=vera, at=NOON, **team(**{place: tied}))


@shows(beginning.people_hold_their_roles)
@pytest.mark.parametrize("place", TEAM)
def test_people_hold_the_roles_they_are_named_for(place, pilot_at, team, vera, boris):
    pilot = pilot_at()

    with refused(beginning.people_hold_their_roles):
        lifecycle.appoint(pilot, by=vera, at=NOON, **team(**{place: boris}))
    lifecycle.appoint(pilot, by=vera, at=NOON, **team())

    assert pilot.manager == team()["manager"]


@shows(planning.plan_is_complete)
def test_a_plan_must_be_written_before_it_is_handed_in(in_design, pilot_at, lev):
    with refused(planning.plan_is_complete):
        lifecycle.submit_plan(in_design, by=lev, at=NOON)
    pilot_at.write(in_design)
    lifecycle.submit_plan(in_design, by=lev, at=NOON)

    assert in_design.state == State.PLAN_REVIEW


@shows(planning.sites_are_agreed)
def test_every_site_must_have_agreed(in_design, pilot_at, lev, semyon):
    lifecycle.write_plan(in_design, by=lev, protocol=pilot_at.protocol, at=NOON)
    for office in pilot_at.offices[:7]:
        pilot_at.slot(in_design, office)
    days = {"starts_on": date(2026, 3, 16), "ends_on": date(2026, 4, 26)}
    last = pilot_at.offices[7]

    with refused(planning.sites_are_agreed):  # the plan names an office that was not asked
        lifecycle.submit_plan(in_design, by=lev, at=NOON)
    slot = lifecycle.propose_site(in_design, by=lev, site=last, at=NOON, **days)
    with refused(planning.sites_are_agreed):  # asked, but it has not answered
        lifecycle.submit_plan(in_design, by=lev, at=NOON)
    lifecycle.agree(slot, by=semyon, at=NOON)
    lifecycle.submit_plan(in_design, by=lev, at=NOON)

    assert in_design.state == State.PLAN_REVIEW


@shows(planning.is_feasible)
def test_a_plan_that_cannot_decide_needs_a_waiver(written, pilot_at, lev):
    blunt = [PLAN["metrics"][0] | {"detectable": 1.4}, PLAN["metrics"][1]]
    lifecycle.write_plan(written, by=lev, protocol=plan_for(pilot_at.offices, metrics=blunt))

    with refused(planning.is_feasible):
        lifecycle.submit_plan(written, by=lev, at=NOON)
    lifecycle.edit(written, by=lev, waiver="Учимся ставить датчики.", at=NOON)
    lifecycle.submit_plan(written, by=lev, at=NOON)

    assert written.state == State.PLAN_REVIEW


def test_a_plan_that_says_nothing_of_its_power_needs_a_waiver_too(written, pilot_at, lev):
    silent = {k: v for k, v in PLAN["metrics"][0].items() if k != "detectable"}
    protocol = plan_for(pilot_at.offices, metrics=[silent])
    lifecycle.write_plan(written, by=lev, protocol=protocol, at=NOON)

    with refused(planning.is_feasible):
        lifecycle.submit_plan(written, by=lev, at=NOON)


@shows(planning.methodologist_is_named)
def test_somebody_must_be_there_to_review(written, team, vera, lev):
    lifecycle.appoint(written, by=vera, at=NOON, **team(methodologist=None))

    with refused(planning.methodologist_is_named):
        lifecycle.submit_plan(written, by=lev, at=NOON)
    lifecycle.appoint(written, by=vera, at=NOON, **team())
    lifecycle.submit_plan(written, by=lev, at=NOON)

    assert written.state == State.PLAN_REVIEW


@shows(planning.window_is_ahead)
def test_a_run_cannot_have_begun_before_its_plan_is_handed_in(written, lev):
    with refused(planning.window_is_ahead):
        lifecycle.submit_plan(written, by=lev, at=on(3, 30))
    lifecycle.submit_plan(written, by=lev, at=on(3, 29))

    assert written.state == State.PLAN_REVIEW


def test_the_window_of_the_pilot_is_that_of_the_plan(written):
    assert written.window == (date(2026, 3, 30), date(2026, 4, 26))


def test_a_person_who_left_the_role_no_longer_manages(in_design, pilot_at, lev):
    lev.roles.update(until=date(2026, 2, 1))

    with pytest.raises(Forbidden):
        lifecycle.write_plan(
            in_design, by=Person.objects.get(pk=lev.pk), protocol=pilot_at.protocol, at=NOON
        )


@shows(beginning.application_is_accepted, "passes")
def test_a_pilot_comes_from_an_accepted_application(accepted):
    pilot = lifecycle.open_for(accepted, by=SYSTEM, at=NOON)

    assert list(pilot.applications.all()) == [accepted]
    assert (pilot.need, pilot.organisation) == (accepted.need, accepted.organisation)
    assert lifecycle.open_for(accepted, by=SYSTEM, at=NOON) == pilot


@shows(beginning.application_is_accepted, "refuses")
def test_no_pilot_comes_from_an_application_in_review(screening):
    with refused(beginning.application_is_accepted):
        lifecycle.open_for(screening, by=SYSTEM, at=NOON)

    assert Pilot.objects.count() == 0


def test_acceptance_opens_one_pilot_by_itself(accepted):
    reactions.catch_up(at=NOON)
    reactions.catch_up(at=NOON)

    pilot = Pilot.objects.get()
    assert list(pilot.applications.all()) == [accepted]
    assert journal.of(pilot)[0].cause.verb == "applications.accept"
    assert pilot.solution_frozen == {}


@shows(beginning.initiative_has_sponsor)
def test_an_initiative_needs_a_sponsor(cast, vera, nina):
    what = {"organisation": cast.amber, "title_ru": "Датчики"}

    with refused(beginning.initiative_has_sponsor):
        lifecycle.propose(cast.city, by=vera, sponsor=None, at=NOON, **what)
    pilot = lifecycle.propose(cast.city, by=vera, sponsor=nina, at=NOON, **what)

    assert pilot.sponsor == nina


def test_pilots_count_up(cast, vera, nina):
    what = {"sponsor": nina, "organisation": cast.amber, "title_ru": "Датчики"}

    made = [lifecycle.propose(cast.city, by=vera, at=NOON, **what).number for _n in range(3)]

    assert made == [1, 2, 3]


def test_only_the_coordinator_of_the_programme_proposes(cast, nina):
    what = {"sponsor": nina, "organisation": cast.amber, "title_ru": "Датчики"}

    with pytest.raises(Forbidden):
        lifecycle.propose(cast.city, by=cast.ulyana, at=NOON, **what)

    assert Pilot.objects.count() == 0


@shows(deciding.cancel_code_is_known)
@shows(deciding.lesson_is_told)
def test_a_cancelled_pilot_leaves_a_reason_and_a_lesson(written, nina, semyon):
    words = {"tried": "Договориться с площадками", "why": "Все заняты до лета"}

    with refused(deciding.cancel_code_is_known):
        lifecycle.cancel(written, by=nina, code="tired", at=NOON, **words)
    with refused(deciding.lesson_is_told):
        lifecycle.cancel(written, by=nina, code="sites", tried="", why="", at=NOON)
    lifecycle.cancel(written, by=nina, code="sites", at=NOON, **words)

    assert written.state == State.CANCELLED
    assert written.lessons.get().why == "Все заняты до лета"
    assert set(written.slots.values_list("state", flat=True)) == {"released"}


def test_a_running_pilot_is_not_cancelled(running, nina):
    with pytest.raises(Refused):
        lifecycle.cancel(running, by=nina, code="sites", tried="a", why="b", at=NOON)


def test_a_stranger_of_the_same_role_does_not_manage(in_design, pilot_at, cast):
    other = person("pavel")
    other.roles.create(programme=cast.city, code="manager", since=date(2026, 1, 1))

    with pytest.raises(Forbidden):
        lifecycle.write_plan(
            in_design, by=Person.objects.get(pk=other.pk), protocol=pilot_at.protocol, at=NOON
        )
