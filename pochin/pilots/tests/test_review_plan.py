"""The review of a plan: remarks, signatures, the lock, and what follows from it."""

import pytest
from django.db import DatabaseError, transaction

from conftest import NOON, PLAN, on, plan_for
from pochin.core import journal, turns
from pochin.core.lifecycle import Refused
from pochin.core.policy import SYSTEM, Forbidden
from pochin.lab.seeds import seed_commitment
from pochin.participants.models import Conflict
from pochin.pilots import lifecycle
from pochin.pilots.lifecycle.guards import planning, preparing
from pochin.pilots.models import Plan, State, signed_sides
from pochin.pilots.tests.showing import refused, shows


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

    numbers = {
        role: sorted(pilot.slots.filter(role=role).values_list("site__number", flat=True))
        for role in ("treatment", "comparison")
    }
    assert numbers == {
        "treatment": [101002, 101004, 101006, 101008],
        "comparison": [101001, 101003, 101005, 101007],
    }


def _committed(pilot_at, seed):
    units = [{"unit": str(office.number)} for office in pilot_at.offices]
    lot = {"method": "complete", "units": units, "seed_commitment": seed_commitment(seed)}
    return plan_for(pilot_at.offices, assignment=lot)


@shows(preparing.seed_is_the_committed_one)
@shows(preparing.lot_is_not_drawn)
def test_a_committed_lot_is_drawn_once_with_its_own_number(pilot_at, mila):
    pilot = pilot_at("preparation", plan=_committed(pilot_at, "17-03-42, красный"))

    with refused(preparing.seed_is_the_committed_one):
        lifecycle.draw(pilot, by=mila, seed="17-03-43, красный", at=on(3, 5))
    lifecycle.draw(pilot, by=mila, seed="17-03-42, красный", at=on(3, 5))
    with refused(preparing.lot_is_not_drawn):
        lifecycle.draw(pilot, by=mila, seed="17-03-42, красный", at=on(3, 5))

    assert pilot.slots.filter(role="treatment").count() == 4
    assert pilot.assignment().arms.sum() == 4
