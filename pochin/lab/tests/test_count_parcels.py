"""The average over parcels counts parcels, also where a row stands for a day of a hundred."""

from __future__ import annotations

import numpy as np
import pytest

from pochin.lab.evaluate import evaluate_plan
from pochin.lab.moments import MomentTable
from pochin.lab.protocol import Protocol
from pochin.lab.tests.plans import DELAY, plan

LATE = DELAY | {"code": "late", "kind": "ratio", "denominator": "parcels", "unit": "1",
                "threshold": 0.01}  # fmt: skip
PARCELS = {"target": "participant-average"}


def counted(kind, sizes, **changes):
    """Two large units do better by .2, the others worse by .1; a row is a day of a site."""
    protocol = Protocol.parse(plan(kind, metrics=[LATE], estimand=PARCELS, **changes))
    lot, rng = protocol.assignment(), np.random.default_rng(0)
    unit, period = (one.ravel() for one in np.indices(lot.schedule.shape))
    treated = lot.schedule.ravel() == 1
    parcels = np.array(sizes, float)[unit]
    share = 0.5 + np.where(unit < 2, -0.2, 0.1) * treated + 0.01 * rng.normal(size=len(unit))
    one, none = np.ones(len(unit), int), np.zeros(len(unit))
    table = MomentTable(
        lot.unit_ids[unit], lot.period_ids[period], ["late"] * len(unit),
        one, share * parcels, none, parcels, none, none,
    )  # fmt: skip
    run = np.isin(lot.period_ids[period], protocol.run_ids)
    arm = lot.arms[unit] == 1
    sums = [(share * parcels)[run & own].sum() / parcels[run & own].sum() for own in (arm, ~arm)]
    return evaluate_plan(protocol, table).metrics[0], sums[0] - sums[1]


def test_offices_are_weighed_by_their_parcels_and_not_by_their_days():
    row, pooled = counted("parallel", [1000, 1000] + [10] * 10)

    assert row.effect.estimand == "participant-average"
    assert row.effect.estimate == pytest.approx(pooled)
    assert pooled < -0.15
    by_units = next(one for one in row.sensitivity if one.estimand == "unit-average")
    assert by_units.estimate == pytest.approx(0.05, abs=0.02)
    assert "weights-disagree" in [one.code for one in row.effect.flags]


def test_pairs_are_weighed_by_their_parcels_and_the_lot_weighs_alike():
    row, pooled = counted("pairs", [1000, 1000] + [10] * 14)

    assert row.effect.method == "paired-weighted"
    assert row.effect.estimate == pytest.approx(pooled, abs=0.02)
    assert row.lot.estimate == pytest.approx(row.effect.estimate)


def test_a_unit_without_parcels_is_left_out_and_told():
    row, _pooled = counted("parallel", [1000, 1000, 0] + [10] * 9)

    (told,) = [one for one in row.effect.flags if one.code == "units-without-data"]
    assert told.evidence["units"] == "103"
