"""Every check raises its flag when it must and keeps silent when it must."""

import ast
import pathlib

import numpy as np
import pytest

from pochin.lab import arrival, exposure, flags, quality, sample_ratio, unsaid
from pochin.lab import design_checks as before
from pochin.lab import evaluation_checks as after
from pochin.lab.assignment import Assignment
from pochin.lab.covariate_constrained import constrained
from pochin.lab.protocol import Protocol
from pochin.lab.randomize import complete, paired
from pochin.lab.result import (
    EffectResult,
    PowerResult,
)
from pochin.lab.seeds import generator, seed_commitment
from pochin.lab.tests.plans import DELAY, QUEUE, plan

RNG = np.random.default_rng(20)
HALVES = np.repeat([1, 0], 6)
FIT = EffectResult(2.0, 0.5, 10, 0.003, "demo")
OTHER_SIGN = EffectResult(-0.5, 0.5, 10, 0.3, "demo")
NEAR = EffectResult(1.9, 0.5, 10, 0.003, "demo")
EXPECTED = np.full((12, 4), 100)


def lost(arm_share, other_share):
    """Readings received when arms lose these shares, with a little spread between units."""
    share = np.where(HALVES == 1, arm_share, other_share)[:, None]
    return EXPECTED * (1 - share) - np.arange(12)[:, None] % 3


def twelve(rng=None):
    return complete([f"u{i}" for i in range(12)], 6, rng=rng or generator("1"))


def power(*values, icc=(0.02, 0.05, 0.1)):
    return PowerResult(
        np.array(values), np.array(10.0), np.array(1.0), 0.01, 924, 1.0, grid={"icc": icc}
    )


def protocol(**changes):
    return Protocol.parse(plan(**changes))


def stepped(turn):
    return np.where(np.arange(40) < turn, 0.0, 3.0) + RNG.normal(size=(6, 40))


def counts(jump):
    n = RNG.poisson(100, (5, 12)).astype(float)
    n[2, 6:] *= jump
    return n


DAYS = [f"2026-03-{day:02d}" for day in range(1, 15)]
UNITS = [f"u{i}" for i in range(12)]
EQUAL = {"kind": "individual", "shares": {"control": 1, "treatment": 1}}


def panel(baseline):
    return {"start": "2026-03-02", "length": "week", "baseline": baseline, "run": 4}


def hours(run):
    return {"start": "2026-03-02", "length": "hour", "baseline": 0, "run": run}


LOOKS = {"spending": "obrien-fleming", "at": [0.5, 1.0]}

# code, severity, raised by, silent when
CASES = [
    ("lot-too-small", "block", lambda: before.lot(6, 20), lambda: before.lot(12, 924)),
    ("few-units", "warn", lambda: before.lot(10, 252), lambda: before.lot(12, 924)),
    (
        "few-treated",
        "warn",
        lambda: before.few_treated(1, 9, 0.1),
        lambda: before.few_treated(3, 9, 0.1),
    ),
    (
        "wrong-unit",
        "block",
        lambda: before.analysed_unit("office", "parcel"),
        lambda: before.analysed_unit("office", "office"),
    ),
    ("arms-unequal", "info", lambda: before.arms(5, 15), lambda: before.arms(6, 6)),
    (
        "sizes-unequal",
        "info",
        lambda: before.sizes([10, 100, 50]),
        lambda: before.sizes([95, 100, 105]),
    ),
    (
        "low-power",
        "warn",
        lambda: before.power_over_guesses(power(0.9, 0.7, 0.5)),
        lambda: before.power_over_guesses(power(0.95, 0.9, 0.85)),
    ),
    (
        "power-hangs-on-icc",
        "warn",
        lambda: before.power_over_guesses(power(0.95, 0.85, 0.6)),
        lambda: before.power_over_guesses(power(0.9, icc=())),
    ),
    (
        "imbalance",
        "warn",
        lambda: before.balance(twelve(), twelve().arms * 50.0 + np.arange(12), ["size"]),
        lambda: before.balance(twelve(), np.ones(12), ["size"]),
    ),
    ("lot-too-tight", "warn", lambda: before.tightness(60, 0), lambda: before.tightness(80, 0)),
    ("lot-too-tight", "warn", lambda: before.tightness(900, 1), lambda: before.tightness(900, 0)),
    (
        "units-bound",
        "block",
        lambda: before.parted(
            Assignment(
                twelve().schedule,
                UNITS,
                [0],
                admissible=np.array([[1, 1, 0], [0, 0, 1]]).repeat(4, axis=1),
            )
        ),
        lambda: before.parted(twelve()),
    ),
    (
        "neighbours",
        "warn",
        lambda: before.neighbours(np.ones((12, 12)), HALVES, buffer=2),
        lambda: before.neighbours(np.full((12, 12), np.nan), HALVES, buffer=2),
    ),
    ("block-too-short", "block", lambda: before.blocks(3, 2), lambda: before.blocks(4, 2)),
    (
        "carryover-unsaid",
        "warn",
        lambda: unsaid.unsaid(protocol(kind="switchback")),
        lambda: unsaid.unsaid(
            protocol(kind="switchback", design={"kind": "switchback", "block": 2, "carryover": 0})
        ),
    ),
    ("burn-in-too-short", "warn", lambda: unsaid.burn_in(1, 2), lambda: unsaid.burn_in(2, 2)),
    (
        "series-too-short",
        "block",
        lambda: unsaid.series_length(11, 20),
        lambda: unsaid.series_length(12, 12),
    ),
    (
        "series-too-short",
        "block",
        lambda: unsaid.series_length(40, 3),
        lambda: unsaid.series_length(40, 4),
    ),
    (
        "trends-unseen",
        "warn",
        lambda: unsaid.unsaid(protocol(kind="difference-in-differences", periods=panel(1))),
        lambda: unsaid.unsaid(protocol(kind="difference-in-differences", periods=panel(2))),
    ),
    (
        "few-periods-before",
        "warn",
        lambda: unsaid.unsaid(protocol(kind="synthetic-control", periods=panel(9))),
        lambda: unsaid.unsaid(protocol(kind="synthetic-control", periods=panel(10))),
    ),
    (
        "share-of-what",
        "info",
        lambda: unsaid.unsaid(protocol()),
        lambda: unsaid.unsaid(protocol(metrics=[DELAY, QUEUE | {"definition": "of visits"}])),
    ),
    (
        "shares-unsaid",
        "info",
        lambda: unsaid.unsaid(protocol(kind="individual")),
        lambda: unsaid.unsaid(protocol(kind="individual", design=EQUAL)),
    ),
    (
        "no-missing-limit",
        "info",
        lambda: unsaid.unsaid(protocol()),
        lambda: unsaid.unsaid(protocol(data_rules={"missing": {"max_share": 0.2}})),
    ),
    (
        "no-maturity",
        "info",
        lambda: unsaid.unsaid(protocol()),
        lambda: unsaid.unsaid(protocol(periods=panel(2) | {"maturity_days": 0})),
    ),
    (
        "no-stop-reasons",
        "info",
        lambda: unsaid.unsaid(protocol()),
        lambda: unsaid.unsaid(protocol(stop_reasons=["a person was hurt"])),
    ),
    (
        "cost-without-range",
        "warn",
        lambda: unsaid.cost_ranges([{"low": 1, "high": 1}, {"low": 2, "high": 2}]),
        lambda: unsaid.cost_ranges([{"low": 1, "high": 1}, {"low": 2, "high": 3}]),
    ),
    (
        "neighbours",
        "warn",
        lambda: before.might_be_parted(np.ones((3, 3)), buffer=2),
        lambda: before.might_be_parted(np.full((3, 3), np.nan), buffer=2),
    ),
    (
        "broken-weeks",
        "warn",
        lambda: before.plan(protocol(periods=hours(24))),
        lambda: before.plan(protocol(periods=hours(168))),
    ),
    ("broken-weeks", "warn", lambda: before.whole_weeks(10), lambda: before.whole_weeks(14)),
    (
        "calendar-event",
        "warn",
        lambda: before.calendar_events(DAYS, [], {"2026-03-08": "a holiday"}),
        lambda: before.calendar_events(
            DAYS,
            ["2026-03-08"],
            {"2026-03-08": "a holiday", "2026-03-15": "after", "2026-02-28": "before"},
        ),
    ),
    (
        "chosen-by-baseline",
        "block",
        lambda: before.chosen(True, False),
        lambda: before.chosen(True, True),
    ),
    ("skewed", "warn", lambda: before.skewness(1000, 3.0), lambda: before.skewness(4000, 3.0)),
    (
        "no-room-for-looks",
        "warn",
        lambda: before.looks(protocol(analysis={"looks": LOOKS}), 924 // 4),
        lambda: before.looks(protocol(analysis={"looks": LOOKS}), 10**6),
    ),
    (
        "no-run-in",
        "info",
        lambda: before.plan(
            protocol(periods={"start": "2026-03-02", "length": "week", "baseline": 0, "run": 4})
        ),
        lambda: before.plan(protocol()),
    ),
    (
        "seed-not-committed",
        "warn",
        lambda: before.plan(protocol()),
        lambda: before.plan(
            protocol(assignment=plan()["assignment"] | {"seed_commitment": "a" * 64})
        ),
    ),
    (
        "seed-guessable",
        "block",
        lambda: before.commitment({"seed_commitment": seed_commitment("004217")}),
        lambda: before.commitment({"seed_commitment": seed_commitment("a drawn number, 17")}),
    ),
    (
        "seed-guessable",
        "block",
        lambda: before.commitment({"seed_commitment": seed_commitment("7")}),
        lambda: before.commitment({"seed_commitment": seed_commitment("7"), "seed": "7"}),
    ),
    (
        "seed-guessable",
        "block",
        lambda: before.commitment({"seed_commitment": seed_commitment("20270315")}),
        lambda: before.commitment({"seed_commitment": seed_commitment("15 марта 2027, шар 4")}),
    ),
    (
        "seed-guessable",
        "warn",
        lambda: before.told({"seed_commitment": "a" * 64}, "48213377"),
        lambda: before.told({"seed_commitment": "a" * 64}, "9c1f4b2a77d05e3c"),
    ),
    (
        "no-comparator",
        "warn",
        lambda: before.plan(protocol(kind="interrupted-series")),
        lambda: before.plan(protocol()),
    ),
    (
        "trend-only-by-model",
        "info",
        lambda: before.plan(protocol(kind="stepped-wedge")),
        lambda: before.plan(protocol()),
    ),
    (
        "srm",
        "block",
        lambda: sample_ratio.srm_test([50_500, 49_000]).flags(),
        lambda: sample_ratio.srm_test([50_100, 49_900]).flags(),
    ),
    (
        "immature",
        "block",
        lambda: arrival.completeness([[90, 50]], [[90, 100]], ["w1", "w2"]),
        lambda: arrival.completeness([[90, 96]], [[90, 100]], ["w1", "w2"]),
    ),
    (
        "missing-readings",
        "block",
        lambda: arrival.missingness(lost(0.2, 0.2), EXPECTED, HALVES),
        lambda: arrival.missingness(lost(0.02, 0.02), EXPECTED, HALVES),
    ),
    (
        "missing-differs",
        "block",
        lambda: arrival.missingness(lost(0.09, 0.01), EXPECTED, HALVES),
        lambda: arrival.missingness(lost(0.02, 0.02), EXPECTED, HALVES),
    ),
    (
        "missing-differs",
        "warn",
        lambda: arrival.missingness(lost(0.05, 0.02), EXPECTED, HALVES),
        lambda: arrival.missingness(EXPECTED, EXPECTED, HALVES),
    ),
    (
        "crossover",
        "block",
        lambda: exposure.crossover([[0.7], [0.0]], [[1], [0]]),
        lambda: exposure.crossover([[1.0], [0.0]], [[1], [0]]),
    ),
    (
        "crossover",
        "info",
        lambda: exposure.crossover([[0.95], [0.0]], [[1], [0]]),
        lambda: exposure.crossover([[np.nan], [0.0]], [[1], [0]]),
    ),
    (
        "unknown-units",
        "block",
        lambda: exposure.census([*UNITS, "x"], twelve()),
        lambda: exposure.census(UNITS, twelve()),
    ),
    (
        "units-lost",
        "warn",
        lambda: exposure.census(UNITS[1:], twelve()),
        lambda: exposure.census(UNITS, twelve()),
    ),
    (
        "lot-too-small",
        "block",
        lambda: exposure.census(UNITS[:5], twelve()),
        lambda: exposure.census(UNITS[1:], twelve()),
    ),
    (
        "dropout-differs",
        "block",
        lambda: exposure.dropout((6, 10), (0, 10)),
        lambda: exposure.dropout((0, 10), (0, 10)),
    ),
    (
        "dropout-differs",
        "info",
        lambda: exposure.dropout((1, 10), (0, 10)),
        lambda: exposure.dropout((0, 10), (0, 10)),
    ),
    (
        "duplicates",
        "block",
        lambda: quality.duplicates(["a", "b", "a"]),
        lambda: quality.duplicates(["a", "b"]),
    ),
    (
        "duplicates",
        "info",
        lambda: quality.duplicates([["a", 1], ["a", 1]], rule="first"),
        lambda: quality.duplicates([["a", 1], ["a", 2]]),
    ),
    (
        "time-travel",
        "block",
        lambda: quality.time_travel([5.0, 11.0], [6.0, 12.0], start=0, end=10),
        lambda: quality.time_travel([5.0], [4.5], start=0, end=10, tolerance=1),
    ),
    (
        "volume-step",
        "warn",
        lambda: quality.volume_steps(counts(3), range(5), range(12)),
        lambda: quality.volume_steps(counts(1), range(5), range(12)),
    ),
    (
        "sizes-drift",
        "warn",
        lambda: quality.size_drift(np.ones(12), np.where(HALVES, 1.3, 1.0), HALVES),
        lambda: quality.size_drift(np.ones(12), np.full(12, 1.3), HALVES),
    ),
    (
        "regime-change",
        "warn",
        lambda: quality.drift(stepped(20), range(40)),
        lambda: quality.drift(stepped(99), range(40)),
    ),
    (
        "variance-above-plan",
        "warn",
        lambda: quality.variance_reestimate([0, 3, 6, 9], 4.0, 12),
        lambda: quality.variance_reestimate([0, 3, 6, 9], 14.0, 12),
    ),
    (
        "spillover",
        "warn",
        lambda: quality.spillover(np.arange(10.0), np.arange(10.0)),
        lambda: quality.spillover([1, 5, 2, 4, 3], [1, 2, 3, 4, 5]),
    ),
    (
        "looks-unplanned",
        "block",
        lambda: quality.unplanned_look(0.4, [0.5, 1.0]),
        lambda: quality.unplanned_look(0.49, [0.5, 1.0]),
    ),
    (
        "stop-reason-unknown",
        "block",
        lambda: quality.stop_reason("budget", ["safety"]),
        lambda: quality.stop_reason("safety", ["safety"]),
    ),
    (
        "comparison-treated",
        "block",
        lambda: exposure.contamination([[0, 1], [0, 0]], [[0, 1], [0, 0.2]], ["a", "b"]),
        lambda: exposure.contamination([[0, 1], [0, 0]], [[0, 1], [0, 0]], ["a", "b"]),
    ),
    (
        "cost-over-range",
        "warn",
        lambda: quality.costs({"licence": 120.0}, {"licence": 100.0}),
        lambda: quality.costs({"licence": 90.0, "rent": 5.0}, {"licence": 100.0}),
    ),
    (
        "twin-trial",
        "block",
        lambda: exposure.overlap([1, 2], {"П-7": [2, 3]}),
        lambda: exposure.overlap([1, 2], {"П-7": [3]}),
    ),
    (
        "plan-changed",
        "block",
        lambda: quality.same_hash("ab", "cd"),
        lambda: quality.same_hash("AB", "ab"),
    ),
    (
        "metric-changed",
        "block",
        lambda: quality.same_hash("ab", "cd", of="metric"),
        lambda: quality.same_hash("ab", "ab", of="metric"),
    ),
    (
        "icc-off-plan",
        "info",
        lambda: after.realised_icc(0.2, (0.02, 0.1)),
        lambda: after.realised_icc(0.05, (0.02, 0.1)),
    ),
    (
        "weights-disagree",
        "warn",
        lambda: after.weightings(FIT, OTHER_SIGN),
        lambda: after.weightings(FIT, NEAR),
    ),
    (
        "analyses-disagree",
        "warn",
        lambda: after.analyses(FIT, OTHER_SIGN),
        lambda: after.analyses(FIT, NEAR),
    ),
    (
        "neighbours-matter",
        "warn",
        lambda: after.without_neighbours(FIT, OTHER_SIGN),
        lambda: after.without_neighbours(FIT, NEAR),
    ),
    ("weak-instrument", "warn", lambda: after.instrument(9.9), lambda: after.instrument(10)),
    (
        "exclusion-unregistered",
        "block",
        lambda: after.exclusions(protocol().run_ids, protocol().run_ids[1:]),
        lambda: after.exclusions(protocol().run_ids, protocol().run_ids),
    ),
    (
        "stopped-off-plan",
        "warn",
        lambda: after.stopped(0.6, False),
        lambda: after.stopped(0.6, True),
    ),
    ("exploratory", "info", lambda: after.unnamed_findings(3), lambda: after.unnamed_findings(0)),
    (
        "missing-could-turn",
        "warn",
        lambda: after.missing_could_turn(0.5, 1.0),
        lambda: after.missing_could_turn(None, 1.0),
    ),
]


@pytest.mark.parametrize(
    ("code", "severity", "raised", "silent"), CASES, ids=[f"{c[0]}-{c[1]}" for c in CASES]
)
def test_the_flag_is_raised_when_it_must_be_and_not_otherwise(code, severity, raised, silent):
    found = {one.code: one for one in raised()}

    assert found[code].severity == severity
    assert "%(" not in str(found[code])
    assert code not in {one.code for one in silent()}


def lab_calls():
    """Codes and severities written in the lab's own code, by call of `flag` or `Flag`."""
    folder = pathlib.Path(flags.__file__).parent
    for path in sorted(folder.rglob("*.py")):
        if "tests" in path.parts or path.name in ("flags.py", "result.py"):
            continue
        for node in ast.walk(ast.parse(path.read_text())):
            name = getattr(getattr(node, "func", None), "id", "")
            if name in ("flag", "Flag") and isinstance(node.args[0], ast.Constant):
                severity = node.args[1] if name == "Flag" and len(node.args) > 1 else None
                yield path.name, node.args[0].value, getattr(severity, "value", None)


def test_every_flag_the_lab_raises_is_in_the_catalogue_and_no_graver_than_it_says():
    order = ("info", "warn", "block")

    for file, code, severity in lab_calls():
        kind = flags.CATALOGUE.get(code)
        assert kind, f"{file} raises {code}; describe it in flags.py"
        if severity:
            assert order.index(severity) <= order.index(kind.severity), f"{file}: {code}"


def test_every_check_of_this_lab_has_its_two_sides_here():
    own = {"quality.py", "design_checks.py", "evaluation_checks.py", "unsaid.py"}
    shown = {case[0] for case in CASES} | {"several-primaries"}

    assert {code for file, code, _ in lab_calls() if file in own} - shown == set()


def test_the_catalogue_names_each_code_once_and_its_moment():
    codes = [kind.code for kind in flags.KINDS]

    assert len(codes) == len(set(codes))
    assert all(set(kind.moments) <= set(flags.MOMENTS) and kind.moments for kind in flags.KINDS)
    assert flags.CATALOGUE["srm"].stops == "the look"
    assert flags.CATALOGUE["few-units"].stops == ""


def test_a_flag_outside_the_catalogue_cannot_be_raised():
    with pytest.raises(ValueError, match="in the catalogue"):
        flags.flag("bad-luck")


def test_two_primaries_need_holm():
    two = [DELAY, DELAY | {"code": "other"}, QUEUE]
    both = protocol(metrics=two, analysis={"multiplicity": "holm"})

    assert before._metrics(both.primaries, "none")[0].code == "several-primaries"
    assert before._metrics(both.primaries, "holm") == []


def test_the_plan_and_its_lot_are_checked_together():
    read = protocol(assignment={"method": "complete", "units": plan()["assignment"]["units"][:6]})

    found = [one.code for one in before.plan(read, read.assignment())]

    assert found == [
        "seed-not-committed", "share-of-what", "no-missing-limit", "no-maturity",
        "no-stop-reasons", "lot-too-small", "few-units",
    ]  # fmt: skip


@pytest.mark.parametrize("kind", ["pairs", "individual", "switchback", "synthetic-control"])
def test_every_kind_of_plan_can_be_checked(kind):
    read = protocol(kind=kind)
    drawn = read.assignment("7") if read.randomized and not read.assigned else read.assignment()

    assert all(one.code in flags.CATALOGUE for one in before.plan(read, drawn))


def test_pairs_and_constrained_lots_part_every_two_units():
    pairs = paired(UNITS, np.arange(12) // 2, rng=generator("1"))
    kept = constrained(UNITS, 6, np.arange(12.0), rng=generator("1"))

    assert before.parted(pairs) == before.parted(kept) == []
