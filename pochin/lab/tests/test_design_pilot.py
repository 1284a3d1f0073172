"""Designs: what each can show, how it is drawn, how it behaves when tried out."""

import numpy as np
import pytest

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
from pochin.lab.design.registered import ranked, stepped, twins
from pochin.lab.estimate.autoregressive import gls_ar
from pochin.lab.estimate.did import rank_changes
from pochin.lab.estimate.series import series_design
from pochin.lab.estimate.twin import in_turn, rank_twins
from pochin.lab.power import Components, rank_power
from pochin.lab.result import (
    DesignError,
    LabError,
    TooFewUnits,
)
from pochin.lab.seeds import generator
from pochin.lab.simulate import (
    Truth,
    cell_means,
    highest_rate,
    lowest_rate,
    operating_characteristics,
)

GUESS = {"sd": 1.0, "icc": 0.05, "cac": 0.8, "cluster_size": 20.0}
BY_PERIOD = {"sd": 1.0, "icc": 0.3, "cac": 0.6, "cluster_size": 5.0}
RUNS = 2_000

DESIGNS = {
    "halves": (ParallelCluster(12, n_periods=3), GUESS, 0.4),
    "unequal arms": (ParallelCluster(20, (14, 6)), GUESS, 0.5),
    "with a baseline": (ParallelCluster(14, n_periods=2, baseline=2), GUESS, 0.35),
    "pairs": (PairedCluster(8, 0.5, n_periods=2), GUESS, 0.35),
    "wedge": (SteppedWedge.steps(units=9, sequences=3), GUESS, 0.5),
    "constant wedge": (
        SteppedWedge.steps(units=9, sequences=3, estimand="constant"),
        GUESS,
        0.35,
    ),
    "switchback": (Switchback(4, 24, block=2), BY_PERIOD, 0.45),
    "people": (Individual(400), {"sd": 2.0}, 0.6),
    "differences": (DifferenceInDifferences(6, 14, 4, 4), GUESS, 0.3),
    "one treated": (DifferenceInDifferences(1, 24, 4, 4), GUESS, 0.6),
    "twin": (SyntheticControl(24, 8, 6), GUESS, 0.5),
    "series": (InterruptedSeries(20, 20, comparators=3), BY_PERIOD, 1.0),
}
NAMES = list(DESIGNS)


def tried(name, effect, seed, runs=RUNS, size_cv=0.0):
    design, guess, _ = DESIGNS[name]
    known = {"icc": 0.0, "cac": 1.0, "cluster_size": 1.0} | guess
    components = design.components(known["sd"], known["icc"], known["cac"])
    truth = Truth(components, effect, known["cluster_size"], size_cv)
    return design.simulate(truth, runs=runs, rng=np.random.default_rng(seed))


def runs_for(name):
    return 400 if "wedge" in name else 300 if name == "twin" else RUNS


@pytest.mark.parametrize("name", [one for one in NAMES if one != "twin"])
def test_planned_power_is_what_trying_out_gives(name):
    design, guess, effect = DESIGNS[name]
    runs = runs_for(name)

    planned = float(design.power(effect, **guess).power)
    found = operating_characteristics(tried(name, effect, 30, runs), effect)

    assert 0.2 < planned < 0.97
    assert abs(found.rejected - planned) <= 0.03 + 3 * found.error * (runs < RUNS)
    assert abs(found.bias) <= 4 * found.rmse / runs**0.5


def test_a_twins_power_is_promised_no_higher_than_trying_out_gives():
    design, guess, effect = DESIGNS["twin"]

    planned = float(design.power(effect, **guess).power)
    found = operating_characteristics(tried("twin", effect, 30, 300), effect)

    assert 0.2 < planned < 0.8
    assert planned <= found.rejected + 0.03 + 3 * found.error
    # Pilots whose twin does not follow are withheld, not counted.
    assert 100 < found.runs < 300


def test_what_is_tried_out_is_the_registered_analysis():
    """The fast analyses are those a plan's result comes from, number by number."""
    rng = np.random.default_rng(12)
    for treated in (1, 3):
        change = rng.normal(size=(4, 14))
        arms = np.repeat([1, 0], [treated, 14 - treated])
        fast = ranked(change, arms, rng)
        for one, row in enumerate(change):
            slow = rank_changes(row, arms)
            assert fast.p_value[one] == pytest.approx(slow.p_value())
            low, high = slow.interval(0.9)
            assert fast.bound(0.05)[one] == pytest.approx(low)
            assert fast.bound(0.95)[one] == pytest.approx(high)
    series, X = rng.normal(size=(5, 40)), series_design(40, 24)
    fast = stepped(series, X, which=2)
    for one, row in enumerate(series):
        slow = gls_ar(row, X).contrast(np.eye(3)[2])
        assert fast.estimate[one] == pytest.approx(slow.estimate, abs=0.02)
        assert fast.std_error[one] == pytest.approx(slow.std_error, rel=0.03)
        assert fast.df[one] == pytest.approx(slow.df, rel=0.1)
    panels = cell_means(np.zeros((12, 16)), 20.0, Components(1.0, 0.02), runs=6, rng=rng)
    fast, kept = twins(panels, 10), []
    for panel in panels:
        fits = in_turn(panel, 10)
        spread = np.sqrt(panel[:, :10].var(axis=0, ddof=1).mean())
        if fits[0].misfit <= 0.5 * spread:
            kept.append((fits[0].effect, rank_twins(fits, 0).p_value))
    assert len(kept) > 0
    assert np.array(kept)[:, 0] == pytest.approx(fast.estimate)
    assert np.array(kept)[:, 1] == pytest.approx(fast.p_value)


@pytest.mark.parametrize("alternative", ["two-sided", "greater", "less"])
@pytest.mark.parametrize("df", [np.inf, 4.0])
def test_the_power_of_a_rank_is_what_ranking_gives(alternative, df):
    rng, runs, placebos, shift = np.random.default_rng(15), 20_000, 39, 3.0
    sign = -1 if alternative == "less" else 1
    units = rng.normal(size=(runs, placebos + 1))
    units[:, 0] += sign * shift
    units[:, 1:] -= sign * shift / placebos
    if np.isfinite(df):
        units /= np.sqrt(rng.chisquare(df, units.shape) / df)
    size = np.abs(units) if alternative == "two-sided" else sign * units
    found = ((size[:, 1:] >= size[:, :1]).sum(axis=1) < 2).mean()

    planned = rank_power(sign * shift, placebos, df=df, alternative=alternative)

    # Where statistics are divided, what the treated unit adds to the others is a little less.
    assert found - 0.02 < planned < found + 0.01


@pytest.mark.parametrize("name", NAMES)
def test_a_true_null_is_rejected_no_more_often_than_promised(name):
    runs = runs_for(name)

    found = operating_characteristics(tried(name, 0.0, 31, runs), 0.0)

    assert lowest_rate(0.05, runs) - 0.02 <= found.rejected <= highest_rate(0.05, runs)
    assert found.coverage >= 1 - highest_rate(0.05, runs)


@pytest.mark.parametrize("name", NAMES)
def test_the_detectable_effect_has_the_wanted_power(name):
    design, guess, _ = DESIGNS[name]

    effect = float(design.mde(0.8, **guess))

    assert design.power(effect, **guess).power == pytest.approx(0.8, abs=1e-6)


@pytest.mark.parametrize("name", [one for one in NAMES if one != "twin"])
def test_one_more_site_never_harms(name):
    design, guess, effect = DESIGNS[name]

    more = design.one_more_site(effect, cost=30_000, **guess)

    assert more.power_then >= more.power - 1e-9
    assert more.detectable_then <= more.detectable + 1e-9
    assert more.cost_per_point > 0


def test_a_donor_helps_a_rank_only_where_one_rank_more_may_reject():
    """Until then it is one more unit to be more extreme than; the plan says so."""
    _, guess, effect = DESIGNS["twin"]
    power = {
        donors: float(SyntheticControl(donors, 8, 6).power(effect, **guess).power)
        for donors in (24, 25, 38, 39)
    }

    assert power[24] - 0.02 < power[25] < power[24]
    assert power[39] > power[38] + 0.1


def test_the_cost_of_a_point_of_power_is_the_sites_cost_over_the_gain():
    more = ParallelCluster(12).one_more_site(0.5, cost=10_000, **GUESS)

    gain = 100 * (more.power_then - more.power)
    assert more.cost_per_point == pytest.approx(10_000 / gain)


def test_power_takes_the_shape_of_the_guesses():
    design = ParallelCluster(24, n_periods=4)

    both = design.power(0.3, icc=(0.02, 0.05, 0.1), cac=(0.5, 0.8), cluster_size=30)
    one = design.power(0.3, icc=(0.02, 0.05, 0.1), cac=0.5, cluster_size=30)
    none = design.power(0.3, icc=0.05, cac=0.5, cluster_size=30)

    assert (both.power.shape, one.power.shape, none.power.shape) == ((3, 2), (3,), ())
    assert both.grid == {"icc": (0.02, 0.05, 0.1), "cac": (0.5, 0.8)}
    np.testing.assert_allclose(both.power[:, 0], one.power)
    assert both.power[1, 0] == none.power
    assert (np.diff(both.power, axis=0) < 0).all()
    assert design.mde(icc=(0.02, 0.05), cluster_size=30).shape == (2,)


def test_unequal_sizes_cost_power_and_lasting_levels_do_in_long_runs():
    design = ParallelCluster(16, n_periods=6)
    plain = design.power(0.3, **GUESS).power

    assert design.power(0.3, size_cv=0.8, **GUESS).power < plain
    assert design.power(0.3, **(GUESS | {"cac": 0.3})).power > plain


def test_a_lot_that_can_show_nothing_has_no_power():
    design = ParallelCluster(6)

    found = design.power(5.0, **GUESS)

    assert found.power == 0
    assert found.blocked
    assert np.isinf(design.mde(**GUESS))
    assert [one.code for one in found.flags][:2] == ["lot-too-small", "few-units"]


@pytest.mark.parametrize(
    ("design", "assignments", "floor"),
    [
        (ParallelCluster(6), 20, 0.1),
        (ParallelCluster(8), 70, 2 / 70),
        (ParallelCluster(8, strata=("a",) * 4 + ("b",) * 4), 36, 2 / 36),
        (ParallelCluster(12, keep=0.1), 92, 2 / 92),
        (PairedCluster(5), 32, 0.0625),
        (PairedCluster(6), 64, 0.03125),
        (SteppedWedge(((0, 1, 1), (0, 0, 1)), (3, 2)), 10, 0.2),
        (Switchback(2, 12, 2), 64, 0.03125),
        (DifferenceInDifferences(1, 19, 3, 3), 20, 0.05),
        (DifferenceInDifferences(3, 3, 3, 3), 20, 0.1),
        (SyntheticControl(38, 10, 10), 39, 1 / 39),
    ],
)
def test_the_smallest_p_value_is_known_beforehand(design, assignments, floor):
    assert design.n_admissible == assignments
    assert design.min_p_value == pytest.approx(floor)


def test_what_is_planned_is_what_is_drawn():
    wedge = SteppedWedge(((0, 1, 1), (-1, 0, 1)), (3, 2))
    cases = [
        (ParallelCluster(8, n_periods=2, baseline=1), {}),
        (ParallelCluster(8, (5, 3)), {}),
        (ParallelCluster(8, strata=("a",) * 4 + ("b",) * 4), {}),
        (PairedCluster(4), {"covariates": np.arange(8.0)}),
        (PairedCluster(4), {"pairs": [1, 1, 2, 2, 3, 3, 4, 4]}),
        (wedge, {}),
        (Switchback(8, 12, 2), {}),
        (Individual(8), {}),
    ]
    for design, known in cases:
        units = [f"u{i}" for i in range(design.units)]
        drawn = design.assign(units, generator("17"), **known)
        again = design.assign(units, generator("17"), **known)

        assert drawn.sha256 == again.sha256
        assert drawn.n_admissible == design.n_admissible
        assert drawn.schedule.shape == design.schedule().shape
        with pytest.raises(LabError):
            design.assign(units[:-1], generator("17"), **known)


def test_a_constrained_lot_stays_within_the_kept_share():
    design = ParallelCluster(12, keep=0.1)
    covariates = np.random.default_rng(32).normal(size=(12, 2))

    drawn = design.assign([f"u{i}" for i in range(12)], generator("3"), covariates=covariates)
    told = design.balance(drawn, covariates, ["size", "delay"])

    assert abs(drawn.n_admissible - design.n_admissible) <= 2
    assert abs(told.difference).max() < 0.6
    assert told.n_admissible == drawn.n_admissible
    assert len(told.together) == 0


def test_balance_ranks_the_lot_among_those_that_could_have_been():
    design = ParallelCluster(8)
    drawn = design.assign(list("abcdefgh"), generator("5"))
    worst = design.balance(drawn, drawn.arms * 10.0, ["size"])

    assert worst.rank == 1
    assert worst.treatment - worst.control == 10
    assert len(worst.apart) == 0


def test_pairs_are_always_apart():
    design = PairedCluster(4)
    drawn = design.assign(list("abcdefgh"), generator("5"), pairs=[0, 0, 1, 1, 2, 2, 3, 3])

    told = design.balance(drawn, np.arange(8.0), ["size"])

    assert told.apart.tolist() == [[0, 1], [2, 3], [4, 5], [6, 7]]


def test_designs_without_a_lot_say_who_was_chosen():
    design = SyntheticControl(4, 3, 2)

    chosen = design.assign(list("abcde"))

    assert not chosen.randomized
    assert chosen.arms.tolist() == [1, 0, 0, 0, 0]
    assert [one.code for one in design.flags()] == ["lot-too-small", "few-treated"]
    # A lot is not spoken of where nobody drew one.
    assert [str(one) for one in design.flags() if " lot " in str(one)] == []
    assert "Ranks among units have 5 outcomes here" in str(design.flags()[0])
    assert design.evidence == "III"
    with pytest.raises(TooFewUnits, match="plans 5 units"):
        design.assign(list("abcd"))


def test_classes_of_evidence_follow_the_lot():
    assert ParallelCluster(12).evidence == "I"
    assert ParallelCluster(10).evidence == "II"
    assert SteppedWedge.steps(units=20, sequences=4).evidence == "II"
    assert Switchback(1, 48, 2).evidence == "I"
    assert InterruptedSeries(20, 20).evidence == "IV"


def test_a_series_needs_no_lot_and_says_what_it_lacks():
    alone, beside = InterruptedSeries(20, 20), InterruptedSeries(20, 20, comparators=3)

    assert [one.code for one in alone.flags()] == ["no-comparator"]
    assert beside.flags() == ()
    assert InterruptedSeries(24, 24, season=12, harmonics=2).df < alone.df + 8


def test_a_wedge_shares_units_out_and_weighs_cells():
    wedge = SteppedWedge.steps(units=8, sequences=3, baseline=2, each=2)

    weights = wedge.weights(**GUESS)

    assert wedge.counts == (3, 3, 2)
    assert wedge.schedule().shape == (8, 8)
    assert weights.sum(axis=0) == pytest.approx(np.zeros(8), abs=1e-9)
    assert (weights * wedge.schedule()).sum() == pytest.approx(1)


def test_a_site_joins_the_sequence_where_it_helps_most():
    wedge = SteppedWedge(((0, 1, 1), (0, 0, 1)), (1, 4))

    assert wedge.with_one_more().counts == (2, 4)


def test_carryover_biases_short_blocks_and_burn_in_cures_it():
    short = Switchback(6, 48, block=4, carryover=2)
    cured = Switchback(6, 48, block=4, burn_in=2, carryover=2)
    truth = Truth(Components(1.0, 0.2, decay=0.5), 1.0, 5.0)

    biased, fair = (
        design.simulate(truth, runs=300, rng=np.random.default_rng(33)) for design in (short, cured)
    )

    assert biased.estimate.mean() < 0.85
    assert fair.estimate.mean() == pytest.approx(1.0, abs=0.03)
    assert [one.code for one in Switchback(6, 48, 3, carryover=2).flags()] == ["block-too-short"]


@pytest.mark.parametrize(
    "build",
    [
        lambda: ParallelCluster(3),
        lambda: PairedCluster(1),
        lambda: Individual(3),
        lambda: Switchback(1, 6, 2),
        lambda: Switchback(1, 60, 2, burn_in=2),
        lambda: SteppedWedge(((0, 1), (1, 0)), (1, 1)),
        lambda: SteppedWedge(((0, 1),), (2,)),
        lambda: SteppedWedge(((0, 1), (0, 1, 1)), (1, 1)),
        lambda: SteppedWedge.steps(units=2, sequences=3),
        lambda: DifferenceInDifferences(0, 5, 1, 1),
        lambda: DifferenceInDifferences(2, 5, 0, 1),
        lambda: SyntheticControl(2, 5, 5),
        lambda: SyntheticControl(5, 0, 5),
        lambda: InterruptedSeries(2, 2, season=12),
    ],
)
def test_designs_that_cannot_be_are_refused_in_a_sentence(build):
    with pytest.raises(DesignError, match=r"\.$"):
        build()


@pytest.mark.parametrize(
    "build",
    [
        lambda: ParallelCluster(8, (3, 4)),
        lambda: ParallelCluster(8, strata=("a", "b")),
        lambda: PairedCluster(4, correlation=1.0),
        lambda: Individual(40, correlation=1.0),
    ],
)
def test_arguments_that_contradict_each_other_are_named(build):
    with pytest.raises(ValueError, match="but"):
        build()
