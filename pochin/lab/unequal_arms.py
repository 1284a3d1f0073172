"""Arms of unequal size: the power and the error of Welch's test, reckoned exactly."""

from __future__ import annotations

from typing import Any

import numpy as np
from scipy import special

from pochin.lab.flags import flag
from pochin.lab.power import nct_power
from pochin.lab.result import Alternative, Flag

RATIOS = (1 / 3, 1 / 2, 1.0, 2.0, 3.0)
"""Between what and what one arm may spread beside the other when the worst is looked for."""

NODES = 48
"""Points at which the share of an arm in the spread is taken; power is then right to 1e-5."""


def shared_df(sizes: tuple[int, int], *, spent: int = 0) -> float:
    """Satterthwaite's degrees of freedom of two arms that spread alike.

    Args:
        sizes: Units of the two arms, at least two each.
        spent: Degrees of freedom that strata and what was known before take, of each arm its part.

    Source:
        Bell, R. M. & McCaffrey, D. F. (2002). Survey Methodology 28, 169–181.

    Example:
        >>> round(shared_df((9, 3)), 3), shared_df((6, 6))
        (3.459, 10.0)
    """
    counts = np.asarray(sizes, float)
    means = 1 / counts
    return float(means.sum() ** 2 / (means**2 / _free(counts, spent)).sum())


def _free(counts: np.ndarray, spent: int) -> np.ndarray:
    """Degrees of freedom left in each arm, shape (2,)."""
    return (counts - 1) * (1 - spent / (counts.sum() - 2))


def welch_power(
    noncentrality: Any,
    sizes: tuple[int, int],
    *,
    sds: tuple[float, float] = (1.0, 1.0),
    spent: int = 0,
    guessed: bool = True,
    alpha: float = 0.05,
    alternative: Alternative = "two-sided",
) -> Any:
    """Probability that Welch's test rejects, both tails counted; exact for normal values.

    Given which share of the spread seen lies in one arm, the statistic is a noncentral t with the
    pooled degrees of freedom, times a number, and its own limit is known. What is left is the mean
    over that share, which has a beta distribution.

    Args:
        noncentrality: Effect over its standard error, any shape.
        sizes: Units of the two arms, at least two each.
        sds: Standard deviation in each arm; only their ratio matters.
        spent: Degrees of freedom that strata and what was known before take.
        guessed: Whether the degrees of freedom come from the variances seen (Welch) or are those
            of equal ones (Bell & McCaffrey, where something adjusts).
        alpha: Level of the test.
        alternative: "two-sided", "greater" or "less".

    Source:
        Moser, B. K., Stevens, G. R. & Watts, C. L. (1989). The two-sample t test versus
        Satterthwaite's approximate F test. Communications in Statistics – Theory and Methods 18,
        3963–3975.

    Example:
        >>> print(round(float(welch_power(2.5, (9, 3))), 3))
        0.474
    """
    counts, variances = np.asarray(sizes, float), np.square(np.asarray(sds, float))
    means = variances / counts
    nodes, weights = np.polynomial.legendre.leggauss(NODES)
    pooled = counts.sum() - 2 - spent
    free = _free(counts, spent)
    share = special.betaincinv(*free / 2, (1 + nodes) / 2)
    seen = np.stack([share, 1 - share]) * (means / free)[:, None]
    larger = np.sqrt(seen.sum(axis=0) * pooled / means.sum())
    df: Any = shared_df(sizes, spent=spent)
    if guessed:
        df = seen.sum(axis=0) ** 2 / (seen**2 / free[:, None]).sum(axis=0)
    tail = alpha / 2 if alternative == "two-sided" else alpha
    # The limit of each share as the level of a t test with the pooled degrees of freedom.
    level = special.stdtr(pooled, special.stdtrit(np.maximum(df, 1.0), tail) * larger)
    level = np.maximum(level * (2 if alternative == "two-sided" else 1), 1e-300)
    delta = np.asarray(noncentrality, float)
    found = [
        weight / 2 * nct_power(delta, pooled, alpha=float(one), alternative=alternative)
        for weight, one in zip(weights, level, strict=True)
    ]
    return np.sum(found, axis=0)[()]


def worst_error(sizes: tuple[int, int], *, alpha: float = 0.05) -> float:
    """How often Welch's test takes chance for an effect, at the worst ratio of spreads.

    Args:
        sizes: Units of the two arms.
        alpha: What the test promises.

    Example:
        >>> round(worst_error((10, 2)), 3), round(worst_error((9, 5)), 3)
        (0.118, 0.055)
    """
    if min(sizes) < 2:
        return 1.0
    return max(float(welch_power(0.0, sizes, sds=(ratio, 1.0), alpha=alpha)) for ratio in RATIOS)


def small_arm(control: int, treatment: int, *, alpha: float = 0.05) -> list[Flag]:
    """Warn where so few units are in an arm that Welch's test finds too much.

    Args:
        control, treatment: Units of the arms; equal ones are not Welch's.
        alpha: What the test promises; two fifths more are borne, as in its simulations.
    """
    if control == treatment:
        return []
    worst = worst_error((control, treatment), alpha=alpha)
    if worst <= 1.4 * alpha:
        return []
    few, of, usual = min(control, treatment), round(100 * worst), round(100 * alpha)
    return [flag("small-arm", units=few, worst=of, usual=usual)]
