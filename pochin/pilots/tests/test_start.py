"""Preparing a run: what must be there before the baseline and the start."""

from datetime import date

import pytest

from conftest import COUNTED, NOON, on, plan_for
from pochin.agreements.models import Agreement, Party
from pochin.core.policy import SYSTEM
from pochin.lab.seeds import seed_commitment
from pochin.pilots import lifecycle
from pochin.pilots.lifecycle.guards import closing, preparing
from pochin.pilots.models import Pilot, State
from pochin.pilots.tests.showing import refused, shows


@pytest.fixture
def prepared(pilot_at):
    return pilot_at("preparation")


@pytest.fixture
def baseline(pilot_at):
    return pilot_at("baseline")


@pytest.fixture
def ready(baseline, pilot_at, lev, semyon, agreement):
    """Everything is done for the start; a test takes one thing away."""
    for slot in baseline.slots.all():
        lifecycle.sign_start(slot, by=semyon, at=on(3, 29))
    for check in baseline.checks.all():
        lifecycle.tick(baseline, by=lev, check=check, at=on(3, 29))
    lifecycle.note_data(baseline, by=SYSTEM, data=COUNTED, at=on(3, 29))
    lifecycle.link_agreement(baseline, by=lev, agreement=agreement, at=on(3, 29))
    return baseline


def start(pilot, lev):
    return lifecycle.start(pilot, by=lev, at=on(3, 30))


@shows(preparing.site_consents_are_signed)
def test_the_baseline_needs_the_consent_of_every_site(prepared, lev, semyon):
    lifecycle.confirm_feed(prepared, by=lev, at=NOON)
    first, *others = prepared.slots.all()
    for slot in others:
        lifecycle.confirm(slot, by=semyon, at=NOON)

    with refused(preparing.site_consents_are_signed):
        lifecycle.begin_baseline(prepared, by=lev, at=NOON)
    lifecycle.confirm(first, by=semyon, at=NOON)
    lifecycle.begin_baseline(prepared, by=lev, at=NOON)

    assert prepared.state == State.BASELINE


@shows(preparing.data_feed_is_tested)
def test_the_baseline_needs_a_feed_that_works(prepared, lev, semyon):
    for slot in prepared.slots.all():
        lifecycle.confirm(slot, by=semyon, at=NOON)

    with refused(preparing.data_feed_is_tested):
        lifecycle.begin_baseline(prepared, by=lev, at=NOON)
    lifecycle.confirm_feed(prepared, by=semyon, note="Файл прочитан", at=NOON)
    lifecycle.begin_baseline(prepared, by=lev, at=NOON)

    assert prepared.state == State.BASELINE


@shows(preparing.checklist_is_done)
def test_the_run_needs_the_whole_checklist(ready, lev):
    lifecycle.add_check(ready, by=lev, kind="safety", words_ru="Аптечка на месте", at=NOON)

    with refused(preparing.checklist_is_done):
        start(ready, lev)
    lifecycle.tick(ready, by=lev, check=ready.checks.get(done_at=None), at=NOON)
    start(ready, lev)

    assert ready.state == State.RUNNING


@shows(preparing.baseline_is_sufficient)
def test_the_run_needs_the_planned_baseline(ready, lev):
    thin = lifecycle.Completeness(
        expected=100, received=100, baseline_expected=100, baseline_received=94, sha256="d" * 64
    )
    lifecycle.note_data(ready, by=SYSTEM, data=thin, at=on(3, 29))

    with refused(preparing.baseline_is_sufficient):
        start(ready, lev)
    lifecycle.note_data(ready, by=SYSTEM, data=COUNTED, at=on(3, 29))
    start(ready, lev)

    assert ready.state == State.RUNNING


@shows(preparing.baseline_is_sufficient, "refuses")
def test_a_baseline_of_which_nothing_arrived_is_not_enough(ready, lev):
    Pilot.objects.update(data={})

    with refused(preparing.baseline_is_sufficient):
        start(ready, lev)


def test_the_plan_says_how_complete_is_complete(pilot_at):
    plan = pilot_at.need and plan_for(pilot_at.offices).document

    assert closing.least_share(plan) == 0.95
    assert closing.least_share(plan | {"data_rules": {"missing": {"max_share": 0.2}}}) == 0.8
    assert closing.least_share(plan | {"data_rules": {"late": {"completeness": 0.9}}}) == 0.9


@shows(preparing.decision_is_owned)
def test_the_run_needs_somebody_who_will_decide(ready, lev, kira):
    Pilot.objects.update(decision_date=None)

    with refused(preparing.decision_is_owned):
        start(ready, lev)
    Pilot.objects.update(decision_date=date(2026, 6, 1))
    start(ready, lev)

    assert ready.decision_owner == kira


@shows(preparing.agreement_is_in_force)
@pytest.mark.parametrize(
    "trouble",
    [
        {"state": "negotiation"},
        {"starts_on": date(2026, 4, 1)},
        {"ends_on": date(2026, 3, 29)},
        {"kind": "nda"},
    ],
)
def test_the_run_needs_an_agreement_in_force(trouble, ready, lev):
    before = {name: getattr(Agreement.objects.get(), name) for name in trouble}
    Agreement.objects.update(**trouble)

    with refused(preparing.agreement_is_in_force):
        start(Pilot.objects.get(), lev)
    Agreement.objects.update(**before)
    pilot = start(Pilot.objects.get(), lev)

    assert pilot.state == State.RUNNING


@shows(preparing.agreement_is_in_force, "refuses")
def test_an_agreement_with_another_company_does_not_count(ready, lev, amber, granite):
    Party.objects.filter(organisation=amber).update(organisation=granite)

    with refused(preparing.agreement_is_in_force):
        start(ready, lev)


@shows(preparing.sites_signed_the_start)
def test_every_site_signs_its_start_act(ready, lev, semyon):
    slot = ready.slots.first()
    ready.slots.filter(pk=slot.pk).update(ready_at=None)

    with refused(preparing.sites_signed_the_start):
        start(ready, lev)
    lifecycle.sign_start(ready.slots.get(pk=slot.pk), by=semyon, at=on(3, 29))
    start(ready, lev)

    assert ready.started_at == on(3, 30)


@shows(preparing.treatment_is_assigned)
@shows(preparing.lot_is_not_drawn, "passes")
def test_the_run_waits_until_the_lot_is_drawn(pilot_at, lev, mila):
    units = [{"unit": str(office.number)} for office in pilot_at.offices]
    seal = seed_commitment("17-03-42, красный")
    lot = {"method": "complete", "units": units, "seed_commitment": seal}
    pilot = pilot_at("baseline", plan=plan_for(pilot_at.offices, assignment=lot))

    with refused(preparing.treatment_is_assigned):
        pilot_at.begin_baseline(pilot)
    lifecycle.draw(pilot, by=mila, seed="17-03-42, красный", at=on(3, 29))
    start(pilot, lev)

    assert pilot.slots.filter(role="treatment").count() == 4


def test_the_need_is_told_when_the_run_begins(pilot_at):
    from pochin.core import reactions  # noqa: PLC0415

    pilot = pilot_at("running")
    reactions.catch_up(at=on(3, 30))
    pilot.need.refresh_from_db()

    assert pilot.need.state == "piloting"
