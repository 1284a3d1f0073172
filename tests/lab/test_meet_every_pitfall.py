"""Every pitfall of a pilot, committed by hand: the product says so at its moment, and only then.

One line to a cell of the table of pitfalls: what goes wrong, when, how it is provoked, which flag
it raises and what a reader of either language sees. A cell without a line fails.
"""

from __future__ import annotations

import html
import json
import re
import warnings
from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, datetime
from decimal import Decimal

import numpy as np
import pytest
from django.urls import reverse

from conftest import NOON
from pochin.cli import main
from pochin.evaluations import report
from pochin.lab.flags import CATALOGUE
from pochin.lab.moments import MomentTable
from pochin.lab.protocol import PlanFaults, Protocol
from pochin.lab.tests import test_tell_beside as results
from pochin.lab.tests import test_watch as under_way
from pochin.lab.tests.plans import DELAY, offices, plan
from pochin.measurements.models import Watch
from pochin.pilots import lifecycle
from pochin.pilots.lifecycle.guards import planning
from pochin.pilots.models import SiteSlot
from pochin.pilots.tests import test_notice as plans
from tests.lab.pitfalls import LINES, TABLE, D, E, Line, M, switched

AT = datetime(2026, 5, 1, 9, tzinfo=UTC)

AT_DESIGN = [line for line in LINES if line.moment == D]
UNDER_WAY = [line for line in LINES if line.moment == M]
WITH_RESULT = [line for line in LINES if line.moment == E]


def by_name(lines):
    return pytest.mark.parametrize("line", lines, ids=[line.name for line in lines])


def words_of(page) -> str:
    """The text of a page as a reader sees it, one space between words."""
    text = page if isinstance(page, str) else page.content.decode()
    text = re.sub(r"<style>.*?</style>|<script.*?</script>|<[^>]+>", " ", text, flags=re.S)
    return re.sub(r"[\s\u00a0]+", " ", html.unescape(text))


def seen_in(line: Line, language: str) -> str:
    return {"en": line.en, "ru": line.ru}[language]


# Whole.


def test_every_cell_of_the_table_has_a_line_or_cannot_happen():
    met = {(line.pitfall, line.moment) for line in LINES} | set(CANNOT_HAPPEN)
    wanted = {(pitfall, moment) for pitfall, moments in TABLE.items() for moment in moments}

    assert wanted - met == set()
    assert met - wanted == set()


def test_every_line_is_a_flag_of_its_moment_and_no_graver_than_the_catalogue_says():
    order = ("info", "warn", "block")

    for line in LINES:
        kind = CATALOGUE[line.code]
        assert line.moment in kind.moments, line.name
        assert order.index(line.severity) <= order.index(kind.severity), line.name
        assert len(line.en) > 10, line.name
        assert len(line.ru) > 3, line.name


def test_every_flag_that_can_block_before_the_lock_stands_here():
    can = {code for code, kind in CATALOGUE.items() if D in kind.moments and kind.stops}
    can -= {"several-primaries"}  # no plan at all, see below

    assert can - {line.code for line in AT_DESIGN} == set()


# Before the lock: the page of the plan, the command, the lock itself.


@pytest.fixture
def pilot(pilot_at, offices):
    """A pilot in design that asked all twelve offices."""
    pilot_at.offices = list(offices)
    pilot = pilot_at("design")
    for office in offices:
        pilot_at.slot(pilot, office)
    return pilot


@by_name(AT_DESIGN)
def test_before_the_lock(line, pilot, offices, pilot_at, lev, signed_in, tmp_path, capsys):
    protocol, more = plans.SCENARIOS[line.code](offices)
    if more.get("near"):
        for site in offices:
            site.latitude, site.longitude = Decimal("55.75"), Decimal("37.61")
            site.save()
    if more.get("twin"):
        SiteSlot.objects.update(twin_words="")
        plans._twin(pilot_at, offices)
    guesses = more.get("guesses")

    lifecycle.write_plan(
        pilot, by=lev, protocol=protocol, at=NOON,
        guesses=None if guesses is None else guesses.to_dict(),
    )  # fmt: skip

    for language in ("en", "ru"):
        page = signed_in(lev, language).get(reverse("pilots:plan", args=[pilot.number]))
        assert seen_in(line, language) in words_of(page)
    if line.severity == "block":
        assert not planning.nothing_blocks_the_plan.stands(pilot, {})
    if not more.keys() & {"near", "twin"} and line.code not in NEEDS_THE_FORM:
        assert line.en in designed(protocol, guesses, tmp_path, capsys)


NEEDS_THE_FORM = {"sizes-unequal", "skewed"}
"""The command does not ask how the sizes of sites or the readings are spread."""


def designed(protocol, guesses, folder, capsys) -> str:
    """What `pochin design` prints."""
    path = folder / "plan.json"
    path.write_text(json.dumps(dict(protocol.document), ensure_ascii=False), encoding="utf-8")
    known = guesses or plans.GUESSES
    words = ["design", str(path), "--sd", str(known.sd), "--readings", str(known.readings)]
    status = main([*words, "--icc", *[str(one) for one in known.icc]])
    said = capsys.readouterr()
    # A design of two offices has no power at all; then one sentence says so.
    assert status == 0, said.err
    return words_of(said.out.replace(" %", "%"))


def test_a_sound_plan_is_let_alone(pilot, offices, lev, signed_in, tmp_path, capsys):
    whole = {"start": "2026-06-15", "length": "week", "baseline": 2, "run": 4, "maturity_days": 2}
    protocol = plans.plan(
        offices, assignment={"seed": "7", "chosen_by": "willing"}, periods=whole, **plans.SAID
    )
    sure = replace(plans.GUESSES, sd=1.0)
    lifecycle.write_plan(
        pilot, by=lev, protocol=protocol, at=NOON, guesses=sure.to_dict()
    )  # fmt: skip

    for language in ("en", "ru"):
        page = signed_in(lev, language).get(reverse("pilots:plan", args=[pilot.number]))
        assert page.context["noticed"] == []
    assert planning.nothing_blocks_the_plan.stands(pilot, {})
    assert "[" not in designed(protocol, sure, tmp_path, capsys)


# While it runs: the page of the readings.


@by_name(UNDER_WAY)
def test_under_way(line, pilot_at, lev, signed_in):
    running = pilot_at("running")
    found = (line.make or under_way.SCENARIOS[line.code])()
    Watch.objects.create(pilot=running, at=AT, flags=[one.to_dict() for one in found])

    assert line.severity in [one.severity for one in found if one.code == line.code]
    for language in ("en", "ru"):
        page = signed_in(lev, language).get(reverse("measurements:index", args=[running.number]))
        assert seen_in(line, language) in words_of(page)


# With the result: the report, its page and the command.


@by_name(WITH_RESULT)
def test_with_the_result(line):
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", RuntimeWarning)
        told = (line.make or results.SCENARIOS[line.code])()

    assert line.severity in [one.severity for one in told if one.code == line.code]
    for language in ("en", "ru"):
        context = report.Context(title="The sorter")
        found = report.assemble(
            told.protocol, told.evaluation.to_dict(), context, language=language, at=AT
        )
        assert seen_in(line, language) in words_of(report.html(found))
    if line.severity == "block":
        assert told.evaluation.decision.colour == "grey"
        assert [row.effect.estimate for row in told.evaluation.metrics] == [None] * len(
            told.evaluation.metrics
        )
    # What `pochin evaluate` prints, in the lab's own English.
    codes = [one for one in told if one.code == line.code]
    assert any(str(one) in told.evaluation.summary() for one in codes)


def test_a_sound_result_is_let_alone():
    told = results.judged()
    context = report.Context(title="The sorter")
    page = words_of(
        report.html(
            report.assemble(told.protocol, told.evaluation.to_dict(), context, language="en", at=AT)
        )
    )

    assert list(told) == []
    assert [line.name for line in WITH_RESULT if line.en in page] == []


# What cannot happen, shown by trying.


def nothing_tells_the_arms_apart():
    for effect in (-50.0, 50.0):
        assert under_way.seen(value=lambda i, t, arm, e=effect: e * (arm and t >= 14)) == []


def what_lingers_is_told_with_the_result_only():
    changes, value = switched(lingers=True)
    assert "carryover" not in [
        one.code for one in under_way.seen("switchback", changes, value=value)
    ]
    changes, value = switched(lingers=False)
    sound = results.judged("switchback", changes, value=value)
    assert "carryover" not in [one.code for one in sound]


def nobody_joins_after_the_lot():
    told = results.judged(spoil=lambda table: MomentTable(
        np.where(table.unit == "104", "999", table.unit), table.period, table.metric,
        table.n, table.mean, table.m2))  # fmt: skip
    assert {"unknown-units", "units-lost"} <= {one.code for one in told}
    assert told.evaluation.decision.colour == "grey"


def two_primaries_are_no_plan_without_holm():
    with pytest.raises(PlanFaults, match="must be holm, because there are 2 primary metrics"):
        Protocol.parse(plan(metrics=[DELAY, DELAY | {"code": "other"}]))


def an_analysis_of_ones_own_is_no_plan():
    with pytest.raises(PlanFaults, match=r"analysis\.method"):
        Protocol.parse(plan(analysis={"method": "ols('delay ~ C(arm)')"}))


def metrics_without_one_definition_are_no_plan():
    with pytest.raises(PlanFaults, match=r"delay.* stands twice"):
        Protocol.parse(plan(metrics=[DELAY, {**DELAY, "role": "secondary"}]))


def a_name_is_only_a_name():
    names = ("C", "T", "__import__('os').getcwd()")
    units = offices(
        24, arm=lambda i: ("control", "treatment")[i % 2],
        covariates=lambda i: {name: float((i * k) % 5) for k, name in enumerate(names, 2)},
    )  # fmt: skip
    told = results.judged(changes={
        "assignment": {"method": "complete", "units": units},
        "metrics": [DELAY],
        "analysis": {"method": "unit-means-adjusted", "covariates": list(names)},
    })  # fmt: skip
    assert told.evaluation.metrics[0].effect.estimate == pytest.approx(-4.0, abs=1.5)


def large_numbers_keep_their_spread():
    y = 1e6 + np.random.default_rng(8).normal(size=4000)
    parts = [
        MomentTable(["a"], [0], ["m"], [len(one)], [one.mean()], [((one - one.mean()) ** 2).sum()])
        for one in np.split(y, 40)
    ]
    merged = parts[0].merge(*parts[1:])
    assert float(merged.m2[0] / 3999) == pytest.approx(float(y.var(ddof=1)), rel=1e-9)


CANNOT_HAPPEN: dict[tuple[str, str], Callable[[], None]] = {
    ("Hawthorne effect and novelty", M): nothing_tells_the_arms_apart,
    ("carryover", M): what_lingers_is_told_with_the_result_only,
    ("peeking", M): nothing_tells_the_arms_apart,
    ("many metrics and segments", D): two_primaries_are_no_plan_without_holm,
    ("differential drop-out", D): nobody_joins_after_the_lot,
    ("duplicates, clocks, devices, metric redefinition", D): (
        metrics_without_one_definition_are_no_plan
    ),
    ("p-hacked analysis", D): an_analysis_of_ones_own_is_no_plan,
    ("formula injection", D): a_name_is_only_a_name,
    ("numbers that cancel", D): large_numbers_keep_their_spread,
}


@pytest.mark.parametrize(
    "cell", CANNOT_HAPPEN, ids=[": ".join(cell[::-1]) for cell in CANNOT_HAPPEN]
)
def test_what_cannot_happen_does_not(cell):
    CANNOT_HAPPEN[cell]()


def test_the_sound_readings_of_a_pilot_are_let_alone():
    under_way.test_a_sound_pilot_is_let_alone()


def test_a_sound_pilot_runs_its_analysis_on_shuffled_arms_in_every_design():
    for kind in ("parallel", "pairs", "individual", "stepped-wedge", "difference-in-differences"):
        found = under_way.seen(kind, {"metrics": [DELAY]} if kind != "stepped-wedge" else {
            "metrics": [DELAY], "periods": plan()["periods"]})  # fmt: skip
        assert "analysis-fails" not in [one.code for one in found], kind
