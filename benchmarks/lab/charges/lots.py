"""Units compared by one value each: the t-test, the lot, its interval, unequal arms, looks."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np

from benchmarks.lab.charges.base import (
    AWKWARD,
    RUNS,
    Charge,
    Row,
    covers,
    drawn,
    rejects,
    share,
    tried,
    valued,
)
from pochin.lab.estimate.cluster import UnitMeans
from pochin.lab.inference.randomization import RandomizationTest
from pochin.lab.sequential.randomization_gst import crossings
from pochin.lab.sequential.spending import Spending
from pochin.lab.simulate import welch
from pochin.lab.unequal_arms import small_arm, worst_error

WELCH = 0.07


def few_sites(rng: np.random.Generator) -> Iterator[Row]:
    """True nulls on awkward values: by t and by lot."""
    for units in (6, 10):
        for name, make in AWKWARD.items():
            by_t, by_lot = [], []
            for _ in range(RUNS):
                values = valued(make(rng, units), drawn(units, units // 2, rng))
                by_t.append(rejects(tried(lambda v=values: UnitMeans().compare(v))))
                by_lot.append(rejects(tried(lambda v=values: RandomizationTest().compare(v))))
            data = f"{units} sites, {name}"
            limit = 0.05 if name == "normal" else None
            yield Row(data, "unit means, t", "error", share(by_t), limit)
            yield Row(data, "lot", "error", share(by_lot), 0.05)


def intervals(rng: np.random.Generator) -> Iterator[Row]:
    """A constant effect, and effects that differ between sites, in the interval of the lot."""
    units, runs = 10, RUNS // 4
    for name, make in AWKWARD.items():
        constant, uneven, by_t = [], [], []
        for _ in range(runs):
            lot, bare = drawn(units, 5, rng), make(rng, units)
            found = valued(bare + 2.0 * lot.arms, lot)
            constant.append(covers(tried(lambda v=found: RandomizationTest().compare(v)), 2.0))
            by_t.append(covers(tried(lambda v=found: UnitMeans().compare(v)), 2.0))
            own = 2.0 + make(rng, units)
            spread = valued(bare + own * lot.arms, lot)
            fit = tried(lambda v=spread: RandomizationTest().compare(v))
            uneven.append(covers(fit, float(own.mean())))
        yield Row(name, "lot, the same effect everywhere", "coverage", share(constant), 0.95, runs)
        yield Row(
            name, "lot, effects that differ as much as sites", "coverage", share(uneven), None, runs
        )
        yield Row(name, "t, the same effect everywhere", "coverage", share(by_t), None, runs)


def unequal_arms(rng: np.random.Generator) -> Iterator[Row]:
    """Welch's test at its worst ratio of spreads, and whether the lab says so."""
    runs = 10 * RUNS
    for treated, units in ((2, 12), (3, 12), (3, 23), (4, 12), (5, 9), (5, 20)):
        arms = np.repeat([1, 0], [treated, units - treated])
        for ratio in (1.0, 2.0):
            spread = np.where(arms == 1, ratio, 1.0)
            found = welch(rng.normal(size=(runs, units)) * spread, arms)
            warned = bool(small_arm(units - treated, treated))
            yield Row(
                f"{treated} against {units - treated}, spread ×{ratio:g}",
                f"Welch; reckoned worst {worst_error((treated, units - treated)):.1%}",
                "error",
                share(found.p_values() <= 0.05),
                None if warned else WELCH,
                runs,
                float(warned),
            )


def looks(rng: np.random.Generator) -> Iterator[Row]:
    """Four looks by lot at ten sites, with and without what was known before."""
    units, times = 10, (0.25, 0.5, 0.75, 1.0)
    lots = np.array([one.arms for one in _all_lots(units)], np.int8)
    for name, make in AWKWARD.items():
        level = np.stack([make(rng, units) for _ in range(RUNS)])
        season = np.sin(2 * np.pi * np.arange(8) / 8)[None, None] * level[:, :, None]
        weeks = level[:, :, None] + season + rng.normal(size=(RUNS, units, 8))
        values = [weeks[:, :, : 2 * k].mean(axis=2) for k in (1, 2, 3, 4)]
        before = (level + 0.5 * rng.normal(size=(RUNS, units)))[:, :, None]
        # The lot that fell is another one in each pilot.
        own = rng.permuted(np.tile(np.repeat([1, 0], units // 2), (RUNS, 1)), axis=1)
        order = np.argsort(-own, axis=1, kind="stable")
        told = [np.take_along_axis(one, order, axis=1) for one in values]
        known = np.take_along_axis(before, order[:, :, None], axis=1)
        for words, given in (("bare", None), ("baseline taken out", known)):
            crossed = crossings(
                told, lots, times, spending=Spending("pocock"), alpha=0.05, known=given
            ).any(axis=0)
            yield Row(f"{name}, a season", f"four looks by lot, {words}", "error",
                      share(crossed), 0.05)  # fmt: skip


def _all_lots(units: int):
    lot = drawn(units, units // 2, np.random.default_rng(0))
    rows = lot.all_labels()
    first = np.repeat([1, 0], units // 2)
    others = rows[(rows != first).any(axis=1)]
    for row in np.vstack([first, others]):
        yield type(lot)(row[:, None], range(units), [0])


CHARGES = (
    Charge(
        "“The t-test and the lot answer the same question, and where they part the lot is "
        "believed”",
        "Six or ten sites, half of them with the solution, which does nothing. The lot must keep "
        "5 % on "
        "any data; the t-test of unit means leans on their shape.",
        few_sites,
        "Kept. The lot keeps its error on all of it; of six sites it can reject nothing at 5 "
        "%, and a plan of six is stopped before its lock for that reason. The t-test errs "
        "towards caution with heavy tails and many zeros, and a little the other way with "
        "ties: there the lot is believed.",
    ),
    Charge(
        "The interval of the lot holds the effect in 95 pilots of 100",
        f"Ten sites, {RUNS // 4} pilots a row. It is made by inverting tests of one effect for all "
        "sites, so that is what is promised; effects that differ between sites stand beside.",
        intervals,
        "Kept. With ties and zeros an end of the interval is often the effect itself, to the "
        "last digit a search finds; such an end counts as holding it. Where effects differ "
        "between sites and one site dominates, the interval holds their average less often "
        "than it says: nothing promises that, and nothing tells it from one effect for all.",
    ),
    Charge(
        "Where arms differ in size Welch's test rejects at most 7 in 100 true nulls",
        f"Normal values, {10 * RUNS:,} pilots a row; the small arm spreads as much as the large "
        "one, or twice "
        "as much. “Told” is the warning `small-arm`.",
        unequal_arms,
        "Broken with two or three sites in an arm, as reckoned exactly, and told since by "
        "`small-arm` before the lock and with the result. Kept elsewhere.",
    ),
    Charge(
        "Looks by the lot spend 5 % in all, however the looks depend on each other",
        "Ten sites, four looks at Pocock's spending; a season that is larger at larger sites; "
        "what was "
        "known before tells most of a site's level.",
        looks,
        "Kept, with and without what was known before.",
    ),
)
