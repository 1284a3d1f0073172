import datetime as dt
import re
from html.parser import HTMLParser

import pytest
from django.utils import translation

from pochin.ui import charts
from pochin.ui.charts import Estimate, Hidden, Scale
from pochin.ui.charts.lifecycle import layout


@pytest.fixture(autouse=True)
def english():
    with translation.override("en"):
        yield


def _label(html):
    return re.search(r'role="img" aria-label="([^"]*)"', html)[1]


class _Balance(HTMLParser):
    """Fails on a tag that is closed but was not opened, or the other way."""

    VOID = {"input", "br", "hr", "meta", "link", "img"}

    def __init__(self):
        super().__init__()
        self.open = []

    def handle_starttag(self, tag, _attrs):
        if tag not in self.VOID:
            self.open.append(tag)

    def handle_startendtag(self, _tag, _attrs):
        pass

    def handle_endtag(self, tag):
        assert self.open.pop() == tag


def _is_whole(html):
    reader = _Balance()
    reader.feed(html)
    return not reader.open


def test_a_scale_places_values_in_per_cent():
    scale = Scale(-1, 3)

    assert [scale.at(value) for value in (-1, 0, 3)] == ["0%", "25%", "100%"]
    assert scale.at(99) == "102%"


@pytest.mark.parametrize(
    ("low", "high", "ticks"),
    [
        (0, 80, [0, 20, 40, 60, 80]),
        (-1, 4.5, [-1, 0, 1, 2, 3, 4]),
        (-0.2, 0.31, [-0.2, -0.1, 0, 0.1, 0.2, 0.3]),
    ],
)
def test_ticks_are_round_and_inside(low, high, ticks):
    assert Scale(low, high).ticks() == pytest.approx(ticks)


def test_the_inner_interval_of_a_normal_estimate_is_the_80_per_cent_one():
    low, high = Estimate(0, -1.959964, 1.959964).inner

    assert (low, high) == pytest.approx((-1.2815516, 1.2815516), abs=1e-6)


def test_an_inner_interval_that_was_computed_is_kept():
    assert Estimate(1, 0, 3, 0.5, 1.7).inner == (0.5, 1.7)


def test_a_share_of_a_negative_threshold_turns_the_ends():
    share = Estimate(-0.2, -0.7, 0.3).over(-1)

    assert (share.middle, share.low, share.high) == pytest.approx((0.2, -0.3, 0.7))
    assert share.inner[0] < share.inner[1]


def test_an_interval_says_its_sentence_and_draws_its_marks():
    html = charts.interval(Estimate(1, 0, 2), Scale(-1, 3), threshold=1.5, label="One of two")

    assert _label(html) == "One of two"
    assert re.findall(r'class="(thin|thick) k-with" x1="([^"]+)" x2="([^"]+)"', html) == [
        ("thin", "25%", "75%"),
        ("thick", "33.65%", "66.35%"),
    ]
    assert 'class="axt" x1="62.5%"' in html
    assert 'class="ax0" x1="25%"' in html


def test_a_hidden_estimate_shows_its_reason_and_no_mark():
    plan = charts.interval(Hidden("Appears on day 14"), Scale(0, 1), fill=True, threshold=0.5)
    fault = charts.interval(Hidden("Uneven groups", True), Scale(0, 1), fill=True)

    assert "Appears on day 14" in plan
    assert 'class="note"' in plan
    assert 'class="note bad"' in fault
    assert "thin" not in plan + fault
    assert "<circle" not in plan + fault


def test_a_finding_tells_the_numbers_in_words():
    html = charts.finding(Estimate(3.1, 2.2, 4.0), threshold=2.0, unit="pp")

    assert _label(html) == (
        "Estimate +3.1\u00a0pp, 95% interval from +2.2 to +4.0\u00a0pp, threshold +2.0\u00a0pp."
    )


@pytest.mark.parametrize(
    ("threshold", "order"), [(2, ["bad", "mid", "ok"]), (-2, ["ok", "mid", "bad"])]
)
def test_the_zones_follow_the_better_direction(threshold, order):
    html = charts.finding(Estimate(0.5, -3, 4), threshold=threshold)
    zones = re.findall(r'class="z-(\w+)" x="([\d.]+)%"', html)

    assert [zone for zone, _x in sorted(zones, key=lambda zone: float(zone[1]))] == order


def test_a_hidden_finding_draws_no_curve():
    html = charts.finding(Hidden("Appears on day 14"), threshold=2.0)

    assert '<path class="f-with' not in html
    assert "Appears on day 14" in html


def test_before_the_look_day_no_estimate_is_drawn():
    html = charts.over_time([], days=21, look_day=14, threshold=2)

    assert _label(html) == "The estimate is hidden until day 14, as the plan says."
    assert "f-with" not in html
    assert "k-with" not in html


def test_after_the_look_day_the_table_starts_with_it():
    moments = [charts.Moment(day, Estimate(3, 2, 4)) for day in range(1, 22)]
    html = charts.over_time(moments, days=21, look_day=14, threshold=2)

    assert re.findall(r'<th scope="row">(\d+)</th>', html) == [str(day) for day in range(14, 22)]


def test_sites_stand_by_value_with_all_together_last():
    sites = [charts.Site("A", Estimate(1, 0, 2)), charts.Site("B", Estimate(3, 2, 4))]
    html = charts.forest(sites, total=charts.Site("All", Estimate(2, 1, 3)))

    assert re.findall(r'<span class="word">(\w+)</span>', html) == ["B", "A", "All"]


def test_a_guardrail_over_its_limit_stands_beyond_the_line():
    rows = [charts.Guardrail("Complaints", Estimate(2, 1.5, 2.5), 1.0, "Over", tone="bad")]
    html = charts.guardrails(rows)
    limit = float(re.search(r'class="axt" x1="([\d.]+)%"', html)[1])
    dot = float(re.search(r'class="dot f-brick" cx="([\d.]+)%"', html)[1])

    assert dot > limit


def test_the_funnel_tells_the_share_of_the_step_before():
    stages = [charts.Stage("In", 200), charts.Stage("Out", 50, 12)]
    html = charts.funnel(stages)

    assert "25%" in html
    assert "12 days" in html
    assert re.findall(r'width="([\d.]+)%" height="22"', html) == ["74.00", "18.50"]


def test_a_step_that_others_joined_is_no_share_of_the_step_before():
    stages = [charts.Stage("Accepted", 10), charts.Stage("Ran", 13), charts.Stage("Used", 1)]
    html = charts.funnel(stages)

    assert "130" not in html
    assert "8%" in html.replace("\xa0", "")


def test_a_day_of_too_much_does_not_make_up_for_an_empty_one():
    days = [charts.Day(dt.date(2026, 9, n), received, 10) for n, received in ((1, 0), (2, 9000))]

    html = charts.heat_map({"Office 1": days}, title="Rows a day").replace("\xa0", "")

    assert ">50%<" in html
    assert "9,000" in html  # the table tells what came


def test_a_funnel_of_nothing_is_drawn_all_the_same():
    assert _is_whole(charts.funnel([charts.Stage("In", 0), charts.Stage("Out", 0)]))
    assert _is_whole(charts.funnel([]))


def test_a_late_term_changes_its_colour():
    html = charts.promises([charts.Promise("A", 5, 3, 6, 9), charts.Promise("B", 20, 27, 41, 9)])

    assert re.findall(r'class="dot f-(\w+)" cx="[\d.]+%" cy="13"', html) == ["with", "ochre"]


@pytest.mark.parametrize(
    ("median", "words", "aloud"),
    [(0, "same day", "half were done on the same day"), (1, "1", "half took 1")],
)
def test_what_is_answered_at_once_took_no_days_but_the_same_day(median, words, aloud):
    html = charts.promises([charts.Promise("A", 5, median, 2, 9)])

    assert f"<b>{words}</b>" in html
    assert aloud in html
    assert ("of 5 days" in html) == (median > 0)


def test_a_term_without_cases_shows_the_promise_alone():
    html = charts.promises([charts.Promise("A", 5, None)])

    assert "no cases yet" in html
    assert 'cy="13"' not in html


def test_days_are_told_by_what_came():
    came = [(100, 100), (98, 100), (97, 100), (80, 100), (79, 100), (1, 100), (0, 100), (0, 0)]
    html = charts.days_strip([charts.Day(dt.date(2026, 9, 1), *each) for each in came])

    assert re.findall(r'class="cell (\w+)" x="[\d.]+%"', html) == [
        "full", "full", "most", "most", "some", "some", "gap", "later",
    ]  # fmt: skip
    assert _label(html) == "Of 7 days 2 are complete, 4 in part, 1 empty."


LIFE = charts.Life(
    [charts.Node(key, key.title()) for key in ("draft", "sent", "asked", "done")],
    [
        charts.Road("", "draft", "Begin"),
        charts.Road("draft", "sent", "Send"),
        charts.Road("sent", "asked", "Ask"),
        charts.Road("asked", "sent", "Answer"),
        charts.Road("sent", "done", "Accept"),
        charts.Road("draft", "done", "Withdraw"),
        charts.Road("sent", "sent", "Note"),
    ],
)


def test_a_life_is_laid_out_by_the_longest_way():
    spots = layout(LIFE)

    assert {key: spot.layer for key, spot in spots.items()} == {
        "draft": 0, "sent": 1, "asked": 2, "done": 2,
    }  # fmt: skip
    assert len({(spot.layer, spot.place) for spot in spots.values()}) == 4


def test_a_road_back_is_drawn_as_one():
    html = charts.lifecycle(LIFE)

    assert html.count('class="edge back"') == 1
    assert html.count('<rect class="node') == 4
    assert html.count('<th scope="row">') == 7


def test_power_is_read_between_the_points():
    html = charts.power_curve([(0, 0.05), (2, 0.85)], chosen=1, unit="pp")

    assert _label(html) == "Against an effect of 1\u00a0pp the power is 45%."


def test_draws_as_far_as_observed_are_told_apart():
    bins = [charts.Bin(-3, -2, 1), charts.Bin(-1, 1, 97), charts.Bin(2, 3, 2)]
    html = charts.permutation(bins, observed=2.2, p=0.03, draws=100)

    assert html.count('class="f-brick"') == 2
    assert html.count('class="f-without"') == 1


def test_what_people_wrote_is_escaped_in_every_chart():
    bad = '<script>"&'
    drawn = [
        charts.finding(Estimate(1, 0, 2), threshold=1, title=bad, measure=bad, unit=bad),
        charts.funnel([charts.Stage(bad, 3, 1, bad)]),
        charts.promises([charts.Promise(bad, 1, 1, 1, 1)]),
        charts.forest([charts.Site(bad, Estimate(1, 0, 2), bad)]),
        charts.guardrails([charts.Guardrail(bad, Estimate(1, 0, 2), 1, bad, unit=bad)]),
        charts.columns([charts.Amount(bad, 3)], title=bad, source=bad, download=bad),
        charts.lifecycle(charts.Life([charts.Node("a", bad, bad)], [charts.Road("", "a", bad)])),
        charts.finding(Hidden(bad), threshold=1),
        charts.over_time([], days=3, look_day=2, threshold=1, unit=bad, title=bad, note=bad),
        charts.heat_map({bad: []}, title=bad),
        charts.with_axis(Estimate(1, 0, 2), scale=Scale(0, 3), label=bad, unit=bad),
        charts.power_curve([(0, 0.1), (1, 0.9)], chosen=0.5, unit=bad),
    ]

    for html in drawn:
        assert "<script" not in html
        assert _is_whole(html)


def _threshold_word(*ends):
    """Whether the words of the threshold stand over or under its line, and at which end."""
    points = [charts.Point(n, Estimate((a + b) / 2, a, b)) for n, (a, b) in enumerate(ends, 1)]
    html = charts.along(points, threshold=-2.0)
    line = re.search(r'<line class="axt"[^>]* y1="([^"]*)"', html)
    said = re.search(r'<text class="plan halo" x="[^"]*" y="([^"]*)" text-anchor="(\w+)"', html)
    return "over" if float(said[1]) < float(line[1]) else "under", said[2]


def test_the_words_of_the_threshold_stand_over_the_end_of_its_line():
    assert _threshold_word((-9, -5), (-8, -5), (-8, -6)) == ("over", "end")


@pytest.mark.parametrize(
    ("last", "place"), [((-1.9, 4), ("under", "end")), ((-8, 4), ("over", "start"))]
)
def test_the_words_of_the_threshold_keep_off_the_last_interval(last, place):
    assert _threshold_word((-9, -5), (-8, -5), last) == place


def test_a_long_name_over_a_mark_is_cut_further_on_a_phone():
    short = charts.Rung("paired", charts.Estimate(1.0, 0.5, 1.5))
    long = charts.Rung("means of units weighted by their size", charts.Estimate(1.0, 0.5, 1.5))

    drawn = charts.ladder([short, long])

    assert '>paired</text><text class="hide-s"' in drawn
    assert 'class="v hide-s" x="0%" y="87" text-anchor="start">means of units weighted by' in drawn
    assert ">means of units weighted by their…</text>" in drawn
    assert "means of units weighted by their size:" in drawn  # read aloud whole


def _swing(name, at_low, at_high, **known):
    return charts.Swing(name, "few", "many", at_low, at_high, **known)


def test_a_tornado_tells_every_swing_in_words_and_as_a_table():
    drawn = charts.tornado(
        [_swing("Volume", -2.0, 6.0, turning="120"), _swing("Cost", 3.0, 1.0)], middle=2, unit="m"
    )

    assert _is_whole(drawn)
    assert _label(drawn) == "Volume: from −2.0 to +6.0\xa0m; Cost: from +3.0 to +1.0\xa0m"
    assert re.findall(r'<td class="num">([^<]*)</td>', drawn)[3::4] == ["120", "—"]


def test_only_what_lies_below_zero_has_the_colour_of_what_is_worse():
    below, above, across = (
        charts.tornado([_swing("Volume", *ends)], middle=0.5)
        for ends in ((-3, -1), (1, 3), (-1, 3))
    )

    assert [one.count("f-brick") for one in (below, above, across)] == [1, 0, 1]
    assert [one.count("f-with") for one in (below, above, across)] == [0, 1, 1]


def test_the_words_of_an_end_stand_at_its_own_end_of_the_bar():
    falling = charts.tornado([_swing("Cost", 3.0, 1.0)], middle=2)

    assert falling.index(">many<") < falling.index(">few<")


def _large(html):
    return re.findall(r'<text class="(key[^"]*)"[^>]*text-anchor="(\w+)"', html)


@pytest.mark.parametrize(
    ("estimate", "drawn"),
    [
        # Wide enough for its digits everywhere; on a sheet alone; nowhere.
        (Estimate(3.0, 0.5, 5.5), [("key", "middle")]),
        (Estimate(-0.6, -1.2, 0.0), [("key hide-s", "middle"), ("key out show-s", "end")]),
        (Estimate(3.0, 2.9, 3.1), [("key out", "end")]),
    ],
)
def test_the_large_digits_stand_beside_a_curve_too_narrow_for_them(estimate, drawn):
    threshold = -2.0 if estimate.middle < 0 else 2.0

    assert _large(charts.finding(estimate, threshold=threshold, unit="min")) == drawn


def test_a_row_of_a_table_names_its_lines_for_a_phone_alone():
    row = charts.interval(Estimate(2, 1, 3), Scale(-1, 4), threshold=1, fill=True)
    alone = charts.interval(Estimate(2, 1, 3), Scale(-1, 4), threshold=1)

    said = re.findall(r'<text class="([^"]*)"[^>]*>([^<]*)</text>', row)
    assert said == [("halo show-s", "0"), ("plan halo show-s", "threshold")]
    assert "<text" not in alone


def test_a_guardrail_calls_its_line_a_limit_also_on_a_phone():
    rail = charts.Guardrail("Complaints", Estimate(0.1, 0, 0.2), 0.5, "within the limit")

    table = charts.guardrails([rail])

    assert re.findall(r'<text class="plan halo show-s"[^>]*>([^<]*)<', table) == ["limit"]
    assert 'data-label="By how much it changed"' in table
