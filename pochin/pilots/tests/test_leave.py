"""A site that has to leave for good while the run goes on: its readings stay, and all is told."""

from datetime import date

import pytest
from django.test import Client
from django.urls import reverse

from conftest import on, plain
from pochin.core import journal, turns
from pochin.core.policy import SYSTEM, Forbidden
from pochin.participants.models import Person
from pochin.pilots import lifecycle, noticing
from pochin.pilots.lifecycle import slots as s
from pochin.pilots.lifecycle.guards.judging import silent_sides
from pochin.pilots.models import Pilot, State
from pochin.pilots.tests.showing import refused, shows

LAST = date(2026, 4, 7)


def gone(pilot, by, place=0, **changes):
    slot = pilot.slots.order_by("site__number")[place]
    given = {"left_on": LAST, "because": "other", "reason": "Отделение закрыли", **changes}
    return lifecycle.leave(slot, by=by, at=on(4, 8), **given)


@shows(s.run_lasts)
@shows(s.slot_is_of_a_trial_held_now, "passes")
def test_a_site_leaves_while_the_run_lasts(pilot_at, running, semyon):
    slot = gone(running, semyon)

    assert (slot.state, slot.left_on, slot.reasons) == ("left", LAST, "Отделение закрыли")
    assert Pilot.objects.get(pk=running.pk).state == State.RUNNING
    Pilot.objects.filter(pk=running.pk).update(state=State.EVALUATION)
    with refused(s.run_lasts):
        gone(Pilot.objects.get(pk=running.pk), semyon, place=1)


def test_a_site_leaves_a_suspended_pilot_too(running, semyon):
    lifecycle.suspend(running, by=semyon, reason="Дым", at=on(4, 8))

    assert gone(running, semyon).state == "left"


@shows(s.last_day_is_of_the_run)
@pytest.mark.parametrize("day", [date(2026, 3, 15), date(2026, 4, 9)])
def test_the_last_day_lies_between_the_first_one_and_today(day, running, semyon):
    with refused(s.last_day_is_of_the_run):
        gone(running, semyon, left_on=day)

    assert gone(running, semyon, left_on=date(2026, 4, 8)).left_on == date(2026, 4, 8)


@shows(s.departure_is_explained)
@pytest.mark.parametrize("changes", [{"reason": " "}, {"because": "bored"}])
def test_a_departure_says_why(changes, running, semyon):
    with refused(s.departure_is_explained):
        gone(running, semyon, **changes)

    assert gone(running, semyon, because="solution").left_because == "solution"


@pytest.mark.parametrize("name", ["anna", "nina", "kira", "gleb", "mila"])
def test_only_the_site_or_who_leads_the_pilot_takes_it_out(name, running, cast):
    with pytest.raises(Forbidden):
        gone(running, getattr(cast, name))


@pytest.mark.parametrize("name", ["semyon", "lev", "vera"])
def test_the_keeper_the_manager_and_the_coordinator_may(name, running, cast):
    assert gone(running, getattr(cast, name)).state == "left"


def test_the_pilot_tells_it_and_nobody_is_waited_for(running, semyon):
    slot = gone(running, semyon)

    assert [entry.verb for entry in journal.of(running)][-1] == "pilots.lose_site"
    assert list(turns.of(slot)) == []


def test_a_site_that_left_stays_in_its_group_and_the_result_is_told(running, semyon):
    arms = running.assignment().arms.tolist()
    slot = gone(running, semyon, because="unclear")

    fresh = Pilot.objects.get(pk=running.pk)
    facts = noticing.facts_of(fresh, fresh.locked_plan())
    assert fresh.assignment().arms.tolist() == arms
    assert facts.left == {str(slot.site.number): ("2026-04-07", "unclear")}


def test_a_site_that_left_is_free_for_other_pilots(running, semyon):
    slot = gone(running, semyon)
    other = running.slots.order_by("site__number")[1]

    assert not type(slot).objects.touching(slot.starts_on, slot.ends_on).filter(pk=slot.pk).exists()
    assert type(slot).objects.touching(other.starts_on, other.ends_on).filter(pk=other.pk).exists()


def test_who_left_is_not_waited_for_but_may_still_speak_to_the_result(pilot_at, cast):
    pilot = pilot_at("running")
    slot = gone(pilot, cast.semyon)
    for step in ("start", "close_data"):
        getattr(pilot_at, step)(pilot)
    lifecycle.hand_over(pilot, by=cast.mila, finding=pilot_at.finding(pilot), at=on(4, 30))

    assert ("site", slot.pk) not in silent_sides(pilot)
    lifecycle.comment(pilot, by=cast.semyon, is_dissent=True, words="Мешало", at=on(5, 4))
    assert pilot.comments.filter(slot=slot, is_dissent=True).exists()


def test_the_departure_is_told_for_ever(pilot_at, cast, running):
    slot = gone(running, cast.semyon)
    lifecycle.slot_life.make("release", slot, by=SYSTEM, at=on(5, 7))

    assert (slot.state, slot.left_on, slot.took_part) == ("released", LAST, True)


def test_the_page_tells_who_left_when_and_why(running, cast, signed_in):
    slot = gone(running, cast.semyon, because="solution", reason="Грелось")

    page = plain(signed_in(cast.lev).get(running.get_absolute_url()))
    own = plain(signed_in(cast.lev).get(slot.get_absolute_url()))

    assert "Sites that left for good: 101001 Office 101001, 7\N{NO-BREAK SPACE}April" in page
    assert "because of the solution" in own
    assert "Грелось" in own
    assert "left for good" not in plain(Client().get(running.get_absolute_url()))


def test_the_form_takes_a_site_out_and_keeps_what_was_typed(running, cast, signed_in):
    slot = running.slots.order_by("site__number").first()
    way = reverse("pilots:act_on_slot", args=[running.number, slot.site.number, "leave"])
    browser = signed_in(Person.objects.get(pk=cast.semyon.pk))
    given = {"left_on": "01.01.2025", "because": "other", "reason": "Отделение закрыли"}

    asked = plain(browser.get(way))
    late = browser.post(way, given)
    done = browser.post(way, given | {"left_on": slot.starts_on.strftime("%d.%m.%Y")})

    assert "The run goes on at 7 other sites." in asked
    assert late.status_code == 409
    assert "Отделение закрыли" in plain(late)
    assert done.status_code == 302
    slot.refresh_from_db()
    assert slot.state == "left"
