"""Every figure of the portfolio opens the list it was counted from, with as many rows."""

import json

import pytest
from django.utils import timezone

from pochin.pilots.models import Pilot
from pochin.portfolio import counting


def rows_of(browser, href):
    """How many rows the list behind this address takes out as a file."""
    glue = "&" if "?" in href else "?"
    answer = browser.get(f"{href}{glue}file=json")
    assert answer.status_code == 200, href
    return len(json.loads(answer.getvalue()))


@pytest.fixture
def world(judged, submitted):
    """One pilot that was judged, one application that waits; and somebody else's pilot."""
    return judged()


def test_every_number_on_top_has_as_many_rows_behind_it(world, vera, signed_in):
    browser = signed_in(vera)

    for figure in counting.figures(vera, at=timezone.now()):
        if figure.is_count:
            assert rows_of(browser, figure.href) == figure.value, figure.words


def test_every_step_of_the_way_has_as_many_rows_behind_it(world, vera, signed_in):
    browser = signed_in(vera)

    assert [rows_of(browser, one.href) for one in counting.way(vera)] == [
        one.count for one in counting.way(vera)
    ]


def test_the_tabs_hold_what_they_say(world, vera, signed_in):
    page = signed_in(vera).get("/portfolio/", {"view": "all"}).content.decode()

    assert counting.view(vera, "all").count() == Pilot.objects.count()
    assert world.code[2:] in page


def test_an_unknown_tab_shows_what_is_at_work(world, vera, signed_in):
    browser = signed_in(vera)

    assert list(counting.view(vera, "nonsense")) == list(counting.view(vera, ""))
    assert browser.get("/portfolio/", {"view": "nonsense"}).status_code == 200
