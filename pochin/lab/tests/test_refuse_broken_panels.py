"""Whatever table and schedule come in, a number comes out or one sentence why not."""

import numpy as np
import pytest

from pochin.lab.assignment import Assignment
from pochin.lab.estimate.did import DifferenceInDifferences
from pochin.lab.estimate.its import InterruptedSeries
from pochin.lab.estimate.sdid import SyntheticDifferences
from pochin.lab.estimate.staggered import GroupTime
from pochin.lab.estimate.sw import MixedModel
from pochin.lab.estimate.switchback import BlockPairs
from pochin.lab.estimate.synth import SyntheticControl
from pochin.lab.estimate.vertical import VerticalComparison
from pochin.lab.moments import MomentTable
from pochin.lab.result import LabError

WITHOUT_A_LOT = (SyntheticControl, InterruptedSeries)


def methods(rng):
    return (
        MixedModel(),
        MixedModel(estimand="constant", wash_in=int(rng.integers(3))),
        VerticalComparison(wash_in=int(rng.integers(2)), draws=99),
        DifferenceInDifferences(by_size=bool(rng.integers(2)), draws=99),
        DifferenceInDifferences(inference="t", wash_in=1),
        GroupTime(average=rng.choice(["simple", "dynamic", "group", "calendar"])),
        GroupTime(control="not-yet", anticipation=1),
        SyntheticControl(),
        SyntheticDifferences(draws=9),
        InterruptedSeries(season=rng.choice([None, 7])),
        InterruptedSeries(kind="rate"),
        InterruptedSeries(kind="log-rate", slope_change=True, order=2),
        BlockPairs(int(rng.integers(1, 4))),
    )


def schedule(rng, units, periods):
    """Starts at random, a common start, one treated unit, blocks, or nonsense."""
    time = np.arange(periods)
    kind = rng.integers(5)
    if kind == 0:
        return (time >= rng.integers(0, periods + 2, units)[:, None]).astype(int)
    if kind == 1:
        treated = np.arange(units) < rng.integers(0, units + 1)
        return (treated[:, None] & (time >= rng.integers(0, periods + 1))).astype(int)
    if kind == 2:
        return ((np.arange(units) == 0)[:, None] & (time >= periods // 2)).astype(int)
    if kind == 3:
        return np.repeat(rng.integers(0, 2, (units, periods)), 2, axis=1)[:, :periods]
    return rng.integers(-1, 2, (units, periods))


def outcomes(rng, units, periods):
    """Noise of any scale, ties, constants, and gaps of any density."""
    Y = rng.normal(size=(units, periods)) * rng.choice([1e-9, 1, 1e9]) + rng.choice([0, 1e6])
    if rng.random() < 0.2:
        Y = np.round(Y)
    if rng.random() < 0.15:
        Y[:] = rng.choice([0.0, 3.0])
    if rng.random() < 0.4:
        Y[rng.random(Y.shape) < rng.choice([0.02, 0.3, 0.8])] = np.nan
    return Y


def pilot(rng):
    units, periods = rng.integers(1, 12), rng.integers(1, 30)
    Y = outcomes(rng, units, periods)
    lot = Assignment(
        schedule(rng, units, periods),
        range(units),
        range(periods),
        randomized=bool(rng.integers(2)),
    )
    seen = ~np.isnan(Y)
    unit, period = np.indices(Y.shape)
    n = rng.choice([1, 2, 50], size=Y.shape)
    m2 = np.where(n > 1, rng.choice([0, 1]) * rng.random(Y.shape) * n, 0)
    zero = 0 * m2[seen]
    flat = [unit[seen], period[seen], ["m"] * int(seen.sum()), n[seen], Y[seen], m2[seen]]
    return MomentTable(*flat, den_mean=zero + 5, den_m2=zero, den_co=zero), lot


def answer(method, table, lot, rng):
    """What the method says: a result, or the sentence it refuses with."""
    more = {} if isinstance(method, WITHOUT_A_LOT) else {"rng": rng}
    try:
        return method.fit(table, lot, **more), ""
    except LabError as reason:
        return None, str(reason)


@pytest.mark.parametrize("seed", range(40))
def test_a_number_or_a_sentence(seed):
    rng = np.random.default_rng([17, seed])
    table, lot = pilot(rng)

    for method in methods(rng):
        fit, sentence = answer(method, table, lot, rng)

        if fit is None:
            assert sentence.endswith(".")
            assert "\n" not in sentence
        elif fit.blocked:
            assert fit.estimate is None
            assert fit.summary().startswith(f"{fit.method}: withheld")
        else:
            assert np.isfinite(fit.estimate)
            assert fit.p_floor <= fit.p_value <= 1
            assert fit.to_dict()["estimate"] == fit.estimate
