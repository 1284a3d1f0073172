"""A plan with looks and guardrails tried out: it keeps its error, and tells its power truly."""

from types import SimpleNamespace

import numpy as np
import pytest
from scipy import stats

from pochin.lab.design import (
    DifferenceInDifferences,
    Individual,
    InterruptedSeries,
    PairedCluster,
    ParallelCluster,
    SteppedWedge,
    Switchback,
    SyntheticControl,
)
from pochin.lab.design.rule import Guard, Rule
from pochin.lab.design.watched import LOTS, boundaries, price, watched
from pochin.lab.inference.equivalence import improvement_bounds
from pochin.lab.looks import at_look
from pochin.lab.protocol import LookSchedule
from pochin.lab.result import DesignError, EffectResult
from pochin.lab.sequential.randomization_gst import RandomizationGroupSequentialTest, crossings
from pochin.lab.sequential.spending import Spending
from pochin.lab.simulate import Estimates, Truth, highest_rate, lowest_rate

RUNS = 4_000
GUESS = {"sd": 2.0, "icc": 0.05, "cac": 0.8, "cluster_size": 40.0}
OBF = LookSchedule("obrien-fleming", (0.25, 0.5, 0.75, 1.0))
POCOCK = LookSchedule("pocock", (0.5, 1.0))
DESIGNS = {
    "parallel": ParallelCluster(20, n_periods=8),
    "adjusted": ParallelCluster(20, n_periods=8, baseline=4),
    "welch": ParallelCluster(20, (14, 6), n_periods=8),
    "pairs": PairedCluster(10, 0.5, 8),
    "wedge": SteppedWedge.steps(units=12, sequences=3, baseline=2, each=2),
    "switchback": Switchback(6, 24, 2, burn_in=1),
    "individual": Individual(600),
    "differences": DifferenceInDifferences(8, 12, 6, 8),
    "series": InterruptedSeries(40, 40, comparators=4),
}


def tried(design, rule, effect=1.0, seed=7, runs=RUNS, **guess):
    rng = np.random.default_rng(seed)
    return design.diagnose(effect, rule, rng=rng, runs=runs, **(GUESS | guess))


@pytest.mark.parametrize("looks", [OBF, POCOCK], ids=["obrien-fleming", "pocock"])
@pytest.mark.parametrize("name", [one for one in DESIGNS if one != "series"])
def test_a_plan_with_looks_finds_what_is_not_there_no_more_often(name, looks):
    runs = 400 if name == "wedge" else RUNS
    told = tried(DESIGNS[name], Rule(0.5, looks=looks), runs=runs)

    assert told.type_i <= highest_rate(0.05, runs)
    assert told["no effect"].characteristics.coverage >= lowest_rate(0.95, runs)


def test_looks_nobody_paid_for_would_find_it_more_often():
    truth = Truth(Individual(600).components(1.0, 0.0, 1.0))
    free = Individual(600).seen_at(
        truth, (150, 300, 450, 600), runs=RUNS, rng=np.random.default_rng(3)
    )
    naive = np.any([np.abs(one.estimate / one.std_error) > 1.96 for one in free], axis=0)

    # Four looks at 1.96: .126 (Armitage, McPherson & Rowe 1969).
    assert naive.mean() == pytest.approx(0.126, abs=0.015)


@pytest.mark.parametrize("looks", [OBF, POCOCK], ids=["obrien-fleming", "pocock"])
def test_where_information_grows_evenly_the_error_is_spent_and_the_price_is_right(looks):
    design = DESIGNS["individual"]
    about = {"sd": 2.0, "icc": 0.0, "cluster_size": 1.0}
    effect = price(looks, 0.05, 600) * float(design.mde(0.8, **about))

    told = tried(design, Rule(0.5, looks=looks), effect=effect, **about)

    assert lowest_rate(0.05, RUNS) <= told.type_i <= highest_rate(0.05, RUNS)
    assert told.power == pytest.approx(0.8, abs=0.03)
    assert told["target"].early > 0.2
    assert told["no effect"].early <= told.type_i


@pytest.mark.parametrize("name", DESIGNS)
def test_what_is_seen_in_the_end_is_what_one_look_sees(name):
    design = DESIGNS[name]
    components = design.components(2.0, 0.05, 0.8)
    truth, runs = Truth(components, 0.7, 40.0), 400 if name == "wedge" else 2_000
    whole = design.run_periods
    half = whole // 2

    first, last = design.seen_at(truth, (half, whole), runs=runs, rng=np.random.default_rng(5))

    planned = np.sqrt(design.variance(components, 40.0, 0.0))
    # An estimated autocorrelation and a slope on the baseline cost a little more than planned.
    assert np.nanstd(last.estimate) == pytest.approx(planned, rel=0.12)
    assert np.nanmean(last.estimate) == pytest.approx(0.7, abs=5 * planned / runs**0.5)
    if name != "wedge":  # By then its average takes in longer exposures, the least known ones.
        assert np.nanstd(first.estimate) > np.nanstd(last.estimate)


@pytest.mark.parametrize("looks", [OBF, POCOCK], ids=["obrien-fleming", "pocock"])
@pytest.mark.parametrize("look", [1, 2])
def test_the_bounds_are_those_the_result_will_have(looks, look):
    found = [Estimates(*(np.array([one]) for one in (0.0, 0.4, 18.0)))] * (look - 1)
    later = len(looks.at) - look
    found += [Estimates(np.array([2.6]), np.array([0.4]), np.array([18.0]))] * (1 + later)
    plan = SimpleNamespace(looks=looks, level=0.95)
    protocol = SimpleNamespace(analysis=plan, primaries=("delay",))
    effect, taken = at_look(
        SimpleNamespace(protocol=protocol), EffectResult(2.6, 0.4, 18, 0.001, "demo"), look
    )

    seen = watched(found, looks, alpha=0.05, units=20)

    assert bool(seen.crossed[0]) == taken.crossed
    if taken.crossed:
        low, high = improvement_bounds(effect, 1, 0.95)
        assert seen.estimates.bound(0.05)[0] == pytest.approx(low, rel=1e-4)
        assert seen.estimates.bound(0.95)[0] == pytest.approx(high, rel=1e-4)


def test_a_confidence_sequence_pays_for_looking_at_any_time():
    looks = LookSchedule("confidence-sequence", (0.25, 0.5, 0.75, 1.0))
    about = {"sd": 2.0, "icc": 0.0, "cluster_size": 1.0}

    told = tried(Individual(4_000), Rule(0.5, looks=looks), **about)

    assert told.type_i <= 0.05
    assert price(looks, 0.05, 4_000) > price(OBF, 0.05, 4_000) > 1
    assert (boundaries(looks, 0.05, 4_000) > 1.96).all()


@pytest.mark.parametrize(
    "design",
    [SyntheticControl(20, 10, 6), DifferenceInDifferences(1, 9, 4, 4)],
    ids=["synthetic-control", "one treated"],
)
def test_ranks_among_placebos_give_no_statistic_for_looks(design):
    with pytest.raises(DesignError, match="nothing that interim looks could be held on"):
        tried(design, Rule(0.5, looks=OBF), runs=20)


# Looks by lot --------------------------------------------------------------------------------

BY_LOT = LookSchedule("randomization", (0.25, 0.5, 0.75, 1.0))


def test_many_pilots_are_judged_by_lot_as_each_alone():
    rng = np.random.default_rng(17)
    for lots in (
        ParallelCluster(8).lots(99, rng),
        PairedCluster(6).lots(99, rng),
        ParallelCluster(9, (5, 4), strata=tuple("aaabbbbcc")).lots(50, rng),
        ParallelCluster(16).lots(300, rng),
    ):
        units = lots.shape[1]
        values = [rng.normal(size=(40, units)) + 1.5 * lots[0] for _look in range(3)]
        shares = (0.4, 0.7, 1.0)

        crossed = crossings(values, lots, shares, spending=Spending("pocock"), alpha=0.1)

        for one in range(40):
            test = RandomizationGroupSequentialTest(
                lots, 0, Spending("pocock"), 0.1, interval=False
            )
            for look, share in enumerate(shares):
                test.update(values[look][one], share)
                assert crossed[look, one] == test.looks[-1].crossed
                if test.stopped:
                    break
        assert 0 < crossed.any(axis=0).mean() < 1


@pytest.mark.parametrize(
    ("design", "outcomes"),
    [
        (ParallelCluster(12, n_periods=8), 924),
        (ParallelCluster(10, (6, 4), n_periods=8), 210),
        (ParallelCluster(8, n_periods=8, strata=tuple("aaaabbbb")), 36),
        (ParallelCluster(14, n_periods=8, keep=0.1), 343),
        (PairedCluster(7, n_periods=8), 128),
        (ParallelCluster(40, n_periods=8), LOTS),
    ],
)
def test_the_lots_of_made_up_pilots_are_those_of_the_design(design, outcomes):
    rows = design.lots(LOTS, np.random.default_rng(2))

    assert len(rows) == outcomes
    assert (rows[0] == design.schedule().max(axis=1)).all()
    assert (rows.sum(axis=1) == rows[0].sum()).all()


@pytest.mark.parametrize("design", [ParallelCluster(12, n_periods=8), PairedCluster(8, 0.5, 8)])
def test_looks_by_lot_keep_their_error_and_find_what_is_there(design):
    none = tried(design, Rule(0.5, looks=BY_LOT), runs=2_000)
    found = tried(design, Rule(0.5, looks=BY_LOT), effect=3.0, runs=500)

    assert none.type_i <= highest_rate(0.05, 2_000)
    assert found.power > 0.9


def test_a_lot_too_small_for_the_first_look_stops_nothing_there():
    """Of 20 outcomes two ends are a tenth, so .05 is never spent; normal boundaries would be."""
    small, looks = ParallelCluster(6, n_periods=8), Rule(0.5, looks=BY_LOT)
    normal = tried(small, Rule(0.5, looks=OBF), effect=6.0, runs=300)
    by_lot = tried(small, looks, effect=6.0, runs=300)

    assert normal["target"].early > 0.5
    assert by_lot["target"].early == 0
    # A larger lot reaches its end, and no sooner than its outcomes allow.
    enough = tried(ParallelCluster(8, n_periods=8), looks, effect=6.0, runs=300)
    assert enough.power > 0.9


@pytest.mark.parametrize("name", ["wedge", "switchback", "individual"])
def test_what_lots_do_not_part_into_two_arms_is_not_judged_by_lot(name):
    with pytest.raises(DesignError, match="lots part into two arms"):
        tried(DESIGNS[name], Rule(0.5, looks=BY_LOT), runs=20)


def test_looks_at_a_wedge_count_from_the_first_step_and_not_from_the_baseline():
    wedge = DESIGNS["wedge"]

    assert (wedge.schedule().shape[1], wedge.run_periods) == (8, 6)


# Guardrails ----------------------------------------------------------------------------------


def test_a_guardrail_at_its_margin_is_held_no_more_often_than_its_error():
    guard = Guard("complaints", 0.4, 2.0, -1)
    design = DESIGNS["parallel"]
    told = tried(design, Rule(0.5, guards=(guard,)))
    none, margin, twice = told.guarded
    error = float(np.sqrt(design.variance(design.components(2.0, 0.05, 0.8), 40.0, 0.0)))
    passes = stats.nct.sf(stats.t.ppf(0.95, 18), 18, 0.4 / error)

    assert (none.worsening, margin.worsening, twice.worsening) == (0.0, 0.4, 0.8)
    assert lowest_rate(0.05, RUNS) <= margin.held <= highest_rate(0.05, RUNS)
    assert lowest_rate(0.05, RUNS) <= margin.harmed <= highest_rate(0.05, RUNS)
    assert none.held == pytest.approx(passes, abs=0.03)
    assert twice.harmed == pytest.approx(passes, abs=0.03)


def test_green_asks_that_every_guardrail_is_shown_to_hold():
    design, effect = DESIGNS["parallel"], 3.0
    free = tried(design, Rule(0.1), effect=effect)["target"].colours
    loose = tried(design, Rule(0.1, guards=(Guard("a", 9.0, 2.0),)), effect=effect)
    tight = tried(design, Rule(0.1, guards=(Guard("a", 0.4, 2.0, -1),)), effect=effect)

    assert free["green"] > 0.99
    assert loose["target"].colours["green"] == pytest.approx(free["green"], abs=0.01)
    assert tight["target"].colours["green"] == pytest.approx(tight.guarded[0].held, abs=0.02)
    # A guardrail that is not touched shows harm hardly ever.
    assert tight["target"].colours["red"] < 0.01


def test_green_lies_within_its_range_whatever_ties_guardrail_and_metric():
    """Made-up pairs of estimates with every correlation end between Fréchet's bounds."""
    guard, rule_of = Guard("a", 0.5, 2.0), Rule(0.1, guards=(Guard("a", 0.5, 2.0),))
    told = tried(DESIGNS["parallel"], rule_of, effect=0.7)["target"]
    low, high = told.green_range

    assert low < told.colours["green"] < high
    rng, df = np.random.default_rng(11), 18.0
    error = float(np.sqrt(DESIGNS["parallel"].variance(
        DESIGNS["parallel"].components(2.0, 0.05, 0.8), 40.0, 0.0
    )))  # fmt: skip
    for tie in (-1.0, -0.5, 0.0, 0.5, 1.0):
        own, free = rng.normal(size=(2, RUNS))
        other = tie * own + np.sqrt(1 - tie**2) * free
        spread = np.sqrt(rng.chisquare(df, RUNS) / df) * error
        reach = stats.t.ppf(0.95, df) * spread
        green = (0.7 + error * own - reach > 0.1) & (error * other - reach > -guard.margin)
        assert low - 0.03 <= green.mean() <= high + 0.03, tie
    # Opposed as far as can be they meet the lower end, alike the upper one.
    alone = tried(DESIGNS["parallel"], Rule(0.1), effect=0.7)["target"]
    assert alone.green_range == (alone.colours["green"], alone.colours["green"])


def test_each_guardrail_more_makes_green_rarer():
    guards = tuple(Guard(code, 0.5, 2.0) for code in "abc")
    shares = [
        tried(DESIGNS["parallel"], Rule(0.1, guards=guards[:n]), effect=3.0)["target"]
        .colours["green"]
        for n in (1, 2, 3)
    ]  # fmt: skip

    assert shares == sorted(shares, reverse=True)
    assert shares[1] == pytest.approx(shares[0] ** 2, abs=0.03)
    assert shares[2] == pytest.approx(shares[0] ** 3, abs=0.03)


def test_an_archive_is_never_green():
    told = tried(DESIGNS["parallel"], Rule(0.1, archive=True), effect=3.0)

    assert told["target"].colours["green"] == 0
