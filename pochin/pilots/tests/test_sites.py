"""A site's part in a pilot: asked, agreed, consented, ready, released."""

from datetime import date

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from conftest import NOON, on
from pochin.core import turns
from pochin.core.models import Signature
from pochin.core.policy import Forbidden
from pochin.participants.models import Seat
from pochin.pilots import lifecycle
from pochin.pilots.lifecycle import slots as s
from pochin.pilots.models import SiteSlot, SlotState
from pochin.pilots.tests.showing import refused, shows
from pochin.sites.models import BlackOut, Site

SPRING = {"starts_on": date(2026, 3, 16), "ends_on": date(2026, 4, 26)}


@pytest.fixture
def in_design(pilot_at):
    return pilot_at("design")


@pytest.fixture
def office(offices):
    """An office with room for one pilot at a time."""
    Site.objects.update(capacity=1)
    return Site.objects.get(pk=offices[0].pk)


@pytest.fixture
def asked(in_design, office, lev):
    return lifecycle.propose_site(in_design, by=lev, site=office, at=NOON, **SPRING)


@pytest.fixture
def rival(pilot_at, asked, office, lev):
    """Another pilot that asks the same office for some of the same days."""
    other = pilot_at("design")
    days = {"starts_on": date(2026, 4, 20), "ends_on": date(2026, 5, 20)}
    return lifecycle.propose_site(other, by=lev, site=office, at=NOON, **days)


@shows(s.pilot_takes_sites, "refuses")
def test_no_site_joins_a_running_pilot(running, offices, lev):
    with refused(s.pilot_takes_sites):
        lifecycle.propose_site(running, by=lev, site=offices[9], at=on(4, 1), **SPRING)

    assert running.slots.count() == 8


@shows(s.pilot_takes_sites, "passes")
def test_a_site_may_join_until_the_run(pilot_at, offices, lev):
    pilot = pilot_at("preparation")

    slot = lifecycle.propose_site(pilot, by=lev, site=offices[9], at=NOON, **SPRING)

    assert slot.state == SlotState.PROPOSED


@shows(s.days_are_in_order)
def test_the_days_must_be_in_order(in_design, office, lev):
    back = {"starts_on": SPRING["ends_on"], "ends_on": SPRING["starts_on"]}

    with refused(s.days_are_in_order):
        lifecycle.propose_site(in_design, by=lev, site=office, at=NOON, **back)
    slot = lifecycle.propose_site(in_design, by=lev, site=office, at=NOON, **SPRING)

    assert slot.state == SlotState.PROPOSED


@shows(s.site_is_not_in_yet)
def test_a_site_is_asked_once(asked, in_design, office, offices, lev):
    with refused(s.site_is_not_in_yet):
        lifecycle.propose_site(in_design, by=lev, site=office, at=NOON, **SPRING)
    lifecycle.propose_site(in_design, by=lev, site=offices[1], at=NOON, **SPRING)

    assert in_design.slots.count() == 2


@shows(s.site_has_status)
def test_a_place_without_status_cannot_agree(asked, semyon):
    Site.objects.update(state="suspended")

    with refused(s.site_has_status):
        lifecycle.agree(SiteSlot.objects.get(), by=semyon, at=NOON)
    Site.objects.update(state="has_status")
    slot = lifecycle.agree(SiteSlot.objects.get(), by=semyon, at=NOON)

    assert slot.state == SlotState.AGREED


@shows(s.days_are_not_blacked_out)
def test_black_out_days_are_kept_free(asked, office, semyon):
    day = date(2026, 4, 26)
    black = BlackOut.objects.create(
        site=office, number=1, starts_on=day, ends_on=day, why_ru="Выборы"
    )

    with refused(s.days_are_not_blacked_out):
        lifecycle.agree(asked, by=semyon, at=NOON)
    black.starts_on = black.ends_on = date(2026, 4, 27)
    black.save()
    lifecycle.agree(asked, by=semyon, at=NOON)

    assert asked.state == SlotState.AGREED


@shows(s.site_has_room)
def test_a_site_holds_no_more_pilots_than_it_has_room_for(asked, rival, office, semyon):
    lifecycle.agree(asked, by=semyon, at=NOON)
    SiteSlot.objects.filter(pk=rival.pk).update(twin_words="Разные смены")

    with refused(s.site_has_room):
        lifecycle.agree(rival, by=semyon, at=NOON)
    Site.objects.filter(pk=office.pk).update(capacity=2)
    rival = SiteSlot.objects.get(pk=rival.pk)
    lifecycle.agree(rival, by=semyon, at=NOON)

    assert rival.state == SlotState.AGREED


def test_a_site_is_held_while_its_room_is_counted(asked, semyon):
    with CaptureQueriesContext(connection) as done:
        lifecycle.agree(asked, by=semyon, at=NOON)

    said = [query["sql"] for query in done]
    waits = "FOR UPDATE" if connection.features.has_select_for_update else "SELECT"
    held = [n for n, sql in enumerate(said) if 'FROM "sites_site"' in sql and waits in sql]
    others = 'FROM "pilots_siteslot"', '"starts_on" <='
    counted = [n for n, sql in enumerate(said) if all(part in sql for part in others)]
    assert held[0] < counted[0]


@shows(s.no_twin_trial)
def test_twin_trials_say_why_they_do_not_disturb_each_other(asked, rival, office, semyon):
    Site.objects.filter(pk=office.pk).update(capacity=2)
    lifecycle.agree(SiteSlot.objects.get(pk=asked.pk), by=semyon, at=NOON)

    with refused(s.no_twin_trial):
        lifecycle.agree(SiteSlot.objects.get(pk=rival.pk), by=semyon, at=NOON)
    SiteSlot.objects.filter(pk=rival.pk).update(twin_words="Разные смены")
    slot = lifecycle.agree(SiteSlot.objects.get(pk=rival.pk), by=semyon, at=NOON)

    assert slot.state == SlotState.AGREED


@shows(s.site_has_room, "passes")
@shows(s.no_twin_trial, "passes")
def test_pilots_on_other_days_do_not_matter(asked, rival, semyon):
    SiteSlot.objects.filter(pk=rival.pk).update(starts_on=date(2026, 4, 27))
    lifecycle.agree(asked, by=semyon, at=NOON)

    slot = lifecycle.agree(SiteSlot.objects.get(pk=rival.pk), by=semyon, at=NOON)

    assert slot.state == SlotState.AGREED


@shows(s.plan_is_locked)
def test_a_site_consents_to_a_locked_plan(pilot_at, semyon):
    pilot = pilot_at("plan_review")
    slot = pilot.slots.first()

    with refused(s.plan_is_locked):
        lifecycle.confirm(slot, by=semyon, at=NOON)
    pilot_at.sign(pilot)
    slot = pilot.slots.first()
    lifecycle.confirm(slot, by=semyon, at=on(3, 4))

    assert slot.state == SlotState.CONFIRMED
    assert Signature.objects.filter(what="consent").get().by == semyon


@shows(s.pilot_measures_baseline)
def test_the_start_act_is_signed_during_the_baseline(pilot_at, semyon):
    pilot = pilot_at("preparation")
    slot = lifecycle.confirm(pilot.slots.first(), by=semyon, at=on(3, 4))

    with refused(s.pilot_measures_baseline):
        lifecycle.sign_start(slot, by=semyon, at=on(3, 5))
    for other in pilot.slots.filter(state="agreed"):
        lifecycle.confirm(other, by=semyon, at=on(3, 4))
    lifecycle.confirm_feed(pilot, by=semyon, at=on(3, 5))
    lifecycle.begin_baseline(pilot, by=pilot_at.cast.lev, at=on(3, 16))
    slot = pilot.slots.get(pk=slot.pk)
    lifecycle.sign_start(slot, by=semyon, at=on(3, 17))

    assert slot.ready_at == on(3, 17)


@pytest.mark.parametrize("stranger", ["lev", "vera", "anna", "gleb", "zakhar"])
def test_only_the_keeper_of_the_site_agrees(stranger, asked, cast):
    with pytest.raises(Forbidden):
        lifecycle.agree(asked, by=getattr(cast, stranger), at=NOON)


def test_a_keeper_tied_to_the_vendor_does_not_agree(asked, cast):
    Seat.objects.create(person=cast.semyon, organisation=cast.amber)

    with pytest.raises(Forbidden):
        lifecycle.agree(asked, by=cast.semyon, at=NOON)


def test_a_deputy_agrees_for_the_site(asked, office, boris):
    office.deputies.create(person=boris, since=date(2026, 1, 1))

    lifecycle.agree(asked, by=boris, at=NOON)

    assert asked.agreed_by == boris


def test_the_site_is_waited_for(asked, semyon):
    assert [turn.holder for turn in turns.of(asked)] == [f"person@{semyon.pk}"]
    assert turns.of(asked).get().days == 10


def test_an_agreed_site_is_waited_for_again_once_the_plan_is_locked(pilot_at, semyon):
    pilot = pilot_at("plan_review")
    before = [turns.of(slot).count() for slot in pilot.slots.all()]
    pilot_at.sign(pilot)

    after = [turns.of(slot).get().holder for slot in pilot.slots.all()]

    assert before == [0] * 8
    assert after == [f"person@{semyon.pk}"] * 8


def test_sites_are_used_from_the_start_and_free_after_the_end(pilot_at):
    pilot = pilot_at("scale")
    used = set(pilot.slots.values_list("state", flat=True))
    pilot_at.close(pilot)

    assert used == {"used"}
    assert set(pilot.slots.values_list("state", flat=True)) == {"released"}
