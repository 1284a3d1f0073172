"""Published figures of power calculations."""

from __future__ import annotations

import numpy as np

from pochin.lab.power import (
    Components,
    design_effect,
    gls_variance,
    hussey_hughes_variance,
    nct_power,
    solve,
)
from pochin.lab.tests.figures import figure, figures
from pochin.lab.unequal_arms import welch_power


def _crt(n: float, f: float) -> float:
    """Power of a trial with ten clusters of n, effect f standard deviations, ICC .1."""
    return float(nct_power(f * np.sqrt(10 * n / (4 * design_effect(0.1, n))), 8))


SIZES = range(20, 101, 10)
figures(
    "WebPower crt2arm",
    "cluster trial, f=.6 J=10 icc=.1",
    [f"power, n={n}" for n in SIZES],
    ".5901684 .6365313 .6620030 .6780525 .6890755 .6971076 .7032181 .7080217 .7118967",
    lambda: [_crt(n, 0.6) for n in SIZES],
)
figure(
    "WebPower crt2arm",
    "cluster trial, f=.8 J=10 icc=.1",
    "n for power .8",
    "16.02558",
    lambda: solve(lambda n: _crt(n, 0.8), 0.8, 2, 1000),
)
figure(
    "Cohen 1988",
    "two-sample t test, d=.5",
    "n in each arm for power .8",
    "63.77",
    lambda: solve(lambda n: nct_power(0.5 * np.sqrt(n / 2), 2 * n - 2), 0.8, 2, 1e6),
)


figures(
    "SAS/STAT User's Guide, Power and Sample Size Application",
    "Satterthwaite's t test, means 132 and 120, standard deviations 12 and 15, 25 each, one-sided",
    ["power", "error of the first kind"],
    "0.924 0.0499",
    lambda: [
        float(welch_power(effect, (25, 25), sds=(12.0, 15.0), alternative="greater"))
        for effect in (12 / np.sqrt((12**2 + 15**2) / 25), 0.0)
    ],
)


def wedge(*counts: int, extra: int = 0) -> np.ndarray:
    """A complete stepped wedge with these many units in each sequence, shape (I, T)."""
    periods = len(counts) + 1 + extra
    rows = [[int(t > s) for t in range(periods)] for s in range(len(counts))]
    return np.repeat(rows, counts, axis=0)


def _z_power(effect: float, variance: float) -> float:
    return float(nct_power(effect / np.sqrt(variance), np.inf))


BINARY = 0.0425 * (1 - 0.0425)
FOUR = wedge(6, 6, 6, 6)
LASTING = Components(BINARY, 0.01**2)
SLOPED = Components(BINARY, 0.01**2, effect=0.0045**2)
TIED = Components(BINARY, 0.01**2, effect=0.0045**2, correlation=0.4)

figures(
    "swCRTdesign swPwr",
    "stepped wedge by GLS, examples 1–4 and 8",
    [
        "power, random intercepts",
        "power, three periods more",
        "power, random effects of treatment",
        "power, correlated with intercepts",
        "power, icc .02 cac .125",
    ],
    ".7861896 .8171283 .7724894 .7651551 .9171886",
    lambda: [
        _z_power(0.015, gls_variance(FOUR, 120, LASTING)),
        _z_power(0.015, gls_variance(wedge(6, 6, 6, 6, extra=3), 120, LASTING)),
        _z_power(0.015, gls_variance(FOUR, 120, SLOPED)),
        _z_power(0.015, gls_variance(FOUR, 120, TIED)),
        _z_power(0.015, gls_variance(FOUR, 120, Components.of(0.1 / 0.98**0.5, 0.02, 0.125))),
    ],
)
figure(
    "Hussey & Hughes 2007",
    "closed form, swPwr example 1",
    "power",
    ".7861896",
    lambda: _z_power(0.015, hussey_hughes_variance(FOUR, 120, LASTING)),
)


def _cohort(kept: float) -> Components:
    return Components(0.041 * 0.959, 0.025**2, 0.01**2, subject=0.1**2, kept=kept)


figures(
    "SteppedPower vignette",
    "Kasza 2020, loosely Hussey & Hughes",
    ["power, closed cohort", "power, cross-sectional", "power, open cohort"],
    ".7145816 .6451082 .6778561",
    lambda: [_z_power(0.018, gls_variance(FOUR, 100, _cohort(kept))) for kept in (1, 0, 0.5)],
)
PARALLEL = np.repeat([[0] * 5, [1] * 5], 10, axis=0)
figures(
    "SteppedPower vignette",
    "longitudinal parallel, 10 and 10 units, 5 periods",
    ["power, no level of units", "power, levels .2"],
    ".7054 .4616",
    lambda: [
        _z_power(0.25, gls_variance(PARALLEL, 1, Components(0.25))),
        _z_power(0.25, gls_variance(PARALLEL, 1, Components(0.25, 0.04))),
    ],
)
figure(
    "SteppedPower vignette",
    "stepped wedge 3, 3, 3 with 50 readings a cell",
    "power",
    ".8074",
    lambda: _z_power(0.2, gls_variance(wedge(3, 3, 3), 50, Components(1.0))),
)
