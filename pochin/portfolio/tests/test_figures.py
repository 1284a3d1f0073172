"""Every figure of the portfolio opens the list it was counted from, with as many rows."""

import datetime as dt
import json

import pytest
from django.utils import timezone
from django.utils.html import escape

from pochin.core import turns
from pochin.core.models import Turn
from pochin.pilots.models import Pilot
from pochin.portfolio import counting, following, pilots, views


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

    counted, soon = counting.counted(reader, at=now), following.due(following.turns(vera), at=now)

    for figure in counting.figures(counted, at=now, soon=soon):
        if figure.is_count:
            assert rows_of(browser, figure.href) == figure.value, figure.words


def due_rows(user, at):
    return views.due_rows(following.due(following.turns(user), at=at).first, user, at=at)


def test_what_is_due_is_named_by_the_thing_and_leads_there(world, submitted, vera, signed_in):
    browser, now = signed_in(vera), timezone.now()

    rows = due_rows(vera, now)

    page = browser.get("/portfolio/").content.decode()
    [row] = [row for row in rows if row.href == submitted.get_absolute_url()]
    assert row.title == f"{submitted.code} {submitted}"
    assert row.what == "Begin to screen the application"
    for row in rows:
        link = page.index(f'<a class="title" href="{escape(row.href)}">')
        assert link < page.index(escape(row.what), link) < page.index(escape(row.holders), link)
        assert browser.get(row.href).status_code == 200


@pytest.mark.parametrize(("who", "address"), [("vera", "sites"), ("semyon", "acts")])
def test_what_is_due_at_the_sites_of_one_pilot_is_one_line(pilot_at, cast, who, address):
    pilot, user = pilot_at("baseline"), getattr(cast, who)

    rows = [row for row in due_rows(user, timezone.now()) if pilot.code in row.title]

    [row] = [row for row in rows if "start act" in row.what]
    assert row.title == f"{pilot.code} {pilot}"
    assert row.what == "Sign the start act of the site: 12 at once"
    assert row.href == f"/pilots/{pilot.number}/{address}/"
    assert row.holders == "Semyon"


def test_of_a_thing_one_may_not_open_the_clock_alone_is_told(submitted, cast, signed_in):
    turn = turns.of(submitted).get()
    Turn.objects.filter(pk=turn.pk).update(holder=f"coordinator@{cast.region.pk}",
                                           programme_id=cast.region.pk)  # fmt: skip

    [row] = due_rows(cast.ulyana, timezone.now())

    assert (row.title, row.what) == ("Screening", "")
    assert rows_of(signed_in(cast.ulyana), row.href) == 1


def test_what_is_due_costs_as_much_for_three_as_for_one(
    world, submitted, vera, django_assert_max_num_queries
):
    now = timezone.now()
    soon = following.due(following.turns(vera), at=now).first
    assert len(soon) >= 2

    for part in (soon[:1], soon):
        with django_assert_max_num_queries(1):
            assert views.due_rows(part, vera, at=now)


@pytest.mark.parametrize("days", [0, 30, 400])
def test_what_is_due_is_counted_beyond_what_is_read(world, submitted, vera, monkeypatch, days):
    at = timezone.now() + dt.timedelta(days=days)
    whole = following.due(following.turns(vera), at=at)
    assert (whole.due, whole.late) == (
        len(whole.first),
        sum(one.due_at < at for one in whole.first),
    )
    assert whole.due >= 2

    for read in (1, whole.late, whole.due):
        monkeypatch.setattr(following, "READ", max(1, read))
        part = following.due(following.turns(vera), at=at)
        assert part == (whole.first[: max(1, read)], whole.due, whole.late)


def test_every_step_of_the_way_has_as_many_rows_behind_it(world, vera, reader, signed_in):
    browser = signed_in(vera)

    steps = counting.way(counting.counted(reader, at=timezone.now()))

    assert [rows_of(browser, one.href) for one in steps] == [one.count for one in steps]
    assert steps[0].count > 0


def test_the_tabs_hold_what_they_say(world, vera, reader, signed_in):
    page = signed_in(vera).get("/portfolio/", {"view": "all"}).content.decode()

    assert pilots.view(vera, "all").count() == Pilot.objects.count()
    assert world.code[2:] in page
    counted = counting.counted(reader, at=timezone.now()).kinds
    for name in pilots.tabs(vera):
        assert counted[name] == pilots.view(vera, name).count()
        if name != "mine":
            assert rows_of(signed_in(vera), pilots.list_of(name)) == counted[name], name


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

    assert list(pilots.view(vera, "nonsense")) == list(pilots.view(vera, ""))
    assert browser.get("/portfolio/", {"view": "nonsense"}).status_code == 200
