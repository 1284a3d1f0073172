"""The page of a case asks the database no more often the further the case has come."""

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from conftest import on
from pochin.decisions import lifecycle as decisions

MOST = 12


def asked(browser, pilot) -> int:
    """How many questions the page asks that was looked at before."""
    browser.get(pilot.get_absolute_url())
    with CaptureQueriesContext(connection) as questions:
        assert browser.get(pilot.get_absolute_url()).status_code == 200
    return len(questions)


def test_each_reader_s_page_of_a_decided_pilot_costs_few_questions(judged, cast, signed_in):
    pilot = judged()
    decision = decisions.prepare(pilot, by=cast.kira, outcome="scale", words="Да.", at=on(5, 6))
    prepared = asked(signed_in(cast.kira), pilot)
    decisions.sign(decision, by=cast.kira, at=on(5, 6))
    readers = ("vera", "anna", "boris", "kira", "nina", "mila", "lev", "semyon", "viktor")

    costs = {who: asked(signed_in(getattr(cast, who)), pilot) for who in readers}

    assert prepared <= MOST
    assert {who: n for who, n in costs.items() if n > MOST} == {}
    assert (costs["vera"], costs["anna"], costs["boris"]) == (9, 7, 6)


@pytest.mark.parametrize("state", ["proposed", "design", "plan_review", "preparation", "running"])
def test_so_does_the_page_of_a_pilot_on_its_way(state, pilot_at, cast, signed_in):
    pilot = pilot_at(state)

    costs = {who: asked(signed_in(getattr(cast, who)), pilot) for who in ("vera", "anna", "lev")}

    assert {who: n for who, n in costs.items() if n > MOST} == {}
