"""Several primary metrics of made-up pilots read together, by the rule that shares the error."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from pochin.lab.result import Alternative
from pochin.lab.simulate import Estimates


@dataclass(frozen=True)
class Seen:
    """How often the test tells effects from none.

    Attributes:
        each: Of each primary metric, the first of the plan first, as the others let it.
        any: Of at least one.
        all: Of every one.
        any_range, all_range: The least and the most of it, whatever ties the metrics; the shares
            themselves suppose that nothing does.
    """

    each: tuple[float, ...]
    any: float
    all: float
    any_range: tuple[float, float]
    all_range: tuple[float, float]


def holm_rejects(p_values: np.ndarray, alpha: float, count: int | None = None) -> np.ndarray:
    """Which hypotheses Holm's procedure rejects in each pilot, shape (m, R).

    Args:
        p_values: Shape (m, R).
        alpha: Error of the whole family.
        count: Size of the family where it is larger than m: of the others nothing is known.

    Source:
        Holm, S. (1979). Scandinavian Journal of Statistics 6, 65–70.

    Example:
        >>> holm_rejects(np.array([[0.01], [0.04], [0.03]]), 0.05)[:, 0].tolist()
        [True, False, False]
    """
    size = count or len(p_values)
    order = p_values.argsort(axis=0, kind="stable")
    steps = np.take_along_axis(p_values, order, axis=0)
    steps = steps * (size - np.arange(len(p_values)))[:, None]
    passed = np.maximum.accumulate(steps, axis=0) <= alpha
    rejects = np.empty_like(passed)
    np.put_along_axis(rejects, order, passed, axis=0)
    return rejects


def seen_at_once(
    found: Sequence[Estimates], count: int, *, alpha: float, alternative: Alternative, runs: int
) -> tuple[np.ndarray, Seen]:
    """Which primary metrics are seen by Holm's procedure at the end, shape (m, R), and how often.

    Args:
        found: Of each metric; drawn independently, so that pilots of unequal number may be matched.
        count: How many metrics share the error.
        alpha: Error of the family.
        alternative: Of the plan.
        runs: Pilots.
    """
    p_values = np.stack([np.resize(one.p_values(alternative), runs) for one in found])
    p_values = np.where(np.isfinite(p_values), p_values, 1.0)
    sure = (p_values <= alpha / count).mean(axis=1)  # Seen whatever the others do.
    alone = (p_values <= alpha).mean(axis=1)  # At best, when all others are seen.
    return _told(holm_rejects(p_values, alpha, count), sure, alone, count)


def seen_at_looks(crossed: np.ndarray, alone: np.ndarray, count: int) -> tuple[np.ndarray, Seen]:
    """The same where each metric is watched at its share of the error, and the first ends all.

    Args:
        crossed: Whether each metric was beyond its boundary at the look that ended the pilot,
            shape (m, R).
        alone: Whether it is at any look, the others aside, shape (m, R).
        count: How many metrics share the error.
    """
    shares = alone.mean(axis=1)
    told = _told(crossed, shares, shares, count)
    # A metric that would have been seen later is not, once another one has ended the pilot.
    ends = (0.0, told[1].all_range[1])
    return told[0], Seen(told[1].each, told[1].any, told[1].all, told[1].any_range, ends)


def _told(
    seen: np.ndarray, sure: np.ndarray, alone: np.ndarray, count: int
) -> tuple[np.ndarray, Seen]:
    """Shares with Fréchet's bounds (1935, Fundamenta Mathematicae 25) of those that hang together.

    At least one is rejected by Holm where one is by Bonferroni, so these shares bound it.
    """
    known = len(seen) == count
    least = max(0.0, float(sure.sum()) - (len(sure) - 1)) if known else 0.0
    most = float(alone.min()) if known else 0.0
    shares = tuple(float(one) for one in seen.mean(axis=1))
    return seen, Seen(
        each=shares,
        any=float(seen.any(axis=0).mean()),
        all=float(seen.all(axis=0).mean()) if known else 0.0,
        any_range=(float(sure.max()), min(1.0, float(sure.sum()))),
        all_range=(least, most),
    )
