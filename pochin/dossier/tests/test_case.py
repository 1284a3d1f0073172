"""The page of a whole case, as far as each reader may see it."""

import pytest
from django.test import Client

from conftest import on
from pochin.core import journal
from pochin.decisions import lifecycle as decisions
from pochin.dossier.views import chapters_of, road
from pochin.evaluations import lifecycle as evaluations


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
