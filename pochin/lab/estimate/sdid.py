"""Synthetic differences in differences: weights for donors and for earlier periods."""

from __future__ import annotations

import itertools
import math
from dataclasses import dataclass
from typing import Literal

import numpy as np

from pochin.lab.assignment import Assignment
from pochin.lab.estimate.panel import LinedUp, about, line_up
from pochin.lab.inference.permutation import refuse_alike
from pochin.lab.inference.placebo import placebo_interval, rank_test
from pochin.lab.inference.simplex import simplex_weights
from pochin.lab.moments import MomentTable
from pochin.lab.result import (
    Alternative,
    EffectResult,
    Flag,
    NotIdentified,
    SchemaMismatch,
    TooFewUnits,
)

Kind = Literal["sdid", "sc", "did"]
DRAWS = 999
# Just enough to make weights unique, relative to the noise, as in the source.
TINY = 1e-6


@dataclass(frozen=True, eq=False)
class WeightedDifference:
    """A double difference with weights on both sides.

    Attributes:
        estimate: In the unit of the outcome.
        unit_weights: Of the untreated, shape (N0,), summing to one.
        time_weights: Of the periods before the start, shape (T0,), summing to one.
        path: Treated less weighted untreated, shape (T,), same unit.
    """

    estimate: float
    unit_weights: np.ndarray
    time_weights: np.ndarray
    path: np.ndarray

    @property
    def gaps(self) -> np.ndarray:
        """The path without the level it had before the start: its mean after is the estimate."""
        return self.path - self.time_weights @ self.path[: len(self.time_weights)]


def synthetic_did(
    Y: np.ndarray, treated: np.ndarray, start: int, *, kind: Kind = "sdid"
) -> WeightedDifference:
    """Double difference of the treated and a twin that moves like them.

    Args:
        Y: Shape (N, T), in the unit of the outcome, without gaps.
        treated: Who starts at `start`, shape (N,).
        start: Position of the first period with the solution, at least 2.
        kind: "sdid" weighs units and periods, "sc" only units and without a level, "did" neither.

    Raises:
        NotIdentified: Nobody is treated, nobody is not, or there are too few periods.
        SchemaMismatch: A value is missing.

    Source:
        Arkhangelsky, D., Athey, S., Hirshberg, D. A., Imbens, G. W. & Wager, S. (2021). American
        Economic Review 111, 4088–4118, algorithm 1. Weights are solved exactly.
    """
    Y, on = np.asarray(Y, float), np.asarray(treated, bool)
    if not 0 < on.sum() < len(on) or not 2 <= start < Y.shape[1]:
        raise NotIdentified(
            "Needed are treated and untreated units, two periods before the start and one after."
        )
    if np.isnan(Y).any():
        raise SchemaMismatch("A value is missing; this method needs every period of every unit.")
    before, after = Y[~on, :start], Y[~on, start:].mean(axis=1)
    # Divided by the number of changes, as in the source.
    noise = float(np.diff(before, axis=1).std())
    units = np.full(len(before), 1 / len(before))
    times = np.full(start, 1 / start) if kind == "did" else np.zeros(start)
    if kind == "sdid":
        zeta = (on.sum() * (Y.shape[1] - start)) ** 0.25 * noise
        units = _weigh(before.T, Y[on, :start].mean(axis=0), zeta, level=True)
        times = _weigh(before, after, TINY * noise, level=True)
    elif kind == "sc":
        units = _weigh(before.T, Y[on, :start].mean(axis=0), TINY * noise, level=False)
    path = Y[on].mean(axis=0) - units @ Y[~on]
    estimate = float(path[start:].mean() - times @ path[:start])
    return WeightedDifference(estimate, units, times, path)


def _weigh(A: np.ndarray, b: np.ndarray, zeta: float, *, level: bool) -> np.ndarray:
    """Convex weights of the columns, up to a level of their own where asked."""
    if level:
        A, b = A - A.mean(axis=0), b - b.mean()
    return simplex_weights(A, b, ridge=zeta**2 * len(b))


def placebo_effects(
    Y: np.ndarray,
    treated: np.ndarray,
    start: int,
    *,
    kind: Kind = "sdid",
    draws: int = DRAWS,
    rng: np.random.Generator | None = None,
) -> np.ndarray:
    """Effects on untreated units taken for treated ones, the treated left out, shape (K,).

    Every choice of as many untreated units as are treated is taken where there are no more of
    them than `draws`; else so many are drawn.

    Args:
        Y, treated, start, kind: As in `synthetic_did`.
        draws: Most choices that are gone through.
        rng: Needed only where there are more.

    Raises:
        TooFewUnits: There are not more untreated units than treated ones.
        ValueError: There are more choices than `draws` and `rng` is missing.

    Source:
        Arkhangelsky et al. (2021), algorithm 4.
    """
    on = np.asarray(treated, bool)
    others, size = Y[~on], int(on.sum())
    if len(others) <= size:
        raise TooFewUnits(f"{len(others)} untreated units cannot stand in for {size} treated ones.")
    if size == 1 or math.comb(len(others), size) <= draws:
        places = np.array(list(itertools.combinations(range(len(others)), size)))
        chosen = np.zeros((len(places), len(others)), bool)
        np.put_along_axis(chosen, places, True, axis=1)
    elif rng is None:
        raise ValueError("rng is None, but so many placebos can only be drawn")
    else:
        rows = np.tile(np.arange(len(others)) < size, (draws, 1))
        chosen = rng.permuted(rows, axis=1)
    return np.array([synthetic_did(others, one, start, kind=kind).estimate for one in chosen])


@dataclass(frozen=True)
class SyntheticDifferences:
    """Synthetic differences in differences for units that start together.

    Args:
        metric: Code of the metric; may be left out when the table holds one.
        kind: "sdid", or "sc" and "did" for comparison.
        alternative: "two-sided", "greater" or "less".
        draws: Most choices of placebos that are gone through; of more, so many are drawn.

    Source:
        Arkhangelsky, D. et al. (2021). American Economic Review 111, 4088–4118.
    """

    metric: str | None = None
    kind: Kind = "sdid"
    alternative: Alternative = "two-sided"
    draws: int = DRAWS

    def fit(
        self,
        table: MomentTable,
        assignment: Assignment,
        *,
        rng: np.random.Generator | None = None,
    ) -> EffectResult:
        """Estimate, and rank among placebos; the standard error is the placebos' spread.

        Args:
            table: Moments by unit and period.
            assignment: Units that start together and units that never do.
            rng: Needed where there are more choices of placebos than `draws`.

        Raises:
            NotIdentified: Starts differ, or a treated unit has gaps.
            TooFewUnits: Too few untreated units for placebos.
            Singular: Untreated units do not differ, so nothing can be ranked.
        """
        data = line_up(table, assignment, self.metric)
        treated, start = data.same_start()
        whole = ~np.isnan(data.Y).any(axis=1)
        if not whole[treated].all():
            raise NotIdentified("A treated unit has periods without readings.")
        Y, on = data.Y[whole], treated[whole]
        fit = synthetic_did(Y, on, start, kind=self.kind)
        placebos = placebo_effects(Y, on, start, kind=self.kind, draws=self.draws, rng=rng)
        return self._told(data, fit, placebos, whole, on)

    def _told(
        self,
        data: LinedUp,
        fit: WeightedDifference,
        placebos: np.ndarray,
        whole: np.ndarray,
        on: np.ndarray,
    ) -> EffectResult:
        refuse_alike(placebos, data.Y)
        test = rank_test(fit.estimate, placebos, alternative=self.alternative)
        names = {
            "unit_weights": (data.units[whole][~on], fit.unit_weights),
            "time_weights": (data.periods[: len(fit.time_weights)], fit.time_weights),
        }
        values = {
            key: {str(a): float(b) for a, b in zip(*pair, strict=True)}
            for key, pair in names.items()
        }
        return EffectResult(
            estimate=fit.estimate,
            std_error=float(placebos.std(ddof=1)),
            df=None,
            p_value=test.p_value,
            p_floor=test.p_floor,
            alternative=self.alternative,
            estimand="att",
            method=f"synthetic-{self.kind}",
            reference="Arkhangelsky et al. 2021",
            reference_distribution="placebo",
            interval_inverter=lambda level: placebo_interval(fit.estimate, placebos, level=level),
            curve=tuple(
                {"period": period, "gap": float(gap)}
                for period, gap in zip(data.periods.tolist(), fit.gaps, strict=True)
            ),
            values=values | {"placebos": placebos},
            flags=_flags(whole, int(on.sum()), test.p_floor),
            **about(data),
        )


def _flags(whole: np.ndarray, treated: int, p_floor: float) -> tuple[Flag, ...]:
    flags = []
    if not whole.all():
        message = "%(units)d untreated units have periods without readings, and are left out."
        flags.append(Flag("units-left-out", "warn", message, {"units": int((~whole).sum())}))
    message = (
        "Judged by ranks among placebos: an indication with %(treated)d treated units, and no "
        "p-value below %(p_floor).3f."
    )
    evidence = {"treated": treated, "p_floor": p_floor}
    flags.append(Flag("few-treated", "warn" if treated < 6 else "info", message, evidence))
    return tuple(flags)
