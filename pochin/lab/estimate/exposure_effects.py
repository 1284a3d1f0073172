"""How the time with the solution enters the model of a wedge, and the curve that comes of it."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from pochin.lab.estimate.lmm import Contrast, JointTest


@dataclass(frozen=True, eq=False)
class ExposureCurve:
    """Effects by number of periods since the solution came.

    Attributes:
        exposure: 1, 2, …, shape (E,).
        effects: One contrast for each, shape (E,), in the unit of the outcome.
        robust: The same with errors that hold however the levels of units drift.
        average: Their registered average.
        constancy: Test that all but the wash-in are equal; None where there is only one.
    """

    exposure: np.ndarray
    effects: tuple[Contrast, ...]
    robust: tuple[Contrast, ...]
    average: Contrast
    constancy: JointTest | None

    def rows(self, *, by_model: bool = False) -> tuple[dict[str, float], ...]:
        """One mapping for each exposure, for tables and pictures."""
        told = self.effects if by_model else self.robust
        return tuple(
            {
                "exposure": int(e),
                "estimate": one.estimate,
                "std_error": one.std_error,
                "df": one.df,
            }
            for e, one in zip(self.exposure, told, strict=True)
        )


@dataclass(frozen=True, eq=False)
class ExposureEffects:
    """How exposure time enters the model, and which combination is the estimand.

    Attributes:
        own: Exposures with a coefficient of their own.
        after: Exposures above this share one coefficient, the first; None for no such.
        pick: The estimand as weights of the coefficients, shape (q,).
    """

    own: np.ndarray
    after: int | None
    pick: np.ndarray

    def columns(self, since: np.ndarray) -> np.ndarray:
        """Indicators of shape (…, q)."""
        each = since[..., None] == self.own
        if self.after is None:
            return each.astype(float)
        shared = (since > self.after)[..., None]
        return np.concatenate([shared, each], axis=-1).astype(float)


def constant_effect(exposures: np.ndarray, wash_in: int) -> ExposureEffects:
    own = exposures[exposures <= wash_in]
    return ExposureEffects(own, wash_in, np.eye(len(own) + 1)[0])


def averaged_effects(exposures: np.ndarray, wanted: np.ndarray) -> ExposureEffects:
    return ExposureEffects(exposures, None, np.isin(exposures, wanted) / len(wanted))
