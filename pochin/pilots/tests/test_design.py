"""Designing a pilot: the people, the sites, the plan, its review and its lock."""

from datetime import date

import pytest
from django.db import DatabaseError, IntegrityError, transaction

from conftest import NOON, PLAN, on, person, plan_for
from pochin.core import journal, reactions, turns
from pochin.core.lifecycle import Refused
from pochin.core.policy import SYSTEM, Forbidden
from pochin.lab.seeds import seed_commitment
from pochin.participants.models import Conflict, Person
from pochin.pilots import lifecycle
from pochin.pilots.lifecycle.guards import beginning, deciding, planning, preparing
from pochin.pilots.models import Pilot, Plan, State, signed_sides
from pochin.pilots.tests.showing import refused, shows

TEAM = ("manager", "methodologist", "analyst", "decision_owner")


@pytest.fixture
def team(cast):
    def named(**changes):
        people = dict(zip(TEAM, (cast.lev, cast.mila, cast.mila, cast.kira), strict=True))
        return people | changes

    return named


@pytest.fixture
def in_design(pilot_at):
    return pilot_at("design")


@pytest.fixture
def written(in_design, pilot_at):
    pilot_at.write(in_design)
    return in_design


@pytest.fixture
def under_review(pilot_at):
    return pilot_at("plan_review")


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


@shows(beginning.people_hold_their_roles)
def test_people_hold_the_roles_they_are_named_for(pilot_at, team, vera, boris):
    pilot = pilot_at()

    with refused(beginning.people_hold_their_roles):
        lifecycle.appoint(pilot, by=vera, at=NOON, **team(manager=boris))
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


@shows(planning.remarks_are_written)
def test_a_plan_goes_back_only_with_remarks(under_review, mila):
    with refused(planning.remarks_are_written):
        lifecycle.return_plan(under_review, by=mila, remark=" ", at=NOON)
    lifecycle.return_plan(under_review, by=mila, remark="Порог не объяснён.", at=NOON)

    assert under_review.state == State.DESIGN
    assert under_review.remarks.get().words == "Порог не объяснён."


def test_the_clock_of_the_design_stands_still_during_the_review(pilot_at, mila):
    pilot = pilot_at("design")
    design = turns.of(pilot).get()
    pilot_at.design(pilot)
    lifecycle.return_plan(pilot, by=mila, remark="Порог не объяснён.", at=on(3, 12))

    assert turns.of(pilot).get().pk == design.pk
    assert turns.of(pilot).get().due_at > design.due_at


@shows(planning.signers_are_untied)
@pytest.mark.parametrize("tied", ["mila", "nina"])
def test_nobody_tied_to_the_vendor_signs(tied, under_review, cast, anna):
    tie = Conflict.objects.create(
        person=getattr(cast, tied), organisation=cast.amber, ground="contract"
    )

    with refused(planning.signers_are_untied):
        lifecycle.sign_plan(under_review, by=anna, at=NOON)
    tie.delete()
    lifecycle.sign_plan(under_review, by=anna, at=NOON)

    assert list(signed_sides(under_review.plan())) == ["vendor"]


@shows(planning.baseline_is_scheduled)
def test_a_plan_without_baseline_says_where_its_data_come_from(written, pilot_at, lev, mila):
    periods = PLAN["periods"] | {"start": "2026-03-30", "baseline": 0}
    protocol = plan_for(pilot_at.offices, periods=periods)
    lifecycle.write_plan(written, by=lev, protocol=protocol, at=NOON)
    lifecycle.submit_plan(written, by=lev, at=NOON)

    with refused(planning.baseline_is_scheduled):
        lifecycle.sign_plan(written, by=mila, at=NOON)
    lifecycle.edit(written, by=lev, baseline_words="Из журналов за 2025 год.", at=NOON)
    lifecycle.sign_plan(written, by=mila, at=NOON)

    assert list(signed_sides(written.plan())) == ["methodologist"]


def test_a_plan_written_anew_is_not_signed_by_who_read_the_one_before(under_review, mila):
    plan = under_review.plan()
    with pytest.raises(Refused, match="Read them anew"):
        lifecycle.sign_plan(under_review, by=mila, read="0" * 64, at=NOON)
    assert list(signed_sides(plan)) == []

    lifecycle.sign_plan(under_review, by=mila, read=plan.sha256, at=NOON)

    assert list(signed_sides(plan)) == ["methodologist"]


@shows(planning.has_not_signed_yet)
def test_one_person_signs_once(under_review, mila, nina):
    lifecycle.sign_plan(under_review, by=mila, at=NOON)

    with refused(planning.has_not_signed_yet):
        lifecycle.sign_plan(under_review, by=mila, at=NOON)
    lifecycle.sign_plan(under_review, by=nina, at=NOON)

    assert set(signed_sides(under_review.plan())) == {"methodologist", "owner"}


@shows(planning.all_have_signed)
def test_the_lock_waits_for_all_three(under_review, mila, nina, anna):
    for signer in (nina, anna):
        lifecycle.sign_plan(under_review, by=signer, at=NOON)

    with refused(planning.all_have_signed):
        lifecycle.life.make("lock", under_review, by=SYSTEM, at=NOON)
    lifecycle.sign_plan(under_review, by=mila, at=on(3, 3))

    assert under_review.state == State.PREPARATION
    assert under_review.locked_at == on(3, 3)
    assert under_review.locked_plan().locked_at == on(3, 3)


def test_the_lock_stands_in_the_story_after_the_last_signature(pilot_at):
    pilot = pilot_at("preparation")

    verbs = [entry.verb.partition(".")[2] for entry in journal.of(pilot)]

    assert verbs[-5:] == ["sign_plan", "sign_plan", "sign_plan", "lock", "prepare"]


@pytest.mark.parametrize("stranger", ["vera", "lev", "kira", "gleb", "artem", "zakhar"])
def test_only_the_three_sides_sign(stranger, under_review, cast):
    with pytest.raises(Forbidden):
        lifecycle.sign_plan(under_review, by=getattr(cast, stranger), at=NOON)


def test_a_signature_under_an_earlier_text_does_not_count(under_review, pilot_at, mila, lev, nina):
    lifecycle.sign_plan(under_review, by=nina, at=NOON)
    lifecycle.return_plan(under_review, by=mila, remark="Назовите площадки.", at=NOON)
    other = plan_for(pilot_at.offices, question="Is it faster?")
    lifecycle.write_plan(under_review, by=lev, protocol=other, at=NOON)
    lifecycle.submit_plan(under_review, by=lev, at=NOON)

    assert signed_sides(under_review.plan()) == {}
    assert under_review.plan().version == 1


def test_each_signature_is_over_the_fingerprint_of_the_plan(pilot_at):
    pilot = pilot_at("preparation")
    plan = pilot.locked_plan()

    assert {s.sha256 for s in signed_sides(plan).values()} == {plan.sha256}
    assert plan.is_whole


@pytest.mark.parametrize(
    "attempt",
    [
        lambda plan: Plan.objects.filter(pk=plan.pk).update(sha256="0" * 64),
        lambda plan: Plan.objects.filter(pk=plan.pk).update(locked_at=None),
        lambda plan: Plan.objects.filter(pk=plan.pk)._raw_delete("default"),
    ],
)
def test_the_database_keeps_a_locked_plan_as_it_is(attempt, pilot_at):
    plan = pilot_at("preparation").locked_plan()

    with pytest.raises(DatabaseError, match="immutable"), transaction.atomic():
        attempt(plan)

    assert Plan.objects.get(pk=plan.pk).sha256 == plan.sha256


def test_a_draft_may_be_written_over(written, pilot_at, lev):
    lifecycle.write_plan(written, by=lev, protocol=plan_for(pilot_at.offices, question="Why?"))

    assert written.plans.get().content["question"] == "Why?"


def test_a_plan_that_was_tampered_with_is_not_signed(under_review, pilot_at, mila):
    Plan.objects.update(content=plan_for(pilot_at.offices, question="Is it cheaper?").document)

    with pytest.raises(Refused):
        lifecycle.sign_plan(under_review, by=mila, at=NOON)

    assert signed_sides(under_review.plan()) == {}


def test_the_turn_goes_from_the_methodologist_to_the_other_sides(under_review, cast, mila):
    before = [turn.holder for turn in turns.of(under_review)]
    lifecycle.sign_plan(under_review, by=mila, at=NOON)
    after = {turn.holder for turn in turns.of(under_review)}

    assert before == [f"person@{mila.pk}"]
    assert after == {f"person@{cast.nina.pk}", f"sign@org-{cast.amber.pk}"}


def test_roles_of_sites_follow_from_the_locked_plan(pilot_at):
    pilot = pilot_at("preparation")

    assert [site.number for site in pilot.treatment_sites()] == [101002, 101004, 101006, 101008]
    assert [site.number for site in pilot.comparison_sites()] == [101001, 101003, 101005, 101007]


def _committed(pilot_at, seed):
    units = [{"unit": str(office.number)} for office in pilot_at.offices]
    lot = {"method": "complete", "units": units, "seed_commitment": seed_commitment(seed)}
    return plan_for(pilot_at.offices, assignment=lot)


@shows(preparing.seed_is_the_committed_one)
@shows(preparing.lot_is_not_drawn)
def test_a_committed_lot_is_drawn_once_with_its_own_number(pilot_at, mila):
    pilot = pilot_at("preparation", plan=_committed(pilot_at, "17-03-42"))

    with refused(preparing.seed_is_the_committed_one):
        lifecycle.draw(pilot, by=mila, seed="17-03-43", at=on(3, 5))
    lifecycle.draw(pilot, by=mila, seed="17-03-42", at=on(3, 5))
    with refused(preparing.lot_is_not_drawn):
        lifecycle.draw(pilot, by=mila, seed="17-03-42", at=on(3, 5))

    assert pilot.treatment_sites().count() == 4
    assert pilot.assignment().arms.sum() == 4


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
