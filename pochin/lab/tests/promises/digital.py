"""F1, F2 and G: many subjects, many looks, ratios, earlier values, shares of subjects."""

from __future__ import annotations

import math

import numpy as np
from scipy import stats

from pochin.lab.estimate.cuped import cuped_difference
from pochin.lab.estimate.mean import ArmMoments
from pochin.lab.estimate.ratio import difference_of_ratios
from pochin.lab.sample_ratio import srm_sequential, srm_test
from pochin.lab.sequential.boundaries import spending_boundaries
from pochin.lab.sequential.confseq import asymptotic_radius
from pochin.lab.sequential.spending import Spending
from pochin.lab.simulate import highest_rate
from pochin.lab.tests.promises.base import Seen, coverage, false_alarms, power, promise

LOOKS, EACH = 50, 200
CHUNK = 100


def outcomes(kind: str, size: tuple[int, ...], rng: np.random.Generator) -> np.ndarray:
    if kind == "shares of .1":
        return (rng.random(size) < 0.1).astype(float)
    return rng.lognormal(0.0, 1.5, size) if kind == "log-normal 1.5" else rng.normal(size=size)


def watched(
    kind: str, runs: int, rng: np.random.Generator, effect: float = 0.0
) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Differences, standard errors at each look, shapes (R, 50), and subjects so far, (50,)."""
    differences, errors = [], []
    n = EACH * np.arange(1, LOOKS + 1)
    for start in range(0, runs, CHUNK):
        size = min(CHUNK, runs - start)
        arms = []
        for gain in (0.0, effect):
            y = outcomes(kind, (size, LOOKS, EACH), rng) + gain
            mean = np.cumsum(y.sum(axis=2), axis=1) / n
            square = np.cumsum((y**2).sum(axis=2), axis=1) / n
            arms.append((mean, (square - mean**2) / (n - 1)))
        differences.append(arms[1][0] - arms[0][0])
        errors.append(np.sqrt(arms[0][1] + arms[1][1]))
    return np.concatenate(differences), np.concatenate(errors), 2 * n


BOUNDS = spending_boundaries(LOOKS, Spending()).upper


def _radius(errors: np.ndarray, subjects: np.ndarray) -> np.ndarray:
    """Of the sequence whose tightest point is half of what was planned."""
    return asymptotic_radius(errors, subjects, n_opt=subjects[-1] / 2)


@promise("F1", "A/B test, 50 looks at 200 subjects more in each arm", short=300)
def peeking(runs: int, rng: np.random.Generator) -> list[Seen]:
    seen = []
    for kind, told in (
        ("normal", (".308", ".045", ".0175", ".983")),
        ("shares of .1", (".330", ".050", ".015", ".985")),
        ("log-normal 1.5", (".320", ".052", ".015", ".985")),
    ):
        found, errors, subjects = watched(kind, runs, rng)
        z, radius = np.abs(found / errors), _radius(errors, subjects)
        outside = (np.abs(found) > radius).any(axis=1)
        seen += [
            false_alarms(
                f"{kind}: 1.96 at every look",
                (z > 1.96).any(axis=1),
                required=False,
                expected=told[0],
            ),
            false_alarms(f"{kind}: Lan–DeMets", (z >= BOUNDS).any(axis=1), expected=told[1]),
            Seen(
                f"{kind}: asymptotic sequence",
                "type I error",
                float(outside.mean()),
                None,
                highest_rate(0.05, runs) if runs < 2000 else 0.05,
                told[2],
            ),
            coverage(f"{kind}: asymptotic sequence, throughout", ~outside, expected=told[3]),
        ]
    return seen


@promise("F2", "the same with an effect that one look finds with .8", short=300)
def peeking_power(runs: int, rng: np.random.Generator) -> list[Seen]:
    total = LOOKS * EACH
    effect = (stats.norm.ppf(0.975) + stats.norm.ppf(0.8)) * math.sqrt(2 / total)
    found, errors, subjects = watched("normal", runs, rng, effect)
    z = found / errors
    fixed = float((np.abs(z[:, -1]) > 1.96).mean())
    looked = float((np.abs(z) >= BOUNDS).any(axis=1).mean())
    slack = 0.0 if runs >= 2000 else 3.09 * math.sqrt(0.05 / runs)
    always = float((np.abs(found) > _radius(errors, subjects)).any(axis=1).mean())
    return [
        power("one look at the end", np.abs(z[:, -1]) > 1.96, planned=0.8, expected=".783"),
        Seen("Lan–DeMets", "power", looked, fixed - 0.03 - slack, None, ".759"),
        Seen("asymptotic sequence", "power", always, None, None, ".498"),
    ]


@promise("G1", "ratios over 2,000 users", short=300)
def ratios(runs: int, rng: np.random.Generator) -> list[Seen]:
    covered, by_rows = [], []
    for _ in range(runs):
        arms, naive = [], []
        for _arm in range(2):
            visits = rng.poisson(4, 1000) + 1
            bought = rng.binomial(visits, rng.beta(2, 8, 1000)).astype(float)
            arms.append(ArmMoments.of(bought, denominator=visits.astype(float)))
            share = bought.sum() / visits.sum()
            naive.append((share, share * (1 - share) / visits.sum()))
        low, high = difference_of_ratios(*arms).conf_int()
        covered.append(low <= 0 <= high)
        half = 1.96 * math.sqrt(naive[0][1] + naive[1][1])
        by_rows.append(abs(naive[0][0] - naive[1][0]) <= half)
    share = float(np.mean(covered))
    slack = 0.01 + (0 if runs >= 2000 else 3.09 * math.sqrt(0.05 * 0.95 / runs))
    return [
        Seen("delta method", "coverage", share, 0.95 - slack, 0.95 + slack, ".950"),
        coverage("rows as if independent", by_rows, required=False, expected=".923"),
    ]


@promise("G2", "adjusting by earlier values, correlation .7", short=300)
def earlier_values(runs: int, rng: np.random.Generator) -> list[Seen]:
    covered, left = [], []
    for _ in range(runs):
        arms = []
        for _arm in range(2):
            x = rng.normal(size=500)
            y = 0.7 * x + math.sqrt(0.51) * rng.normal(size=500)
            arms.append(ArmMoments.of(y, before=x))
        fit = cuped_difference(*arms)
        low, high = fit.conf_int()
        covered.append(low <= 0 <= high)
        left.append(fit.values["variance_left"])
    share = float(np.mean(covered))
    slack = 0.01 + (0 if runs >= 2000 else 3.09 * math.sqrt(0.05 * 0.95 / runs))
    return [
        Seen("CUPED", "coverage", share, 0.95 - slack, 0.95 + slack, ".9485"),
        Seen("CUPED", "variance left", float(np.mean(left)), 0.50, 0.52, ".510"),
    ]


@promise("G3", "shares of the arms looked at on each of 30 days, 2,000 subjects a day", short=300)
def shares(runs: int, rng: np.random.Generator) -> list[Seen]:
    days = 30

    def came(share: float) -> np.ndarray:
        treated = rng.binomial(2000, share, (runs, days))
        return np.stack([2000 - treated, treated], axis=2)

    fair, skewed = came(0.5), came(0.515)
    daily = [min(srm_test(day).p_value for day in run.cumsum(axis=0)) for run in fair]
    looked = [srm_sequential(run).p_value for run in fair]
    caught = [srm_sequential(run).p_value < 0.01 for run in skewed]
    return [
        false_alarms(
            "χ² every day, p < .01", np.array(daily) < 0.01, required=False, expected=".0735"
        ),
        false_alarms(
            "χ² every day, p < .001", np.array(daily) < 0.001, required=False, expected=".0095"
        ),
        Seen(
            "sequential multinomial, .01",
            "type I error",
            float((np.array(looked) < 0.01).mean()),
            high=0.01 if runs >= 2000 else highest_rate(0.01, runs),
            expected=".003",
        ),
        power("sequential multinomial at 51.5 : 48.5", caught, expected=".95"),
    ]
