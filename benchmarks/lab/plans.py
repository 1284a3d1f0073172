"""Try out what a plan promises before it starts: looks by the lot, several metrics, green, worth.

.venv/bin/python -m benchmarks.lab.plans            print the tables
.venv/bin/python -m benchmarks.lab.plans --write    docs/benchmarks/plans.md
"""

from __future__ import annotations

import argparse
from collections.abc import Iterator
from pathlib import Path

import numpy as np
from scipy import stats

from pochin.lab.decide import judge_primary
from pochin.lab.design import Design, PairedCluster, ParallelCluster
from pochin.lab.design.colours import bounds
from pochin.lab.design.lot_price import price_by_lot
from pochin.lab.design.rule import Further, Rule
from pochin.lab.design.watched import LOTS, price, watched
from pochin.lab.protocol import LookSchedule, Metric
from pochin.lab.result import EffectResult
from pochin.lab.sequential.randomization_gst import crossings
from pochin.lab.simulate import Truth
from pochin.lab.value_of_information import evsi, worth_by_rule

OUT = Path(__file__).parents[2] / "docs" / "benchmarks" / "plans.md"
RUNS = 4_000
GUESS = {"sd": 9.0, "icc": 0.05, "cac": 0.8, "cluster_size": 50.0}
LOOKS = (0.5, 1.0)
BY_LOT = LookSchedule("randomization", LOOKS)
POCOCK = LookSchedule("pocock", LOOKS)
DESIGNS: dict[str, Design] = {
    "8 offices": ParallelCluster(8, n_periods=4),
    "9 offices, 5 and 4": ParallelCluster(9, (5, 4), n_periods=4),
    "10 offices": ParallelCluster(10, n_periods=4),
    "12 offices": ParallelCluster(12, n_periods=4),
    "12 offices, 9 and 3": ParallelCluster(12, (9, 3), n_periods=4),
    "12 offices in two strata": ParallelCluster(12, n_periods=4, strata=tuple("aaaaaabbbbbb")),
    "24 offices": ParallelCluster(24, n_periods=4),
    "16 offices, adjusted": ParallelCluster(16, n_periods=4, baseline=2),
    "7 pairs": PairedCluster(7, 0.5, 4),
    "10 pairs": PairedCluster(10, 0.5, 4),
}
HEAD = f"""# What a plan promises before it starts, tried out

Written by `python -m benchmarks.lab.plans --write`. Every share is of {RUNS:,} made-up pilots that
were not those the promise was reckoned from; its standard error is at most
{50 / RUNS**0.5:.1f} points, and {100 * (0.8 * 0.2 / RUNS) ** 0.5:.1f} points at 80 %.
Readings have a standard deviation of 9, an ICC of .05 of which .8 lasts from week to week; 50 of
an office in each of four weeks; the data are looked at after two weeks and after four.
"""


def main(arguments: list[str] | None = None) -> int:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--write", action="store_true", help=f"write {OUT.name}")
    options = parser.parse_args(arguments)
    lines = [HEAD.rstrip()]
    for table in (looks_by_lot, several_metrics, green, worth):
        for line in table():
            lines.append(line)
            print(line, flush=True)
    if options.write:
        OUT.write_text("\n".join(lines) + "\n", "utf-8")
    return 0


def truth_of(design: Design, effect: float = 0.0) -> Truth:
    return Truth(design.components(9.0, 0.05, 0.8), effect, 50.0)


def looks_by_lot() -> Iterator[str]:
    """Whether the effect that is promised is seen in 8 pilots of 10."""
    yield from (
        "",
        "## Looks by the lot",
        "",
        "The effect that a plan says it shows in 8 pilots of 10 is the one of a t-test at the end, "
        "times the price of the looks. “By boundaries” is the price of a normal estimate, which a "
        "plan named before; each is tried out by the lot itself, asked at both looks.",
        "",
        "| design | outcomes | price by boundaries | seen | price by the lot | seen |",
        "|---|---:|---:|---:|---:|---:|",
    )
    for name, design in DESIGNS.items():
        rng = np.random.default_rng(1)
        lot = price_by_lot(design, BY_LOT, truth_of(design), alpha=0.05, rng=rng)
        normal = price(BY_LOT, 0.05, design.units)
        one_look = float(design.mde(0.8, **GUESS))
        shares = [seen_by_lot(design, times * one_look) for times in (normal, lot)]
        yield (
            f"| {name} | {design.n_admissible:,} | {normal:.3f} | {shares[0]:.1%} | {lot:.3f} | "
            f"{shares[1]:.1%} |"
        )


def seen_by_lot(design: Design, effect: float) -> float:
    rng = np.random.default_rng(2)
    lots = design.lots(LOTS, rng)
    found = design.seen_at(truth_of(design, effect), (2, 4), runs=RUNS, rng=rng)
    values = [one.by_unit for one in found if one.by_unit is not None]
    known = found[-1].known
    crossed = crossings(values, lots, LOOKS, spending=BY_LOT.spends, alpha=0.05, known=known)
    return float(crossed.any(axis=0).mean())


def several_metrics() -> Iterator[str]:
    """Whether the error is shared as promised, and each, any and all are seen as often."""
    yield from (
        "",
        "## Several primary metrics",
        "",
        "Twenty offices, two metrics that nothing ties, the second with a standard deviation of "
        "12; thresholds 3 and 4. “Reckoned” is the closed form for two independent t-tests under "
        "Holm's rule; no two of 2.5 % are both silent in 95.06 %, so 4.94 % see one.",
        "",
        "| truth | | each | any | all | any, whatever ties | all, whatever ties |",
        "|---|---|---|---:|---:|---|---|",
    )
    design = ParallelCluster(20, n_periods=4)
    second = Further("second", 4.0, 12.0)
    for words, looks in (("one look", None), ("two looks", POCOCK)):
        rule = Rule(3.0, primaries=2, further=(second,), looks=looks)
        told = design.diagnose(6.0, rule, rng=np.random.default_rng(3), runs=RUNS, **GUESS)
        for name, times in (("no effect", 0.0), ("threshold", 1.0)):
            seen = told[name].seen
            if seen is None:
                continue
            each = ", ".join(f"{one:.1%}" for one in seen.each)
            spans = [f"{low:.1%}–{high:.1%}" for low, high in (seen.any_range, seen.all_range)]
            yield (
                f"| {name}, {words} | tried | {each} | {seen.any:.1%} | {seen.all:.1%} | "
                f"{spans[0]} | {spans[1]} |"
            )
            if looks is None:
                yield reckoned(design, times)
    free = Rule(3.0, further=(second,), looks=POCOCK)
    told = design.diagnose(6.0, free, rng=np.random.default_rng(3), runs=RUNS, **GUESS)
    seen = told["no effect"].seen
    if seen is not None:
        yield f"| no effect, two looks, error not shared | tried | | {seen.any:.1%} | | | |"


def reckoned(design: Design, times: float) -> str:
    half, whole = (
        [
            float(design.power(times * effect, **(GUESS | {"sd": sd, "alpha": alpha})).power)
            for effect, sd in ((3.0, 9.0), (4.0, 12.0))
        ]
        for alpha in (0.025, 0.05)
    )
    more = [wide - sure for sure, wide in zip(half, whole, strict=True)]
    each = [half[0] + more[0] * half[1], half[1] + more[1] * half[0]]
    any_ = 1 - (1 - half[0]) * (1 - half[1])
    both = whole[0] * whole[1] - more[0] * more[1]
    shares = ", ".join(f"{one:.1%}" for one in each)
    return f"| | reckoned | {shares} | {any_:.1%} | {both:.1%} | | |"


def green() -> Iterator[str]:
    """Whether the effect from which on a plan ends green in 8 pilots of 10 does so."""
    yield from (
        "",
        "## The effect that ends green",
        "",
        "Twelve offices. With looks the lower bound is read at the look that ends the pilot. “By "
        "formula” is the threshold and what one look needs beyond it, times the price of looks.",
        "",
        "| threshold | looks | by formula | green | tried out | green |",
        "|---:|---|---:|---:|---:|---:|",
    )
    design = ParallelCluster(12, n_periods=4)
    beyond = float(design.mde(0.8, **GUESS, alpha=0.05, alternative="greater"))
    for threshold in (1.0, 4.0):
        for looks in (LookSchedule("obrien-fleming", LOOKS), POCOCK, BY_LOT):
            rule = Rule(threshold, looks=looks)
            rng = np.random.default_rng(4)
            told = design.diagnose(2.0, rule, rng=rng, runs=RUNS // 2, **GUESS)
            formula = threshold + price(looks, 0.1, 12) * beyond
            if told.green_from is None:
                continue
            shares = [share_green(design, rule, one) for one in (formula, told.green_from)]
            yield (
                f"| {threshold:g} | {looks.spending} | {formula:.2f} | {shares[0]:.1%} | "
                f"{told.green_from:.2f} | {shares[1]:.1%} |"
            )


def share_green(design: Design, rule: Rule, effect: float) -> float:
    rng = np.random.default_rng(5)
    assert rule.looks is not None
    lots = design.lots(LOTS, rng) if rule.looks.spending == "randomization" else None
    found = design.seen_at(truth_of(design, effect), (2, 4), runs=RUNS, rng=rng)
    seen = watched(found, rule.looks, alpha=0.05, units=design.units, lots=lots)
    lower = bounds(seen.estimates, 1, rule.level)[0]
    return float((lower > rule.threshold).mean())


def worth() -> Iterator[str]:
    """Whether the worth by a rule is that of pilots which the verdict itself judges."""
    yield from (
        "",
        "## The worth of a pilot by the rule of its plan",
        "",
        "One unit of effect is worth 100, it pays from 1.4 on, and 1.2 is the spread of what is "
        "believed of it; the estimate has 10 degrees of freedom. “Tried” is the mean gain of "
        "pilots whose class the verdict gives, their spread estimated anew; in brackets its "
        "standard error.",
        "",
        "| believed | threshold | standard error | from | at will | by the rule | tried |",
        "|---:|---:|---:|---|---:|---:|---:|",
    )
    for mean, threshold, error in ((1.0, 1.0, 0.7), (2.5, 1.0, 0.7), (1.0, 3.0, 0.3)):
        at_will = evsi(
            mean=mean, sd=1.2, sampling_variance=error**2, break_even=1.4, slope=100.0
        )  # fmt: skip
        for least in ("meets", "promising"):
            told = worth_by_rule(
                mean=mean, sd=1.2, std_error=error, break_even=1.4, slope=100.0,
                threshold=threshold, reach=stats.t.ppf(0.95, 10), least=least,
            )  # fmt: skip
            gain, noise = tried_worth(mean, threshold, error, least)
            yield (
                f"| {mean:g} | {threshold:g} | {error:g} | {least} | {at_will:.1f} | {told:.1f} | "
                f"{gain:.1f} ({noise:.1f}) |"
            )


def tried_worth(mean: float, threshold: float, error: float, least: str) -> tuple[float, float]:
    rng, runs = np.random.default_rng(6), 5 * RUNS
    metric = Metric("metric", "primary", "mean", "higher", "unit", threshold=threshold)
    truth = rng.normal(mean, 1.2, runs)
    found = truth + error * rng.normal(size=runs)
    spread = error * np.sqrt(rng.chisquare(10, runs) / 10)
    classes = ("meets",) if least == "meets" else ("meets", "promising")
    done = np.array([
        judge_primary(EffectResult(float(x), float(s), 10, 0.5, "made up"), metric).finding
        in classes
        for x, s in zip(found, spread, strict=True)
    ])  # fmt: skip
    gain = 100 * (truth - 1.4) * done - max(100 * (mean - 1.4), 0.0)
    return float(gain.mean()), float(gain.std() / runs**0.5)


if __name__ == "__main__":
    raise SystemExit(main())
