"""The registered analyses of observed designs, over many simulated pilots at once."""

from __future__ import annotations

import math
from functools import cache

import numpy as np

from pochin.lab.assignment import count_arrangements, draw_arrangements, enumerate_arrangements
from pochin.lab.estimate.autoregressive import gls_ar_at
from pochin.lab.estimate.its import NEAR_ONE
from pochin.lab.estimate.synth import MISFIT
from pochin.lab.estimate.twin import in_turn
from pochin.lab.inference.placebo import TIE
from pochin.lab.simulate import Estimates

MOST = 500
"""Placebos that are compared in each simulated pilot; more are drawn from at random."""
GRID = np.linspace(-0.96, 0.96, 97)
"""Autocorrelations among which the likelihood chooses."""


def ranked(change: np.ndarray, arms: np.ndarray, rng: np.random.Generator) -> Estimates:
    """Changes of few treated units, ranked among every other choice of as many.

    Args:
        change: After less before, shape (R, I), in the unit of the metric.
        arms: 1 treated, 0 not, shape (I,).
        rng: For the choices, where there are more than `MOST`.

    Source:
        MacKinnon, J. G. & Webb, M. D. (2020). Journal of Econometrics 218, 435–450.
    """
    on, blocks = np.asarray(arms, np.int8), np.zeros(len(arms), int)
    few = count_arrangements(on, blocks) <= MOST
    rows = enumerate_arrangements(on, blocks) if few else draw_arrangements(on, blocks, MOST, rng)
    rows = rows[(rows != on).any(axis=1)]
    inside = int(on.sum())
    weights = rows / inside - (1 - rows) / (len(on) - inside)
    real = on / inside - (1 - on) / (len(on) - inside)
    estimate, placebos, share = change @ real, change @ weights.T, weights @ on
    p_value = _rank(np.abs(estimate), np.abs(placebos))
    # The placebo is as extreme as the effect less θ for θ between these two.
    with np.errstate(divide="ignore", invalid="ignore"):
        ends = np.stack([
            (estimate[:, None] - placebos) / (1 - share),
            (estimate[:, None] + placebos) / (1 + share),
        ])  # fmt: skip
    mirrored = np.abs(1 + share) < TIE  # The mirror image is as extreme for every θ.
    low = np.where(mirrored, -math.inf, ends.min(axis=0))
    high = np.where(mirrored, math.inf, ends.max(axis=0))
    return _by_placebos(estimate, p_value, low, high)


def twins(Y: np.ndarray, start: int) -> Estimates:
    """The first unit of each pilot against its twin, with every other unit as a placebo.

    Pilots whose twin does not follow the unit are left out, as the product withholds them.

    Args:
        Y: Shape (R, J + 1, T), in the unit of the metric.
        start: Position of the first period with the solution.

    Source:
        Firpo, S. & Possebom, V. (2018). Journal of Causal Inference 6, 20160026.
    """
    found = [_twin(one, start) for one in Y]
    kept = [one for one in found if one[2]] or found
    effects, misfits = (np.array([one[k] for one in kept]) for k in (0, 1))
    misfits = np.maximum(misfits, 1e-9 * np.maximum(misfits.max(axis=1, keepdims=True), 1e-300))
    ratio = np.abs(effects) / misfits
    half = misfits[:, :1] * ratio[:, 1:]
    estimate = effects[:, 0]
    p_value = _rank(ratio[:, 0], ratio[:, 1:])
    return _by_placebos(estimate, p_value, estimate[:, None] - half, estimate[:, None] + half)


def _twin(Y: np.ndarray, start: int) -> tuple[np.ndarray, np.ndarray, bool]:
    fits = in_turn(Y, start)
    spread = float(np.sqrt(Y[:, :start].var(axis=0, ddof=1).mean()))
    effects = np.array([fit.effect for fit in fits])
    misfits = np.array([fit.misfit for fit in fits])
    return effects, misfits, bool(misfits[0] <= MISFIT * spread)


def _rank(real: np.ndarray, placebos: np.ndarray) -> np.ndarray:
    slack = TIE * np.maximum(placebos.max(axis=1), 1e-300)
    above = (placebos >= (real - slack)[:, None]).sum(axis=1)
    return (1 + above) / (1 + placebos.shape[1])


def _by_placebos(
    estimate: np.ndarray, p_value: np.ndarray, low: np.ndarray, high: np.ndarray
) -> Estimates:
    """Bounds are the effects that a rank test does not reject; shapes (R, K) of the ends."""
    low, high = np.sort(low, axis=1), np.sort(high, axis=1)[:, ::-1]

    def bound(probability: float) -> np.ndarray:
        beyond = 2 * min(probability, 1 - probability)
        spare = math.floor(beyond * (low.shape[1] + 1) + TIE)
        if spare < 1:
            return np.full(len(estimate), math.copysign(math.inf, probability - 0.5))
        ends = low if probability < 0.5 else high
        return ends[:, spare - 1] if spare <= ends.shape[1] else estimate

    nothing = np.full(len(estimate), math.nan)
    return Estimates(estimate, nothing, nothing, p_value, bound)


def stepped(values: np.ndarray, X: np.ndarray, which: int = 1) -> Estimates:
    """A step in autocorrelated series, the correlation estimated, with Kenward & Roger's t.

    Of series whose correlation comes out beyond what can be judged nothing is told (NaN).

    Args:
        values: Shape (R, T), in the unit of the metric.
        X: Shape (T, p), of full rank.
        which: The coefficient wanted.

    Source:
        Cheang, W.-K. & Reinsel, G. C. (2000). JASA 95, 1173–1184.
    """
    size, p = X.shape
    deviance = np.empty((len(values), len(GRID)))
    beta, spread = np.empty_like(deviance), np.empty_like(deviance)
    for k, phi in enumerate(GRID.tolist()):
        root = _whiten(X, phi)
        y = _whiten(values.T, phi)
        Q, upper = np.linalg.qr(root)
        inner = Q.T @ y
        left = (y**2).sum(axis=0) - (inner**2).sum(axis=0)
        beta[:, k] = np.linalg.solve(upper, inner)[which]
        spread[:, k] = left / ((1 - phi**2) * (size - p))
        log_gram = 2 * np.log(np.abs(np.diag(upper))).sum()
        deviance[:, k] = (size - p) * np.log(left) - math.log1p(-(phi**2)) + log_gram
    best = deviance.argmin(axis=1)
    kept = np.abs(GRID[best]) < NEAR_ONE
    best, rows = best[kept], np.flatnonzero(kept)
    if not len(rows):
        nothing = np.full(len(values), math.nan)
        return Estimates(nothing, nothing, nothing)

    @cache
    def told(k: int) -> tuple[float, float]:
        fit = gls_ar_at(values[0], X, np.array([GRID[k]]))
        one = fit.contrast(np.eye(p)[which])
        return one.std_error**2 / fit.variance, one.df

    share, df = np.array([told(int(k)) for k in best]).T
    whole = np.full((3, len(values)), math.nan)
    whole[:, rows] = beta[rows, best], np.sqrt(share * spread[rows, best]), df
    return Estimates(*whole)


def _whiten(columns: np.ndarray, phi: float) -> np.ndarray:
    white = columns.copy()
    white[1:] -= phi * columns[:-1]
    white[0] *= math.sqrt(1 - phi**2)
    return white
