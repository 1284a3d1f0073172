"""Every figure of the portfolio opens the list it was counted from, with as many rows."""

import json

import pytest
from django.utils import timezone
from django.utils.html import escape

from pochin.pilots.models import Pilot
from pochin.portfolio import counting, views


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


@pytest.fixture(params=["asked of each row", "kept by the database"])
def reader(request, vera):
    """Vera as a page knows her: while she reads, what is her own is known beforehand."""
    known = type(vera).objects.get(pk=vera.pk)
    known.is_reading = request.param == "kept by the database"
    return known


def test_every_number_on_top_has_as_many_rows_behind_it(world, vera, reader, signed_in):
    browser, now = signed_in(vera), timezone.now()

    counted, soon = counting.counted(reader, at=now), counting.due(counting.turns(vera), at=now)

    for figure in counting.figures(counted, at=now, soon=soon):
        if figure.is_count:
            assert rows_of(browser, figure.href) == figure.value, figure.words


def test_what_is_due_opens_the_turns_of_its_clock(world, vera, signed_in):
    browser, now = signed_in(vera), timezone.now()

    rows = views.due_rows(counting.due(counting.turns(vera), at=now), at=now)

    assert rows
    page = browser.get("/portfolio/").content.decode()
    for row in rows:
        assert f'<a href="{escape(row["href"])}">{row["clock"]}</a>' in page
        assert rows_of(browser, row["href"]) >= row["n"]


def test_every_step_of_the_way_has_as_many_rows_behind_it(world, vera, reader, signed_in):
    browser = signed_in(vera)

    steps = counting.way(counting.counted(reader, at=timezone.now()))

    assert [rows_of(browser, one.href) for one in steps] == [one.count for one in steps]
    assert steps[0].count > 0


def test_the_tabs_hold_what_they_say(world, vera, reader, signed_in):
    page = signed_in(vera).get("/portfolio/", {"view": "all"}).content.decode()

    assert counting.view(vera, "all").count() == Pilot.objects.count()
    assert world.code[2:] in page
    counted = counting.counted(reader, at=timezone.now()).kinds
    for name in counting.tabs(vera):
        assert counted[name] == counting.view(vera, name).count()
        if name != "mine":
            assert rows_of(signed_in(vera), counting.list_of(name)) == counted[name], name


def test_what_does_not_stand_on_the_page_is_one_press_away(
    world, vera, signed_in, pilot_at, monkeypatch
):
    pilot_at("running")
    page = signed_in(vera).get("/portfolio/", {"view": "all"}).content.decode()
    assert "more in the list" not in page

    monkeypatch.setattr(views, "SHOWN", 1)
    page = signed_in(vera).get("/portfolio/", {"view": "all"}).content.decode()

    assert "and 1 more in the list" in page


def test_an_unknown_tab_shows_what_is_at_work(world, vera, signed_in):
    browser = signed_in(vera)

    assert list(counting.view(vera, "nonsense")) == list(counting.view(vera, ""))
    assert browser.get("/portfolio/", {"view": "nonsense"}).status_code == 200
