"""The report: everything a reader may see, in both languages, and nothing a gate blocked."""

from __future__ import annotations

import re
from datetime import UTC, datetime
from itertools import product

import numpy as np
import pytest
from django.utils import translation

from pochin.evaluations import main_finding, pictures, reasons, report, words
from pochin.lab.evaluate import evaluate_plan
from pochin.lab.flags import flag
from pochin.lab.moments import MomentTable
from pochin.lab.plan_grammar import METHODS
from pochin.lab.protocol import Protocol
from pochin.lab.tests.plans import KINDS, offices, plan
from pochin.papers.tests import reading
from pochin.pilots.planning import with_lot

MONEY = {
    "value": {
        "currency": "RUB",
        "per_unit": {"low": 90, "mid": 100, "high": 110},
        "volume": {"low": 900, "mid": 1000, "high": 1100},
        "horizon_years": 3,
    },
    "cost": {
        "currency": "RUB",
        "items": [{"name": "sorter", "kind": "capex", "low": 1000, "mid": 2000, "high": 3000}],
    },
}
AT = datetime(2026, 5, 1, 9, tzinfo=UTC)
WEEKS = {"start": "2026-03-02", "length": "week"}
CHANGED = {
    "interrupted-series": {"periods": WEEKS | {"baseline": 24, "run": 16}},
    "synthetic-control": {"periods": WEEKS | {"baseline": 10, "run": 6}},
    "difference-in-differences": {"periods": WEEKS | {"baseline": 10, "run": 6}},
    "individual": {
        "periods": {"ids": ["all"], "baseline": 0, "run": 1},
        "metrics": plan()["metrics"][:1],
    },
    "stepped-wedge": {
        "assignment": {
            "method": "sequences",
            "units": offices(9, sequence=lambda i: ("first", "second", "third")[i % 3]),
        }
    },
}


def made_up(kind, *, gain=-2.0, **changes):
    """A plan of a kind and a table of moments in which the solution gains so much."""
    protocol = Protocol.parse(plan(kind, **(CHANGED.get(kind, {}) | changes)))
    lot, rng = protocol.assignment(None), np.random.default_rng(3)
    rows = []
    for i, unit in enumerate(lot.unit_ids.tolist()):
        own = rng.normal(0, 0.1 if kind == "individual" else 1) * (i > 0)
        for t, period in enumerate(lot.period_ids.tolist()):
            more = own + rng.normal(0, 0.3) + gain * (lot.schedule[i, t] == 1)
            n = 2000 if kind == "individual" else 50
            rows.append((unit, period, "delay", n, 30 + more, float(n)))
            if len(protocol.metrics) > 1:
                rows.append((unit, period, "complaints", n, 0.02 + more / 1000, n * 0.002**2))
    return protocol, MomentTable(*(list(column) for column in zip(*rows, strict=True)))


def told(protocol, result, language="en", **known):
    context = report.Context(title="The sorter", **known)
    return report.assemble(protocol, result.to_dict(), context, language=language, at=AT)


def everything_in(pdf: bytes) -> str:
    """The bytes of a PDF, what its streams hold unpacked, and the words its pages show."""
    inside = b"\n".join([pdf, *reading.streams(pdf)]).decode("latin-1")
    return inside + reading.words(pdf)


@pytest.mark.parametrize("language", ["ru", "en"])
@pytest.mark.parametrize("kind", KINDS)
def test_every_design_is_told_in_both_languages(kind, language):
    protocol, table = made_up(kind)
    result = evaluate_plan(protocol, table)

    found = told(protocol, result, language)
    page, paper = report.html(found), report.pdf(found)

    assert not result.blocked
    assert found.finding in page.replace("&quot;", '"')
    assert page.count("<svg") >= 2
    assert paper.startswith(b"%PDF-")
    assert b"pdfaid" in paper
    # Every method has words: no code of ours is shown to a reader.
    assert not re.search(r"stepped-wedge-|did-|switchback-pairs|unit-means|paired-t", page)
    letters = re.sub(r"<style>.*?</style>|<[^>]+>", " ", page, flags=re.S)
    assert ("Порог" in letters or "порог" in letters) == (language == "ru")


@pytest.mark.parametrize(
    ("kind", "method"), [(kind, name) for kind in KINDS for name in METHODS[kind]]
)
def test_every_method_a_plan_may_name_has_words_for_all_it_returns(kind, method):
    protocol, table = made_up(kind, analysis={"method": method, "draws": 999})

    rows = evaluate_plan(protocol, table).to_dict()["metrics"]
    effects = [one for row in rows for one in (row["effect"], row["lot"], *row["sensitivity"])]
    effects += [one for row in rows for one in row["effect"]["sensitivity"]]

    assert {one["method"] for one in effects if one} - set(words.METHODS) == set()


def test_without_a_comparison_a_change_is_not_called_an_effect():
    alone, beside = (
        told(protocol, evaluate_plan(protocol, table))
        for protocol, table in (made_up("interrupted-series"), made_up("parallel"))
    )

    assert "The likely change is" in alone.detail
    assert "the comparison follow" not in report.html(alone)
    assert "The likely effect is" in beside.detail


def test_a_primary_metric_that_got_worse_has_no_limit():
    protocol, table = made_up("parallel", gain=3.0)

    page = report.html(told(protocol, evaluate_plan(protocol, table)))

    assert "became worse" in page
    assert "worse than the limit" not in page


def test_a_range_is_told_from_low_to_high_whichever_way_is_better():
    protocol, table = made_up("parallel", gain=-0.6)
    result = evaluate_plan(protocol, table).to_dict()

    with translation.override("en"):
        said = reasons.of(result, protocol)[0].replace("\u2212", "-")
    low, high = re.search(r"are (\S+)\smin and (\S+)\smin", said).groups()

    assert float(low) < float(high)


def test_the_page_is_one_file_that_fetches_nothing():
    protocol, table = made_up("parallel")

    page = report.html(told(protocol, evaluate_plan(protocol, table)))

    assert page.startswith("<!doctype html>")
    assert not re.search(r"<script|<link|<img|\bsrc=|@import|url\(", page)
    assert not re.search(r'href="(?!#)', page)


@pytest.mark.parametrize("kind", ["parallel", "pairs", "stepped-wedge", "synthetic-control"])
@pytest.mark.parametrize("language", ["ru", "en"])
def test_no_number_of_a_blocked_result_stands_in_any_byte(kind, language):
    protocol, table = made_up(kind, gain=-5.7391)
    shown = evaluate_plan(protocol, table)
    gate = flag("duplicates", count=3, share=40.0)
    blocked = evaluate_plan(protocol, table, flags=[gate])
    assert (shown.blocked, blocked.blocked) == (False, True)

    secrets = forbidden(shown.to_dict())
    open_report = told(protocol, shown, language)
    closed = told(protocol, blocked, language, titles={"101": "Office"})

    # The canary sings where nothing is blocked, or this test could not fail.
    assert [one for one in secrets if one in report.html(open_report)]
    said = report.html(closed) + everything_in(report.pdf(closed)) + str(blocked.to_dict())
    assert [one for one in secrets if one in said] == []
    assert '<svg class="chart"' not in report.html(closed)


def forbidden(result) -> set[str]:
    """The estimates of a result and values of its units, in every way they might be written."""
    row = result["metrics"][0]
    effect = row["effect"]
    numbers = [effect["estimate"], effect["std_error"]]
    numbers += [end for one in effect["intervals"] for end in (one["low"], one["high"])]
    numbers += [value for value in effect["values"].get("value", []) if value]
    numbers += [step["estimate"] for step in row["course"]]
    written = set()
    for number, places in product(numbers, (1, 2, 3, 4, 6)):
        if number is not None:
            said = f"{abs(number):.{places}f}"
            # Short ones may stand in a fingerprint or a size of the sheet; with a sign never.
            signed = {"−" + said} if number < 0 else {"+" + said}
            both = signed | ({said} if len(said) > 5 else set())
            written |= both | {one.replace(".", ",") for one in both}
    return written


def test_what_blocks_is_said_and_what_to_do():
    protocol, table = made_up("parallel")
    gate = flag("duplicates", count=3, share=40.0)

    found = told(protocol, evaluate_plan(protocol, table, flags=[gate]))

    assert found.finding == "The result is withheld: a check of the data failed."
    assert [section.heading for section in found.sections][:2] == ["What is blocked", "What now"]
    assert "3 readings stand more than once (40.00%)." in report.html(found)


def test_an_archive_says_on_every_page_that_its_plan_came_after_the_data():
    protocol, table = made_up("parallel", archive=True)

    found = told(protocol, evaluate_plan(protocol, table))

    words = "From the archive: the plan was written after the data. Never green."
    assert words in report.html(found)
    paper = reading.words(report.pdf(found))
    pages = int(re.search(r"Page 1 of (\d)", paper)[1])
    assert pages > 1
    assert paper.count(words) >= pages


def test_a_plan_made_before_the_data_says_nothing_of_an_archive():
    protocol, table = made_up("parallel")

    found = told(protocol, evaluate_plan(protocol, table))

    assert found.notices == []


def test_one_treated_site_is_told_as_an_indication():
    protocol, table = made_up("synthetic-control")

    found = told(protocol, evaluate_plan(protocol, table))

    assert found.finding.endswith("an indication")
    assert "no 95% interval exists: the smallest p-value possible is 0.0833" in found.detail


@pytest.mark.parametrize(("sites", "is_counted"), [(12, False), (19, False), (20, True)])
def test_ranks_among_few_sites_say_why_they_tell_no_money(sites, is_counted):
    """With 19 others a bound at 95 % exists: 1/20 is no more than .05."""
    units = offices(sites, arm=lambda i: "control" if i else "treatment")
    protocol, table = made_up(
        "synthetic-control", assignment={"method": "observed", "units": units}, **MONEY
    )

    result = evaluate_plan(protocol, table).to_dict()
    section = report.money(protocol, result)

    assert (result["decision"]["money"] is not None) == is_counted
    assert bool(section.facts) == is_counted
    assert ("money is not counted" in " ".join(section.text)) == (not is_counted)
    assert report.money(*_without_money(sites)) is None


def _without_money(sites):
    units = offices(sites, arm=lambda i: "control" if i else "treatment")
    protocol, table = made_up(
        "synthetic-control", assignment={"method": "observed", "units": units}
    )
    return protocol, evaluate_plan(protocol, table).to_dict()


def test_covariates_of_a_table_stand_in_the_balance():
    protocol, table = made_up("parallel")
    known = {"people": {str(101 + i): float(i) for i in range(12)}}

    page = report.html(told(protocol, evaluate_plan(protocol, table), covariates=known))

    # Six even places against six odd ones: one apart, over a spread of √13.
    assert re.search(r"people</th><td[^>]*>table of the units</td><td[^>]*>0\.28<", page)


def test_what_a_constrained_lot_balanced_stands_in_the_report():
    units = offices(12, covariates=lambda i: {"size": float(i * i)})
    rules = {"method": "constrained", "balance": ["size"], "units": units, "seed": "4"}
    protocol, table = made_up("parallel", assignment=rules)
    drawn = Protocol.parse(with_lot(protocol, "4"))

    result = evaluate_plan(drawn, table)
    page = report.html(told(drawn, result))

    assert result.assignment["n_admissible"] == len(protocol.best_balanced.kept)
    assert "by lot among balanced assignments" in page
    assert "alike in: size; the best balanced 10% stay" in page
    assert re.search(r"size</th><td[^>]*>plan</td><td[^>]*>[−0-9.]+<", page)


def section(found, heading):
    return next((one for one in found.sections if one.heading == heading), None)


@pytest.mark.parametrize(
    ("kind", "method", "compared"),
    [
        ("parallel", "means of units, Student", "units with the solution: 6, without it: 6"),
        ("individual", "means of people, Welch",
         "parcels or people with the solution: 2000, without it: 2000"),
        ("interrupted-series", "interrupted series", "units: 1, beside its own past"),
    ],
)  # fmt: skip
def test_the_figures_stand_together_in_words_that_fit_the_design(kind, method, compared):
    protocol, table = made_up(kind)
    result = evaluate_plan(protocol, table)

    facts = {
        str(name): str(value)
        for name, value in section(told(protocol, result), "The figures").facts
    }

    assert facts["Method"] == method
    assert facts["Compared"] == compared
    assert f"{result.metrics[0].effect.std_error:.2f}"[:4] in facts["Standard error"]


def test_a_blocked_report_has_the_metrics_of_the_plan_and_no_figures():
    protocol, table = made_up("parallel")
    gate = flag("duplicates", count=3, share=40.0)

    found = told(protocol, evaluate_plan(protocol, table, flags=[gate]))

    assert section(found, "The figures") is None
    assert section(found, "Metrics of the plan") is not None


@pytest.mark.parametrize("language", ["ru", "en"])
@pytest.mark.parametrize(
    "kind", ["difference-in-differences", "synthetic-control", "interrupted-series"]
)
def test_where_nothing_was_drawn_nothing_speaks_of_a_lot(kind, language):
    protocol, table = made_up(kind)

    page = report.html(told(protocol, evaluate_plan(protocol, table), language))

    letters = re.sub(r"<style>.*?</style>|<[^>]+>", " ", page, flags=re.S)
    said = re.findall(r"[^.\n]*\b(?:lots?|drawn|жреби\w*)\b[^.\n]*", letters)
    denied = r"not drawn|не по жребию|без жребия"
    assert [one for one in said if not re.search(denied, one)] == []


@pytest.mark.parametrize(
    ("comparators", "word"), [([], "The likely change is"), (["102"], "The likely effect is")]
)
def test_a_series_beside_another_one_may_be_called_an_effect(comparators, word):
    units = [{"unit": "101", "arm": "treatment"}]
    units += [{"unit": name, "arm": "control"} for name in comparators]
    design = {"kind": "interrupted-series"} | ({"comparators": comparators} if comparators else {})
    protocol, table = made_up(
        "interrupted-series", design=design, metrics=plan()["metrics"][:1],
        assignment={"method": "observed", "units": units},
    )  # fmt: skip

    assert word in told(protocol, evaluate_plan(protocol, table)).detail


def test_the_picture_of_chance_of_a_twin_shows_every_donor_once():
    protocol, table = made_up("synthetic-control")

    row = words.primary_row(evaluate_plan(protocol, table).to_dict())

    assert sum(row["effect"]["values"]["chance"]["counts"]) == 11
    assert "11 placebos" in str(pictures.chance(row))


def test_what_a_design_needs_stands_in_the_plan():
    protocol, table = made_up("switchback")

    facts = dict(section(told(protocol, evaluate_plan(protocol, table)), "What was planned").facts)

    assert (facts["Periods in a block"], facts["Left out at the start of a block"]) == ("2", "1")
    assert facts["How turns are drawn"] == "by lot for each two blocks of time"


@pytest.mark.parametrize(
    ("kind", "said"),
    [
        ("parallel", "units with the solution: 6, without it: 6"),
        ("pairs", "units with the solution: 8, without it: 8"),
        ("stepped-wedge", "units: 9, in 3 sequences"),
        ("switchback", "units, each with the solution and without: 6, pairs of blocks: 6"),
        ("synthetic-control", "units with the solution: 1, without it: 11"),
    ],
)
def test_units_are_counted_as_the_comparison_uses_them(kind, said):
    protocol, table = made_up(kind)

    found = main_finding.primary(evaluate_plan(protocol, table).to_dict(), protocol)

    assert found.units == said


@pytest.mark.parametrize(("offices_", "is_rank"), [(30, True), (12, False)])
def test_ranks_among_placebos_promise_no_share_of_cases(offices_, is_rank):
    # Thirty allow an interval of 95 %; twelve do not, which is said otherwise.
    units = offices(offices_, arm=lambda i: "control" if i else "treatment")
    protocol, table = made_up(
        "synthetic-control", assignment={"method": "observed", "units": units}
    )

    found = main_finding.primary(evaluate_plan(protocol, table).to_dict(), protocol)

    assert ("this is a rank among them, not a chance" in found.detail) == is_rank
    assert "19 cases of 20" not in found.detail


def test_units_drawn_by_lot_keep_their_interval_and_their_curve():
    protocol, table = made_up("parallel")

    found = main_finding.primary(evaluate_plan(protocol, table).to_dict(), protocol)

    assert "19 cases of 20" in found.detail


@pytest.mark.parametrize(("unit", "ends"), [("pcs.", "pcs."), ("min", "min.")])
def test_a_unit_with_a_stop_ends_its_sentence(unit, ends):
    metrics = [plan()["metrics"][0] | {"unit": unit}, plan()["metrics"][1]]
    protocol, table = made_up("parallel", metrics=metrics)

    found = main_finding.primary(evaluate_plan(protocol, table).to_dict(), protocol)

    assert f"{ends} " in found.detail
    assert ".." not in found.detail
