"""From a plan to its design: what it counts, what its lot can give, under what it is locked."""

import numpy as np
import pytest

from pochin.lab.design import (
    DifferenceInDifferences,
    PairedCluster,
    ParallelCluster,
    SteppedWedge,
    Switchback,
    SyntheticControl,
    design_of_plan,
    rule_of_plan,
)
from pochin.lab.design_checks import lock
from pochin.lab.estimate.many_wedges import planned_df
from pochin.lab.plan_grammar import METHODS
from pochin.lab.power import Components
from pochin.lab.protocol import Protocol
from pochin.lab.result import (
    DesignError,
    NotRandomizable,
    ProtocolViolation,
)
from pochin.lab.seeds import generator
from pochin.lab.tests.plans import plan


@pytest.mark.parametrize("kind", [*METHODS])
def test_every_kind_of_plan_has_its_design(kind):
    read = Protocol.parse(plan(kind))

    design = design_of_plan(read, subjects=400)

    assert design.kind == kind
    if read.units:
        assert design.units == len(read.units)
    if kind not in ("individual", "switchback", "interrupted-series"):
        assert design.schedule().shape[0] == len(read.units)
    assert np.isfinite(design.variance(Components(1.0, 0.1, 0.1), 10.0, 0.0))


def test_the_designs_lot_is_the_plans():
    for kind in ("parallel", "pairs", "stepped-wedge", "switchback"):
        read = Protocol.parse(plan(kind))
        lot = read.assignment("4") if not read.assigned else read.assignment()

        assert design_of_plan(read).n_admissible == lot.n_admissible


@pytest.mark.parametrize("drawn", [True, False])
def test_a_wedges_power_is_reckoned_from_the_cells_its_plan_will_measure(drawn):
    ids = Protocol.parse(plan("stepped-wedge")).period_ids
    sequences = [
        {"name": "first", "from": ids[1], "units": 2},
        {"name": "second", "from": ids[2], "units": 3},
        {"name": "third", "from": ids[3], "skip": [ids[0]], "units": 4},
    ]
    names = ["first"] * 2 + ["second"] * 3 + ["third"] * 4
    units = [
        {"unit": str(i)} | ({"sequence": name} if drawn else {}) for i, name in enumerate(names)
    ]
    read = Protocol.parse(
        plan(
            "stepped-wedge",
            design={"kind": "stepped-wedge", "sequences": sequences},
            assignment={"method": "sequences", "units": units},
            periods={**plan()["periods"], "wash_in": 1, "exclude": [ids[5]]},
        )
    )

    design, lot = design_of_plan(read), read.assignment(None if drawn else "4")

    assert sorted(map(tuple, design.schedule())) == sorted(map(tuple, lot.schedule))
    assert (design.schedule()[:, 5] == -1).all()
    assert design.counts == (2, 3, 4)
    guess = Components.of(1.0, 0.05, 0.8)
    assert design.df == pytest.approx(
        planned_df(lot.schedule, guess, 20.0, estimand="time-average")
    )


def constrained(count=12, keep=0.1, **unit):
    """A plan whose lot is drawn among those in which offices of like size come to both arms."""
    units = [
        {"unit": str(101 + i), "covariates": {"size": float(i * i)}}
        | {name: given(i) for name, given in unit.items()}
        for i in range(count)
    ]
    rules = {"method": "constrained", "balance": ["size"], "units": units}
    return plan(assignment=rules, design={"kind": "parallel", "keep": keep})


def test_a_constrained_lots_floor_is_of_the_assignments_that_stay():
    read = Protocol.parse(constrained())
    design, lot = design_of_plan(read), read.assignment("4")

    assert design.n_admissible == lot.n_admissible == len(lot.admissible) < 110
    assert design.min_p_value == 2 / design.n_admissible
    best = read.best_balanced
    assert (best.n_candidates, best.n_possible) == (924, 924)
    # Free lots part the sizes by more than a whole standard deviation in one case of 20.
    assert best.kept_at_most[0] < 0.3 < 1 < best.usual[0]
    # What a new office is like nobody knows: a tenth of the lots of thirteen would stay.
    assert design.with_one_more().n_admissible == 171


def test_a_listed_constrained_lot_is_tested_among_those_that_stay():
    best = Protocol.parse(constrained()).best_balanced
    row = best.kept[5]
    listed = Protocol.parse(constrained(arm=lambda i: ("control", "treatment")[row[i]]))
    far = Protocol.parse(constrained(arm=lambda i: "treatment" if i > 5 else "control"))

    assert listed.assignment().n_admissible == len(best.kept)
    with pytest.raises(ProtocolViolation, match="not among the best balanced"):
        far.assignment()


def test_what_is_kept_of_very_many_assignments_is_a_share_of_those_tried():
    read = Protocol.parse(constrained(40, keep=0.02))
    best = read.best_balanced

    assert best.n_possible > 10**11
    assert 99_000 < best.n_candidates <= 100_000
    assert 1_900 <= len(best.kept) <= 2_100
    assert len({row.tobytes() for row in best.kept}) == len(best.kept)
    assert design_of_plan(read).n_admissible == len(best.kept)


def test_a_constrained_stratified_and_adjusted_plan_keeps_its_ways():
    units = [
        {"unit": str(i), "stratum": "ab"[i % 2], "covariates": {"size": float(i)}}
        for i in range(12)
    ]
    rules = {"method": "constrained", "balance": ["size"], "units": units}
    read = Protocol.parse(
        plan(
            assignment=rules,
            design={"kind": "parallel", "keep": 0.2},
            analysis={"adjust_for_baseline": True},
        )
    )

    design = design_of_plan(read)

    assert (design.keep, design.baseline, len(set(design.strata))) == (0.2, 2, 2)


def test_people_must_be_counted_where_the_plan_lists_nobody():
    with pytest.raises(DesignError, match="say how many"):
        design_of_plan(Protocol.parse(plan("individual")))


def test_the_rule_of_a_plan_takes_its_money():
    value = {
        "currency": "RUB",
        "per_unit": {"low": 1, "mid": 2, "high": 3},
        "volume": {"low": 1, "mid": 2, "high": 3},
        "horizon_years": 1,
    }
    cost = {
        "currency": "RUB",
        "items": [{"name": "x", "kind": "capex", "low": 1, "mid": 1, "high": 1}],
    }

    priced = rule_of_plan(Protocol.parse(plan(value=value, cost=cost)))
    plain = rule_of_plan(Protocol.parse(plan()))

    assert (plain.threshold, plain.sign, plain.value, plain.scope) == (1.0, -1, None, "network")
    assert priced.value.currency == priced.cost.currency == "RUB"


@pytest.mark.parametrize(
    "design",
    [
        ParallelCluster(n_units=6),
        ParallelCluster(n_units=6, strata=(1, 1, 2, 2, 2, 2)),
        PairedCluster(n_pairs=3),
        SteppedWedge.steps(units=4, sequences=2),
        Switchback(n_units=2, n_periods=8, block=2),
        DifferenceInDifferences(1, 4, 2, 2),
        SyntheticControl(5, 4, 2),
    ],
    ids=lambda one: one.kind,
)
def test_everything_a_lot_could_give_is_listed_once_and_fits_the_design(design):
    listed = design.admissible()

    assert len(listed) == design.n_admissible
    assert len({one.tobytes() for one in listed}) == len(listed)
    assert listed.shape[1:] == design.schedule().shape
    treated = (listed == 1).sum(axis=(1, 2))
    assert (treated == (design.schedule() == 1).sum()).all()


def test_a_lot_too_large_to_list_says_so():
    with pytest.raises(NotRandomizable, match="too many to list"):
        ParallelCluster(n_units=40).admissible()


def test_a_plan_is_locked_under_its_hash_unless_something_blocks():
    protocol = Protocol.parse(plan())

    assert lock(protocol, protocol.assignment()) == protocol.sha256
    assert protocol.require(lock(protocol)) is protocol
    tiny = ParallelCluster(n_units=4).assign(list("abcd"), generator("1"))
    with pytest.raises(ProtocolViolation, match="no p-value can be below"):
        lock(protocol, tiny)
