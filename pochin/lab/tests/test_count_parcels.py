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


def counted(kind, sizes, target="participant-average", **changes):
    """Two large units do better by .2, the others worse by .1; a row is a day of a site."""
    protocol = Protocol.parse(plan(kind, metrics=[LATE], estimand={"target": target}, **changes))
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


def test_least_squares_weigh_parcels_where_the_average_over_parcels_is_asked():
    row, pooled = counted("parallel", [1000, 1000] + [10] * 10, analysis={"method": "cr2"})

    assert row.effect.method == "rows-cr2"
    assert row.effect.estimand == "participant-average"
    assert row.effect.estimate == pytest.approx(pooled, abs=0.01)


def test_least_squares_count_each_unit_once_where_the_average_over_units_is_asked():
    sizes, by = [1000, 1000] + [10] * 10, {"method": "cr2"}
    row, _pooled = counted("parallel", sizes, "unit-average", analysis=by)
    means, _pooled = counted("parallel", sizes, "unit-average")

    assert row.effect.estimand == "unit-average"
    assert row.effect.estimate == pytest.approx(means.effect.estimate)
    assert row.effect.std_error == pytest.approx(means.effect.std_error, rel=0.01)
    assert row.effect.df == pytest.approx(means.effect.df, rel=0.01)
