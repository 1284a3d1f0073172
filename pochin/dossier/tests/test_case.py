"""The page of a whole case, as far as each reader may see it."""

from datetime import date

import pytest
from django.test import Client
from django.utils import timezone

from conftest import on
from pochin.core import journal
from pochin.core.policy import SYSTEM
from pochin.decisions import lifecycle as decisions
from pochin.dossier.views import chapters_of, road
from pochin.evaluations import lifecycle as evaluations
from pochin.pilots import lifecycle as pilots


@pytest.mark.parametrize("language", ["ru", "en"])
def test_the_result_is_on_the_page_only_after_its_release(measured, cast, signed_in, language):
    pilot = measured()
    evaluation = evaluations.compute(pilot, by=cast.mila, at=on(4, 30))
    url = pilot.get_absolute_url()
    mark = evaluation.sha256

    before = [
        mark in signed_in(p, language).get(url).content.decode() for p in (cast.mila, cast.kira)
    ]
    evaluations.release(evaluation, by=cast.mila, at=on(4, 30))
    after = [
        mark in signed_in(p, language).get(url).content.decode() for p in (cast.mila, cast.kira)
    ]

    assert (before, after) == ([True, False], [True, True])


def test_the_analyst_computes_from_the_page(measured, mila, signed_in):
    pilot = measured()
    browser = signed_in(mila)
    assert (
        f"/evaluations/{pilot.number}/begin/"
        in browser.get(pilot.get_absolute_url()).content.decode()
    )

    answer = browser.post(f"/evaluations/{pilot.number}/begin/")

    assert answer.url == pilot.evaluations.get().get_absolute_url()


def test_the_owner_is_led_to_the_decision(judged, kira, anna, signed_in):
    pilot = judged()
    link = f"/decisions/{pilot.number}/new/"

    assert link in signed_in(kira).get(pilot.get_absolute_url()).content.decode()
    assert link not in signed_in(anna).get(pilot.get_absolute_url()).content.decode()


def test_the_signed_decision_stands_on_the_page(judged, kira, anna, signed_in):
    pilot = judged()
    decision = decisions.prepare(pilot, by=kira, outcome="scale", words="Берём.", at=on(5, 6))
    assert "Берём." not in signed_in(anna).get(pilot.get_absolute_url()).content.decode()

    decisions.sign(decision, by=kira, at=on(5, 6))

    assert "Берём." in signed_in(anna).get(pilot.get_absolute_url()).content.decode()


def test_guests_see_what_the_register_shows(judged):
    pilot = judged()
    plan = pilot.locked_plan()
    page = Client().get(pilot.get_absolute_url()).content.decode()

    assert plan.sha256 in page
    assert f"/pilots/{pilot.number}/plan/" not in page


def test_the_road_tells_the_time_in_each_state(judged, vera, signed_in):
    pilot = judged()

    answer = signed_in(vera).get(pilot.get_absolute_url())
    passed = chapters_of(answer.context["pilot"])
    stories = journal.stories([thing for _name, thing in passed])
    stretches = road(passed, stories, {}, at=on(5, 5))

    assert stretches[0].chapter == "Need"
    assert [s.state for s in stretches if s.chapter == "Pilot"][-1] == "awaiting decision"
    assert [s.is_now for s in stretches if s.chapter == "Pilot"].count(True) == 1


@pytest.fixture
def closed_again(judged, cast):
    """A pilot that was extended after a result, and whose data are closed a second time."""
    pilot = judged()
    decision = decisions.prepare(
        pilot, by=cast.kira, outcome="extend", words="Мало", to_learn="Осень",
        ends_on=date(2026, 6, 30), decide_on=date(2026, 7, 31), at=on(5, 6),
    )  # fmt: skip
    decisions.sign(decision, by=cast.kira, at=on(5, 6))
    pilot.refresh_from_db()
    pilots.life.make("reach_end", pilot, by=SYSTEM, at=on(7, 1))
    pilots.explain_gaps(pilot, by=cast.lev, words="Больше не мерили", at=on(7, 1))
    return pilots.close_data(pilot, by=SYSTEM, at=on(7, 1))


EARLIER = "This result stands on the readings until the extension"


def test_after_an_extension_the_analyst_computes_the_second_result_from_the_page(
    closed_again, cast, signed_in
):
    browser, url = signed_in(cast.mila), closed_again.get_absolute_url()
    way = f"/evaluations/{closed_again.number}/begin/"
    before = browser.get(url).content.decode()

    browser.post(way)

    after = browser.get(url).content.decode()
    assert (way in before, EARLIER in before) == (True, True)
    assert (way in after, EARLIER in after) == (False, False)


def test_until_the_second_result_is_released_the_others_read_the_first_as_an_earlier_one(
    closed_again, cast, signed_in
):
    url = closed_again.get_absolute_url()
    signed_in(cast.mila).post(f"/evaluations/{closed_again.number}/begin/")
    before = signed_in(cast.kira).get(url).content.decode()
    second = closed_again.evaluations.order_by("number").last()

    evaluations.release(second, by=cast.mila, at=timezone.now())

    after = signed_in(cast.kira).get(url).content.decode()
    assert (EARLIER in before, EARLIER in after) == (True, False)
