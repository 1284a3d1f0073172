"""Published figures of sequential methods."""

from __future__ import annotations

import numpy as np

from pochin.lab.sequential import boundaries as gs
from pochin.lab.sequential import confseq
from pochin.lab.sequential.spending import Spending
from pochin.lab.tests.figures import figure, figures
from pochin.lab.tests.published import columns

JT = "Jennison & Turnbull 2000"
LOOKS = (2, 3, 4, 5, 10)

figures(
    JT,
    "Pocock boundary, two-sided 5 %",
    [f"constant, {k} looks" for k in LOOKS],
    "2.178 2.289 2.361 2.413 2.555",
    lambda: [gs.pocock(k).upper[0] for k in LOOKS],
)
figures(
    JT,
    "O'Brien–Fleming boundary, two-sided 5 %",
    [f"last look of {k}" for k in LOOKS],
    "1.977 2.004 2.024 2.040 2.087",
    lambda: [gs.obrien_fleming(k).upper[-1] for k in LOOKS],
)
figures(
    "Deming conference tutorial",
    "looking at 1.96 without correction, one-sided",
    [f"type I error, {k} looks" for k in (2, 4, 10, 20)],
    "0.042 0.063 0.097 0.124",
    lambda: [gs.crossing_probabilities(k, 1.959964, -np.inf).total for k in (2, 4, 10, 20)],
)


def _percent(boundaries: gs.Boundaries, power: float) -> float:
    return 100 * gs.inflation_factor(boundaries, power=power)


# The list in the literature gives the factors alone; these are the designs that have them.
for quantity, published, design, power in (
    ("O'Brien–Fleming, 5 looks, power .8", "102.8", lambda: gs.obrien_fleming(5), 0.8),
    ("O'Brien–Fleming, 20 looks, power .9", "104.5", lambda: gs.obrien_fleming(20), 0.9),
    ("Pocock, 4 looks, power .8", "120.2", lambda: gs.pocock(4), 0.8),
    ("Pocock, 15 looks, power .9", "130.5", lambda: gs.pocock(15), 0.9),
    ("Wang–Tsiatis .4, 4 looks, power .9", "111.7", lambda: gs.wang_tsiatis(4, delta=0.4), 0.9),
    ("Wang–Tsiatis .25, 7 looks, power .8", "108.1", lambda: gs.wang_tsiatis(7, delta=0.25), 0.8),
    ("Haybittle–Peto, 4 looks, power .9", "101.0", lambda: gs.haybittle_peto(4), 0.9),
):
    figure(
        JT,
        "inflation factor, two-sided 5 %",
        quantity + ", per cent",
        published,
        lambda design=design, power=power: _percent(design(), power),
    )


def _hsd() -> gs.Boundaries:
    return gs.spending_boundaries(5, Spending("hwang-shih-decani", -4), alpha=0.025, sides=1)


def _hsd_power() -> list[float]:
    plan = _hsd()
    drift = gs.drift_for_power(plan.information, plan.upper, plan.lower, 0.9)
    crossed = gs.crossing_probabilities(plan.information, plan.upper, plan.lower, drift=drift)
    return np.cumsum(crossed.upper).tolist()


FIVE = [f"look {k}" for k in range(1, 6)]
figures(
    "gsDesign",
    "Hwang–Shih–DeCani −4, one-sided 2.5 %",
    [f"boundary, {look}" for look in FIVE],
    "3.2527 2.9860 2.6917 2.3737 2.0253",
    lambda: _hsd().upper.tolist(),
)
figures(
    "gsDesign",
    "Hwang–Shih–DeCani −4, power .9",
    [f"crossed by {look}" for look in FIVE],
    "0.0370 0.1883 0.4530 0.7229 0.9",
    _hsd_power,
)
figures(
    "Lan & DeMets 1983",
    "O'Brien–Fleming spending, two-sided 5 %",
    [f"boundary, {look}" for look in FIVE],
    "4.877 3.357 2.680 2.290 2.031",
    lambda: gs.spending_boundaries(5, Spending()).upper.tolist(),
)

HOWARD = "Howard et al. 2021"
at_hundred = {"alpha": 0.05}
figure(
    HOWARD,
    "normal mixture",
    "boundary at V=100",
    "30.35209",
    lambda: confseq.NormalMixture(100).bound(100),
)
figure(
    HOWARD,
    "normal mixture, one-sided",
    "boundary at V=100",
    "27.66071",
    lambda: confseq.NormalMixture(100, sides=1).bound(100),
)
figure(
    HOWARD,
    "gamma-exponential mixture, c=2",
    "boundary at V=100",
    "33.02017",
    lambda: confseq.GammaExponentialMixture(100, 2).bound(100),
)
figure(
    HOWARD,
    "beta-binomial mixture, g=.2 h=.8",
    "boundary at V=100",
    "31.4308",
    lambda: confseq.BetaBinomialMixture(100, 0.2, 0.8).bound(100),
)
figure(
    HOWARD,
    "beta-binomial mixture, one-sided",
    "boundary at V=100",
    "28.41238",
    lambda: confseq.BetaBinomialMixture(100, 0.2, 0.8, sides=1).bound(100),
)
figure(
    HOWARD,
    "stitched boundary, c=3",
    "boundary at V=100",
    "64.48755",
    lambda: confseq.stitched_bound(100, v_min=10, c=3),
)
figure(
    HOWARD,
    "stitched boundary, c=−1",
    "boundary at V=100",
    "28.99389",
    lambda: confseq.stitched_bound(100, v_min=10, c=-1),
)
figures(
    HOWARD,
    "Bernoulli interval, 700 of 1000",
    ["lower end", "upper end"],
    "0.651629 0.745949",
    lambda: list(confseq.bernoulli_interval(700, 1000)),
    within=1e-6,
)


def demo_path() -> tuple[confseq.ConfidenceSequence, dict[str, np.ndarray]]:
    """The sequence for the average effect, and the published path beside it."""
    data = columns("confseq_ate/ate_data.csv")
    path = confseq.average_treatment_effect(
        data["y"], data["treatment"], propensity=0.5, low=0, high=1, noise=0.16, t_opt=50
    )
    return path, data


def _farthest() -> float:
    path, data = demo_path()
    gaps = (
        path.low - data["lower_confidence_bound"],
        path.high - data["upper_confidence_bound"],
        path.p_value - data["p_value"],
    )
    return float(max(np.abs(gap).max() for gap in gaps))


figure(
    "confseq_ate",
    "confidence sequence for the average effect",
    "largest distance to the published path of 1000 intervals",
    "0",
    _farthest,
    within=1e-12,
)


def relative_lift(control: tuple[float, float, int], treated: tuple[float, float, int]):
    """Relative difference of means and its delta-method standard error, from (mean, var, n)."""
    (m0, v0, n0), (m1, v1, n1) = control, treated
    return m1 / m0 - 1, np.sqrt(v1 / n1 / m0**2 + m1**2 * v0 / n0 / m0**4)


def _from_sums(total: float, squares: float, n: int) -> tuple[float, float, int]:
    return total / n, (squares - total**2 / n) / (n - 1), n


def _lift_interval(control, treated, n_opt: float) -> list[float]:
    lift, error = relative_lift(control, treated)
    path = confseq.asymptotic(lift, error, control[2] + treated[2], n_opt=n_opt)
    return [path.low[0], path.high[0]]


figures(
    "GrowthBook",
    "asymptotic confidence sequence, means",
    ["lower end", "upper end"],
    "-0.55844 1.56516",
    lambda: _lift_interval(
        _from_sums(1396.87, 52377.9767, 3000), _from_sums(2422.7, 134698.29, 3461), 1000
    ),
)
figures(
    "GrowthBook",
    "asymptotic confidence sequence, proportions",
    ["lower end", "upper end"],
    "0.40098 0.60675",
    lambda: _lift_interval(
        (1396 / 3000, 1396 / 3000 * (1 - 1396 / 3000), 3000),
        (2422 / 3461, 2422 / 3461 * (1 - 2422 / 3461), 3461),
        5000,
    ),
)
