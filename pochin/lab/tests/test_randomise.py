"""Lots: what they draw from, that they can be drawn again, and the tests that go through them."""

import itertools
import time

import numpy as np
import pytest
from scipy import stats

from pochin.lab.assignment import Assignment, count_arrangements, enumerate_arrangements
from pochin.lab.covariate_constrained import bound_units, constrained, imbalance, optimal_pairs
from pochin.lab.inference.randomization import RandomizationTest, sign_flips
from pochin.lab.randomize import complete, paired, sequenced, stratified, switchback
from pochin.lab.result import (
    DesignError,
    NotRandomizable,
    SchemaMismatch,
    Singular,
    TooFewUnits,
)
from pochin.lab.seeds import generator, seed_commitment, seed_matches, shuffled
from pochin.lab.tests.published import columns
from pochin.lab.tests.tables import one_value_each, two_arms

# Drawing.


def test_the_same_seed_draws_the_same_for_ever():
    # Fixed here on purpose: a lot drawn today must come out the same in twenty years.
    assert shuffled(range(10), generator("7")).tolist() == [4, 7, 5, 6, 9, 0, 8, 1, 3, 2]
    assert shuffled(range(10), generator("7", bound_to="ab")).tolist() != list(range(10))


def test_every_assignment_is_equally_likely():
    rng = generator("fair")
    seen = [tuple(complete(range(5), 2, rng=rng).arms.tolist()) for _ in range(4000)]

    counts = np.unique(seen, axis=0, return_counts=True)[1]

    assert len(counts) == 10
    assert stats.chisquare(counts).pvalue > 0.001


def test_a_seed_is_known_by_its_commitment_only():
    assert seed_matches("17-03", seed_commitment("17-03").upper())
    assert not seed_matches("17-04", seed_commitment("17-03"))


@pytest.mark.parametrize("treated", [0, 4, 5])
def test_an_empty_arm_is_refused(treated):
    with pytest.raises(TooFewUnits, match="leave an arm empty"):
        complete(range(4), treated, rng=generator("1"))


def test_strata_are_halved_and_odd_ones_take_turns():
    drawn = stratified(range(9), list("aaabbbccc"), rng=generator("1"))

    assert [int(drawn.arms[i : i + 3].sum()) for i in (0, 3, 6)] == [1, 2, 1]
    assert drawn.n_admissible == 27


def test_strata_that_leave_nothing_to_the_lot_are_refused():
    with pytest.raises(NotRandomizable, match="leave nothing to the lot"):
        stratified(range(3), list("abc"), rng=generator("1"))


def test_a_pair_has_two_units():
    assert paired(range(6), [1, 1, 2, 2, 3, 3], rng=generator("1")).arms.sum() == 3
    with pytest.raises(SchemaMismatch, match="Pair “1” has 3 units"):
        paired(range(5), [1, 1, 1, 2, 2], rng=generator("1"))


def test_sequences_get_their_counts_also_within_strata():
    waves = np.array([[0, 1, 1, 1], [0, 0, 1, 1], [0, 0, 0, 1]])
    plain = sequenced(range(9), waves, [3, 3, 3], rng=generator("1"), period_ids=range(4))
    within = sequenced(
        range(9),
        waves,
        [3, 3, 3],
        rng=generator("1"),
        period_ids=range(4),
        strata=list("aaabbbccc"),
    )

    assert plain.n_admissible == 1680
    assert within.n_admissible == 216
    assert sorted(within.sequences.tolist()) == ["1"] * 3 + ["2"] * 3 + ["3"] * 3
    assert [len(set(within.sequences[i : i + 3])) for i in (0, 3, 6)] == [3, 3, 3]


def test_switchback_turns_each_pair_of_blocks_by_its_own_coin():
    drawn = switchback(range(40), range(9), 2, rng=generator("1"), start=1)

    couples = drawn.schedule[:, 1:].reshape(40, 2, 2, 2)
    assert (couples[:, :, 0, :] + couples[:, :, 1, :] == 1).all()
    assert 20 < couples[:, :, 0, 0].sum() < 60
    assert (drawn.schedule[:, 0] == 0).all()
    with pytest.raises(NotRandomizable, match="blocks of time"):
        drawn.all_labels()


def test_constrained_draws_come_from_the_balanced_set():
    rng = np.random.default_rng(3)
    X = rng.normal(size=(14, 2))
    drawn = constrained(range(14), 7, X, rng=generator("1"), keep=0.2)
    everything = complete(range(14), 7, rng=generator("1")).all_labels()
    limit = np.quantile(imbalance(everything, X), 0.2)

    kept = {tuple(row) for row in drawn.all_labels().tolist()}
    balanced = imbalance(everything, X) <= limit * (1 + 1e-12)

    assert tuple(drawn.arms.tolist()) in kept
    assert abs(len(kept) - balanced.sum()) <= 2
    assert len(bound_units(drawn.all_labels())[0]) == 0


def test_a_set_that_glues_two_units_is_refused():
    X = [0.0, 0.0, 0.0, 100.0, 100.0, 0.0]
    with pytest.raises(NotRandomizable, match="always be together"):
        constrained(range(6), 3, [1.0, 2, 4, 8, 16, 32], rng=generator("1"), keep=0.05)
    assert constrained(range(6), 3, X, rng=generator("1"), keep=0.6).n_admissible == 12


def test_pairs_are_the_best_of_all_pairings():
    rng = np.random.default_rng(8)
    X = rng.normal(size=(8, 2))
    inverse = np.linalg.inv(np.cov(X.T))

    def cost(pairing):
        return sum(np.sqrt((X[i] - X[j]) @ inverse @ (X[i] - X[j])) for i, j in pairing)

    def pairings(left):
        if not left:
            yield []
            return
        for k in range(1, len(left)):
            for rest in pairings(left[1:k] + left[k + 1 :]):
                yield [(left[0], left[k]), *rest]

    found = optimal_pairs(X)

    ours = [tuple(np.flatnonzero(found == number)) for number in range(4)]
    assert cost(ours) == pytest.approx(min(cost(one) for one in pairings(list(range(8)))))
    with pytest.raises(DesignError, match="5 units cannot be paired"):
        optimal_pairs(np.ones((5, 1)))


# The assignment.


def test_the_fingerprint_of_an_assignment_does_not_depend_on_the_order_of_units():
    one = Assignment([[0, 1], [0, 0]], ["a", "b"], [1, 2])
    same = Assignment([[0, 0], [0, 1]], ["b", "a"], [1, 2])
    other = Assignment([[0, 0], [0, 1]], ["a", "b"], [1, 2])

    assert one.sha256 == same.sha256
    assert one.sha256 != other.sha256


@pytest.mark.parametrize(
    ("schedule", "units", "sentence"),
    [
        ([[2]], ["a"], "A schedule holds -1, 0 and 1"),
        ([[0], [1]], ["a", "a"], "A unit id stands twice"),
        ([[0], [1]], ["a"], "There are 1 unit labels for 2 rows"),
    ],
)
def test_an_assignment_that_makes_no_sense_is_refused(schedule, units, sentence):
    with pytest.raises(SchemaMismatch, match=sentence):
        Assignment(schedule, units, [0])


def test_enumeration_is_what_counting_promised():
    for labels, blocks in (
        ([0, 1, 2, 0, 1, 2], [0] * 6),
        ([0, 1, 1, 0, 1, 1], [0, 0, 0, 1, 1, 1]),
        ([0, 0, 1, 1, 1, 1, 0], [0, 1, 0, 1, 0, 1, 1]),
    ):
        drawn = Assignment(
            np.array([[0, 0], [0, 1], [1, 1]])[labels], range(len(labels)), [0, 1], strata=blocks
        )
        rows = drawn.all_labels()
        assert len(np.unique(rows, axis=0)) == len(rows) == drawn.n_admissible


def test_draws_are_spread_evenly_over_the_set():
    drawn = two_arms([1, 1, 0, 0, 0], strata=list("aabbb"[::-1]))
    rows = drawn.draw_labels(9000, np.random.default_rng(5))

    counts = np.unique(rows, axis=0, return_counts=True)[1]

    assert len(counts) == drawn.n_admissible
    assert stats.chisquare(counts).pvalue > 0.001


def test_units_that_are_lost_take_their_lots_with_them():
    drawn = constrained(range(8), 4, np.arange(8.0), rng=generator("1"), keep=0.4)
    left = drawn.subset(drawn.unit_ids[1:])

    assert left.n_admissible == (drawn.all_labels()[:, 0] == drawn.arms[0]).sum()
    assert left.arms.tolist() == drawn.arms[1:].tolist()


# Tests.


def welch(y, z):
    a, b = y[z == 1], y[z == 0]
    return (a.mean() - b.mean()) / np.sqrt(a.var(ddof=1) / len(a) + b.var(ddof=1) / len(b))


def every_half(size, treated):
    for chosen in itertools.combinations(range(size), treated):
        z = np.zeros(size, int)
        z[list(chosen)] = 1
        yield z


@pytest.mark.parametrize("treated", [4, 3])
def test_the_exact_test_counts_every_assignment(treated):
    rng = np.random.default_rng(treated)
    y, z = rng.normal(size=9), np.array([1] * treated + [0] * (9 - treated))
    t = np.array([welch(y, one) for one in every_half(9, treated)])

    for alternative, expected in (
        ("two-sided", np.mean(np.abs(t) >= abs(welch(y, z)) - 1e-9)),
        ("greater", np.mean(t >= welch(y, z) - 1e-9)),
        ("less", np.mean(t <= welch(y, z) + 1e-9)),
    ):
        test = RandomizationTest(alternative=alternative).run(one_value_each(y), two_arms(z))
        assert test.p_value == pytest.approx(expected, abs=1e-12)


def test_the_interval_holds_what_the_shifted_test_does_not_reject():
    rng = np.random.default_rng(11)
    z = np.array([1, 0] * 4)
    y = rng.normal(size=8) + 2 * z
    low, high = RandomizationTest().run(one_value_each(y), two_arms(z)).conf_int(0.9)

    def p(effect, alternative):
        table = one_value_each(y - effect * z)
        return RandomizationTest(alternative=alternative).run(table, two_arms(z)).p_value

    assert p(low + 1e-4, "greater") > 0.05 >= p(low - 1e-4, "greater")
    assert p(high - 1e-4, "less") > 0.05 >= p(high + 1e-4, "less")


def test_too_few_assignments_bound_nothing():
    test = RandomizationTest().run(one_value_each([1.0, 2, 7, 9]), two_arms([0, 0, 1, 1]))

    assert test.p_floor == pytest.approx(1 / 3)
    assert test.p_value == pytest.approx(1 / 3)
    assert test.conf_int(0.95) == (-np.inf, np.inf)


def within_blocks_t(y, z, blocks):
    """The effect within blocks by regression on dummies, over its HC0 error."""
    X = np.column_stack([z, *(blocks == one for one in np.unique(blocks))]).astype(float)
    M = np.linalg.inv(X.T @ X)
    beta = M @ X.T @ y
    e = y - X @ beta
    V = M @ (X * (e**2)[:, None]).T @ X @ M
    return beta[0] / np.sqrt(V[0, 0]), beta[0], np.sqrt(V[0, 0])


def test_strata_are_kept_in_the_lot_and_in_the_statistic():
    rng = np.random.default_rng(2)
    blocks = np.array([0, 0, 0, 0, 1, 1, 1, 2, 2, 2, 2])
    z = np.array([1, 0, 1, 0, 1, 0, 0, 1, 0, 1, 1])
    y = rng.normal(size=11) + blocks + z
    assignment = two_arms(z, strata=blocks)
    t = np.array([within_blocks_t(y, one, blocks)[0] for one in assignment.all_labels()])
    own, effect, error = within_blocks_t(y, z, blocks)

    test = RandomizationTest().run(one_value_each(y), assignment)

    assert assignment.n_admissible == 72
    assert test.estimate == pytest.approx(effect)
    assert test.std_error == pytest.approx(error)
    assert test.p_value == pytest.approx(np.mean(np.abs(t) >= abs(own) - 1e-9))


def test_what_was_known_before_is_taken_out_of_every_assignment():
    rng = np.random.default_rng(4)
    z, x = np.array([1, 0] * 5), rng.normal(size=10)
    y = x * 3 + z + 0.1 * rng.normal(size=10)

    plain = RandomizationTest().run(one_value_each(y), two_arms(z))
    adjusted = RandomizationTest(covariates=x).run(one_value_each(y), two_arms(z))

    X = np.column_stack([z, np.ones(10), x])
    assert adjusted.estimate == pytest.approx(np.linalg.lstsq(X, y, rcond=None)[0][0])
    assert adjusted.p_value < 0.02 < plain.p_value


def test_drawn_sets_agree_with_enumerated_ones():
    rng = np.random.default_rng(9)
    z = rng.permutation([1] * 9 + [0] * 9)
    y = rng.normal(size=18) + 0.8 * z
    assignment = two_arms(z)
    exact = RandomizationTest().run(one_value_each(y), assignment)

    rows = assignment.draw_labels(40_000, rng)
    t = np.array([welch(y, row) for row in rows[:4000]])

    assert exact.values["exact"]
    assert np.mean(np.abs(t) >= abs(welch(y, z))) == pytest.approx(exact.p_value, abs=0.02)


def test_a_hundred_thousand_draws_on_sixty_units_take_under_a_second():
    rng = np.random.default_rng(1)
    z = rng.permutation([1] * 30 + [0] * 30)
    table, assignment = one_value_each(rng.normal(size=60)), two_arms(z)
    begun = time.process_time()

    test = RandomizationTest(n=100_000).run(table, assignment, rng=rng)

    assert time.process_time() - begun < 1.5  # measured .25 s; the rest is a busy machine
    assert test.p_floor == pytest.approx(1 / 100_001)


def test_a_large_set_needs_a_generator():
    assignment = two_arms([1, 0] * 30)
    with pytest.raises(ValueError, match="must be drawn from"):
        RandomizationTest().run(one_value_each(np.arange(60.0)), assignment)


def test_ties_and_zeros_are_counted_as_ties():
    z = np.array([1, 1, 1, 0, 0, 0])
    same_in_arms = RandomizationTest().run(one_value_each([1.0, 1, 1, 0, 0, 0]), two_arms(z))
    mostly_zero = RandomizationTest().run(one_value_each([0.0, 0, 5, 0, 0, 0]), two_arms(z))

    assert same_in_arms.p_value == pytest.approx(2 / 20)
    assert mostly_zero.p_value == 1.0
    with pytest.raises(Singular, match="No value differs"):
        RandomizationTest().run(one_value_each(np.full(6, 3.3)), two_arms(z))


def test_nobody_drew_lots_so_nothing_is_tested():
    with pytest.raises(NotRandomizable, match="Nobody drew lots"):
        RandomizationTest().run(
            one_value_each([1.0, 2, 3, 4]), two_arms([0, 1, 0, 1], randomized=False)
        )


def test_fishers_maize_is_met():
    maize = columns("zeamays/ZeaMays.csv")
    y = np.column_stack([maize["cross"], maize["self"]]).ravel()
    pairs = two_arms([1, 0] * 15, pairs=np.repeat(np.arange(15), 2))

    two_sided = RandomizationTest().run(one_value_each(y), pairs)
    one_sided = RandomizationTest(alternative="greater").run(one_value_each(y), pairs)

    assert one_sided.p_value == 863 / 32768
    assert round(100 * two_sided.p_value, 3) == 5.267
    assert two_sided.p_floor == 2 / 32768


def test_all_flips_are_there_once():
    signs, exact = sign_flips(10, 0, None)

    assert exact
    assert len(np.unique(signs, axis=0)) == 1024
    assert not sign_flips(20, 50, np.random.default_rng(0))[1]


def test_list_orders_of_three_kinds_each_once() -> None:
    labels, blocks = np.array([2, 0, 1, 2, 0, 1, 1]), np.array([0, 0, 0, 0, 0, 1, 1])
    rows = enumerate_arrangements(labels, blocks)
    assert {tuple(row[:5]) for row in rows.tolist()} == set(itertools.permutations(labels[:5]))
    assert len(rows) == count_arrangements(labels, blocks) == 30
    assert (rows[:, 5:] == 1).all()
