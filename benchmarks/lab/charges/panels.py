"""Panels: blocks of time by turns, sites one after another, chosen sites, a single series."""

from __future__ import annotations

from collections.abc import Callable, Iterator

import numpy as np
from scipy import stats

from benchmarks.lab.charges.base import RUNS, Charge, Row, covers, rejects, share, tried
from pochin.lab.assignment import Assignment
from pochin.lab.design import SteppedWedge
from pochin.lab.estimate.did import DifferenceInDifferences
from pochin.lab.estimate.its import InterruptedSeries
from pochin.lab.estimate.many_wedges import fit_wedges
from pochin.lab.estimate.sw import MixedModel
from pochin.lab.estimate.switchback import BlockPairs
from pochin.lab.estimate.vertical import VerticalComparison
from pochin.lab.moments import MomentTable
from pochin.lab.randomize import switchback
from pochin.lab.result import EffectResult
from pochin.lab.simulate import autoregressive

FEWER = RUNS // 4
UNITS = 0.07
"""Borne of errors by whole units, as of Welch's test: few units tell their own spread badly."""


def as_table(Y: np.ndarray, n: np.ndarray | float = 1.0) -> MomentTable:
    i, t = np.indices(Y.shape).reshape(2, -1)
    size = np.broadcast_to(n, Y.shape).ravel()
    return MomentTable(i, t, ["m"] * len(i), size, Y.ravel(), 0.0 * size)


def told_by(fits: list[EffectResult | None], *codes: str) -> float:
    return share([one is None or any(flag.code in codes for flag in one.flags) for one in fits])


def burst(rng: np.random.Generator, shape: tuple[int, int]) -> np.ndarray:
    """Noise that remembers and now and then breaks out."""
    shocks = rng.standard_t(2, shape)
    for t in range(1, shape[1]):
        shocks[:, t] += 0.8 * shocks[:, t - 1]
    return shocks


def turns(rng: np.random.Generator) -> Iterator[Row]:
    """Four sites, 14 days of 24 hours, blocks of five hours: a day holds no whole number."""
    sites, hours, block = 4, 14 * 24, 5
    day = 4 * np.sin(2 * np.pi * np.arange(hours) / 24)
    week = 3 * (np.arange(hours) // 24 % 7 >= 5)
    kinds: dict[str, Callable[[], np.ndarray]] = {
        "hours remember .8": lambda: autoregressive(0.8, (sites, hours), rng),
        "bursts, t(2)": lambda: burst(rng, (sites, hours)),
        "nothing in most hours": lambda: rng.poisson(0.1, (sites, hours)).astype(float),
    }
    for name, make in kinds.items():
        errors: dict[str, list[bool]] = {"t": [], "sign-flip": []}
        for _ in range(FEWER):
            lot = switchback(range(sites), range(hours), block, rng=rng)
            table = as_table(make() + day + week)
            for kind in ("t", "sign-flip"):
                method = BlockPairs(block=block, burn_in=1, inference=kind, draws=999)  # type: ignore[arg-type]
                fit = tried(lambda m=method, t=table, a=lot: m.fit(t, a, rng=rng))
                errors[kind].append(rejects(fit))
        for kind, seen in errors.items():
            yield Row(f"{name}, days and weekends", f"pairs of blocks, {kind}", "error",
                      share(seen), 0.05, FEWER)  # fmt: skip
    for lag in (0, 1, 4):
        held, fits = [], []
        for _ in range(FEWER):
            lot = switchback(range(sites), range(hours), block, rng=rng)
            on = (lot.schedule == 1).astype(float)
            late = np.stack([np.roll(on, k, axis=1) for k in range(lag + 1)]).mean(axis=0)
            table = as_table(autoregressive(0.5, on.shape, rng) + day + 1.5 * late)
            fit = tried(
                lambda t=table, a=lot: BlockPairs(block=block, burn_in=1).fit(t, a, rng=rng)
            )
            held.append(covers(fit, 1.5))
            fits.append(fit)
        told = told_by(fits, "carryover")
        yield Row(f"the effect needs {lag} hours to come", "pairs of blocks, t", "coverage",
                  share(held), 0.95 if lag < 2 else None, FEWER, told)  # fmt: skip


def wedge(rng: np.random.Generator) -> Iterator[Row]:
    """Six sites in three steps of two, five periods; seasons of their own. Then drift at length."""
    steps, periods = np.repeat([1, 2, 3], 2), 5
    schedule = (np.arange(periods)[None, :] >= steps[:, None]).astype(int)
    season = np.sin(2 * np.pi * np.arange(periods) / periods)
    makes: dict[str, Callable[[], np.ndarray]] = {
        "normal": lambda: rng.normal(size=(6, 1)) + 0.5 * rng.normal(size=(6, periods)),
        "levels and periods t(2)": lambda: (
            rng.standard_t(2, (6, 1)) + rng.standard_t(2, (6, periods))
        ),
        "one site dominates": lambda: (
            10.0 * (np.arange(6) == rng.integers(6))[:, None] * (1 + rng.normal(size=(6, periods)))
            + rng.normal(size=(6, periods))
        ),
        "most cells empty of anything": lambda: (
            rng.poisson(0.3, (6, periods)).astype(float) + 1e-3 * rng.normal(size=(6, periods))
        ),
    }
    methods = {
        "mixed model, by whole units": MixedModel(estimand="constant"),
        "mixed model, Kenward–Roger": MixedModel(estimand="constant", errors="model"),
        "within periods, sequences shuffled": VerticalComparison(draws=999),
    }
    runs = FEWER
    for name, make in makes.items():
        fits: dict[str, list[EffectResult | None]] = {one: [] for one in methods}
        for _ in range(runs):
            own = rng.permutation(6)
            lot = Assignment(schedule[own], range(6), range(periods))
            Y = make() + rng.normal(size=(6, 1)) * season[None, :]
            table = as_table(Y, 20)
            for words, method in methods.items():
                fits[words].append(
                    tried(lambda t=table, a=lot, m=method: m.fit(t, a, rng=rng))  # type: ignore[attr-defined]
                )
        for words, found in fits.items():
            by_model = "Kenward" in words
            limit = None if by_model or ("mixed" in words and name != "normal") else 0.05
            told = told_by(found, "variance-at-zero") if by_model else None
            yield Row(f"{name}, seasons of sites", words, "error",
                      share([rejects(one) for one in found]), limit, runs, told)  # fmt: skip
    yield from drifting(rng)


def drifting(rng: np.random.Generator) -> Iterator[Row]:
    """Levels that wander or remember, in wedges of few and many steps; no effect."""
    for units, sequences in ((6, 3), (8, 4), (12, 12), (20, 12)):
        schedule = SteppedWedge.steps(units=units, sequences=sequences).schedule()
        shape = (RUNS, *schedule.shape)
        for name, levels in (
            (
                "levels stay or jump",
                lambda s: rng.normal(size=(*s[:2], 1)) + 0.5 * rng.normal(size=s),
            ),
            ("levels wander", lambda s: 0.5 * rng.normal(size=s).cumsum(axis=2)),
            ("levels remember .8", lambda s: autoregressive(0.8, s, rng)),
        ):
            Y = levels(shape) + 0.4 * rng.normal(size=shape)
            cells = (Y, np.full(shape, 20), rng.chisquare(19, size=shape), schedule)
            for estimand, words in (("constant", "one effect"), ("time-average", "average")):
                fits = fit_wedges(*cells, estimand=estimand)  # type: ignore[arg-type]
                data = f"{units} sites, {schedule.shape[1]} periods, {name}"
                for method, error, df, limit in (
                    ("by whole units", fits.robust_error, fits.robust_df, UNITS),
                    ("Kenward–Roger", fits.std_error, fits.df, None),
                ):
                    fine = np.isfinite(error)
                    p = 2 * stats.t.sf(np.abs(fits.estimate / error)[fine], df[fine])
                    yield Row(f"{data}; {words}", f"mixed model, {method}", "error",
                              share(p <= 0.05), limit)  # fmt: skip


def chosen(rng: np.random.Generator) -> Iterator[Row]:
    """One treated site among 20, ranked: anyone, the smallest, or the most unsteady."""
    units, periods = 20, 8
    size = np.round(np.exp(np.linspace(0, 4, units)) * 5)
    for name in ("anyone", "the smallest", "the most unsteady, sizes alike"):
        seen, fits, by_size = [], [], []
        for _ in range(RUNS // 2):
            n = size if "alike" not in name else np.full(units, 50.0)
            spread = np.sqrt(0.2 + 20 / n)
            if "unsteady" in name:
                spread = np.where(np.arange(units) == 0, 3.0, 1.0)
            one = 0 if name != "anyone" else rng.integers(units)
            Y = rng.normal(size=(units, 1)) + spread[:, None] * rng.normal(size=(units, periods))
            schedule = np.outer(np.arange(units) == one, np.arange(periods) >= 4).astype(int)
            lot = Assignment(schedule, range(units), range(periods), randomized=False)
            table = as_table(Y, n[:, None])
            fit = tried(lambda t=table, a=lot: DifferenceInDifferences().fit(t, a, rng=rng))
            seen.append(rejects(fit))
            fits.append(fit)
            weighed = DifferenceInDifferences(by_size=True)
            by_size.append(rejects(tried(lambda t=table, a=lot, m=weighed: m.fit(t, a, rng=rng))))
        limit = None if "unsteady" in name else 0.05
        alike = [one is None or any("for alike" in flag.message for flag in one.flags)
                 for one in fits]  # fmt: skip
        told = share(alike)
        yield Row(f"{name} treated", "ranks of changes", "error", share(seen), limit,
                  RUNS // 2, told)  # fmt: skip
        yield Row(f"{name} treated", "ranks by size, in a notebook", "error", share(by_size), None,
                  RUNS // 2)  # fmt: skip


def series(rng: np.random.Generator) -> Iterator[Row]:
    """Sixty months, the step after 36; no comparator."""
    months, start, runs = 60, 36, FEWER // 2
    time = np.arange(months)
    year = 3 * np.sin(2 * np.pi * time / 12)
    wave = 2 * np.sin(2 * np.pi * time / 50)
    kinds: dict[str, tuple[Callable[[], np.ndarray], int | None]] = {
        "remembers .6": (lambda: autoregressive(0.6, (1, months), rng)[0], None),
        "remembers .6, jumps t(2)": (lambda: burst(rng, (1, months))[0], None),
        "a year nobody told of": (lambda: year + rng.normal(size=months), None),
        "a year that was told": (lambda: year + rng.normal(size=months), 12),
        "a slow wave": (lambda: wave + rng.normal(size=months), None),
        "a walk": (lambda: rng.normal(size=months).cumsum(), None),
    }
    schedule = (time >= start).astype(int)[None, :]
    lot = Assignment(schedule, [0], range(months), randomized=False)
    for name, (make, season) in kinds.items():
        fits = []
        for _ in range(runs):
            table = as_table(make()[None, :] + 0.02 * time)
            method = InterruptedSeries(season=season)
            fits.append(tried(lambda t=table, m=method: m.fit(t, lot)))
        limit = None if name in ("a slow wave", "a walk", "a year nobody told of") else 0.10
        yield Row(name, "autoregressive, Kenward–Roger", "error",
                  share([rejects(one) for one in fits]), limit, runs,
                  told_by(fits, "series-wanders"))  # fmt: skip


CHARGES = (
    Charge(
        "“Differences of pairs keep 5 %”, and carryover that burn-in does not hold is noticed",
        f"Four sites, blocks of five hours that no day is a multiple of, {FEWER} pilots a row.",
        turns,
        "Kept with memory, bursts, rare events, days and weekends. An effect that needs "
        "longer than the burn-in is told of in every pilot.",
    ),
    Charge(
        "A wedge: the mixed model judged by whole units, and the shuffled sequences",
        f"Six sites, five periods, every site with a season of its own; {FEWER} wedges a row. "
        f"Then levels that wander or remember in wedges of few and many steps, {RUNS:,} a row. "
        "The model judged by whole units is promised for normal cells, over many wedges to 7 % "
        "as Welch's test; the shuffle for any. Kenward and Roger's error stands for comparison: "
        "it judged until 30 November 2026.",
        wedge,
        "Kept, within the point or two that few units cost. Kenward and Roger's error, which "
        "judged before, was broken by any drift: by seasons at six sites, and the worse the "
        "longer the wedge, up to a third of true nulls at twelve sites in twelve steps; more "
        "sites did not help. An earlier page called that a weakness of six sites and left it "
        "standing. The shuffled sequences keep 5 % on all of it and stand beside the model on "
        "every page.",
    ),
    Charge(
        "One chosen site is ranked among the others and keeps 5 %",
        f"Twenty sites whose sizes span a factor of 55, {RUNS // 2:,} pilots a row.",
        chosen,
        "Kept for a site anybody might have been. Broken where the chosen one is small or "
        "unsteady beside the others, because ranks take sites for alike. “Told” is the word that "
        "it has less than half the readings of the middle one; that one of the same size is less "
        "steady nothing tells. That few were treated is told in every pilot, and such evidence is "
        "never green. Ranks by size (Ferman & Pinto 2019) mend a good part of it and are to be "
        "had in a notebook.",
    ),
    Charge(
        "A series without a comparator rejects at most one true null in ten, or gives no number",
        f"Sixty months with a trend, {FEWER // 2} series a row; “told” counts series that are "
        "withheld.",
        series,
        "Kept, and cautious where a year or a slow wave was not told of. Two walks of three "
        "are withheld.",
    ),
)
