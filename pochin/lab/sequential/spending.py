"""Error spending: how much of the error rate may be used up by a share of the information."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np
from scipy import special

Shape = Callable[[np.ndarray, float, float], np.ndarray]


def _obrien_fleming(t: np.ndarray, alpha: float, _: float) -> np.ndarray:
    with np.errstate(divide="ignore"):
        return 2 * special.ndtr(special.ndtri(alpha / 2) / np.sqrt(t))


def _pocock(t: np.ndarray, alpha: float, _: float) -> np.ndarray:
    return alpha * np.log1p((np.e - 1) * t)


def _hwang_shih_decani(t: np.ndarray, alpha: float, gamma: float) -> np.ndarray:
    if gamma == 0:
        return alpha * t
    return alpha * np.expm1(-gamma * t) / np.expm1(-gamma)


def _power(t: np.ndarray, alpha: float, rho: float) -> np.ndarray:
    return alpha * t**rho


FAMILIES: Mapping[str, Shape] = {
    "obrien-fleming": _obrien_fleming,
    "pocock": _pocock,
    "hwang-shih-decani": _hwang_shih_decani,
    "power": _power,
}


@dataclass(frozen=True)
class Spending:
    """A spending function: cumulative error allowed at a share of the information.

    Attributes:
        family: "obrien-fleming" and "pocock" (Lan–DeMets approximations of these tests),
            "hwang-shih-decani" or "power".
        parameter: γ of Hwang–Shih–DeCani (negative spends late), ρ > 0 of the power family;
            not used by the other two.

    Raises:
        ValueError: The family is unknown, or ρ is not positive.

    Source:
        Lan, K. K. G. & DeMets, D. L. (1983). Biometrika 70, 659–663.
        Hwang, I. K., Shih, W. J. & De Cani, J. S. (1990). Statistics in Medicine 9, 1439–1445.
        Kim, K. & DeMets, D. L. (1987). Biometrika 74, 149–154 (power family).

    Example:
        >>> Spending("power", 2)([0.5, 1.0], alpha=0.04)
        array([0.01, 0.04])
    """

    family: str = "obrien-fleming"
    parameter: float = 1.0

    def __post_init__(self) -> None:
        if self.family not in FAMILIES:
            known = ", ".join(FAMILIES)
            raise ValueError(f"family is {self.family!r}, but it must be one of {known}")
        if self.family == "power" and not self.parameter > 0:
            raise ValueError(f"parameter is {self.parameter}, but the power must be positive")

    def __call__(self, information: Any, *, alpha: float) -> np.ndarray:
        """Cumulative error at shares of the information, shape of `information`.

        Shares above 1 spend what 1 spends: an overrun does not earn more error.
        """
        if not 0 < alpha < 1:
            raise ValueError(f"alpha is {alpha}, but it must lie between 0 and 1")
        t = np.asarray(information, float)
        if (t < 0).any() or np.isnan(t).any():
            raise ValueError("information holds a negative share, but shares start at 0")
        return FAMILIES[self.family](np.minimum(t, 1.0), alpha, self.parameter)

    def to_dict(self) -> dict[str, Any]:
        return {"family": self.family, "parameter": self.parameter}
