"""Moment tables: merging loses nothing, order plays no part, nonsense is refused."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from pochin.lab.moments import MomentTable, coded
from pochin.lab.result import SchemaMismatch

FINITE = st.floats(-1e6, 1e6)


def reduced(rows):
    """A table of one unit from rows (value, denominator, before), and the same by rows."""
    y, d, x = (np.array(column) for column in zip(*rows, strict=True))
    return MomentTable(
        ["a"], [0], ["m"], [len(y)], [y.mean()], [((y - y.mean()) ** 2).sum()],
        [d.mean()], [((d - d.mean()) ** 2).sum()], [((d - d.mean()) * (y - y.mean())).sum()],
        [x.mean()], [((x - x.mean()) ** 2).sum()], [((x - x.mean()) * (y - y.mean())).sum()],
    )  # fmt: skip


ROWS = st.lists(st.tuples(FINITE, FINITE, FINITE), min_size=1, max_size=8)


@settings(max_examples=60)
@given(st.lists(ROWS, min_size=1, max_size=4))
def test_merging_parts_gives_the_moments_of_the_whole(parts):
    whole = reduced([row for part in parts for row in part])
    first, *rest = [reduced(part) for part in parts]

    merged = first.merge(*rest)

    for name, column in merged.columns().items():
        if name not in ("unit", "period", "metric"):
            scale = 1e12 if name.endswith(("m2", "co")) else 1e6
            assert column == pytest.approx(getattr(whole, name), rel=1e-9, abs=1e-9 * scale)


def test_a_large_mean_does_not_eat_the_variance():
    rng = np.random.default_rng(1)
    y = 1e6 + rng.normal(size=10_000)
    one_by_one = MomentTable(
        ["a"] * 10_000, [0] * 10_000, ["m"] * 10_000, np.ones(10_000, int), y, np.zeros(10_000)
    )

    assert one_by_one.m2[0] == pytest.approx(((y - y.mean()) ** 2).sum(), rel=1e-10)


def test_the_fingerprint_is_of_the_data_not_of_their_order():
    rows = [("a", 1, "m", 2, 3.0, 0.5), ("b", 1, "m", 2, 4.0, 0.5), ("a", 2, "m", 1, 5.0, 0.0)]

    def table(order):
        return MomentTable(*zip(*[rows[i] for i in order], strict=True))

    other = MomentTable(*zip(*[(*row[:4], row[4] + 1e-12, row[5]) for row in rows], strict=True))

    assert table([0, 1, 2]).fingerprint == table([2, 0, 1]).fingerprint
    assert table([0, 1, 2]).fingerprint != other.fingerprint


def test_rolling_up_puts_the_spread_between_means_into_the_variance():
    table = MomentTable(
        ["a", "b", "a", "c"], [1, 1, 2, 2], ["m"] * 4, [1, 1, 1, 1], [1.0, 3, 5, 9], [0.0] * 4
    )

    arms = table.roll_up(unit={"a": "x", "b": "x"}, period={1: 0, 2: 0})

    assert (arms.unit.tolist(), arms.n.tolist()) == (["x"], [3])
    assert arms.mean[0] == pytest.approx(3.0)
    assert arms.m2[0] == pytest.approx(8.0)


def test_a_matrix_has_the_units_and_periods_asked_for_and_nan_where_nothing_was_seen():
    table = MomentTable(["b", "a"], [2, 1], ["m"] * 2, [4, 5], [1.5, 2.5], [3.0, 4.0])

    panel = table.to_matrix("m", units=["a", "z", "b"], periods=[2, 1, 3])

    assert panel.n.tolist() == [[0, 5, 0], [0, 0, 0], [4, 0, 0]]
    assert panel.Y[0, 1] == 2.5
    assert panel.Y[2, 0] == 1.5
    assert np.isnan(panel.Y).sum() == 7
    assert panel.m2[0, 1] == 4.0


def test_inputs_are_never_changed_and_tables_cannot_be():
    mean = np.array([1.0, 2.0])
    table = MomentTable(["a", "a"], [0, 0], ["m"] * 2, [1, 1], mean, np.zeros(2))

    assert mean.tolist() == [1.0, 2.0]
    with pytest.raises(ValueError, match="read-only"):
        table.mean[0] = 5.0


@pytest.mark.parametrize(
    ("changes", "sentence"),
    [
        ({"n": [-1]}, "“n” is negative in a row."),
        ({"m2": [-1.0]}, "“m2” is negative in a row."),
        ({"mean": [np.nan]}, "“mean” is not a number in a row that has values."),
        ({"mean": ["three"]}, "“mean” holds something that is not a number."),
        ({"mean": [1.0, 2.0]}, "The columns differ in length."),
        ({"mean": [[1.0]]}, "“mean” has 2 dimensions; it must have one."),
        ({"den_mean": [1.0]}, "“den_mean”, “den_m2” and “den_co” come together."),
    ],
)
def test_arrays_that_make_no_table_are_refused(changes, sentence):
    good = {"unit": ["a"], "period": [1], "metric": ["m"], "n": [1], "mean": [1.0], "m2": [0.0]}
    with pytest.raises(SchemaMismatch) as refused:
        MomentTable(**(good | changes))

    assert str(refused.value) == sentence


def test_rows_without_values_carry_no_mean():
    table = MomentTable(["a", "b"], [1, 1], ["m"] * 2, [0, 2], [np.nan, 1.0], [0.0, 1.0])

    assert np.isnan(table.mean[0])
    assert table.n_rows == 2


def test_tables_of_different_columns_do_not_merge():
    one = MomentTable(["a"], [1], ["m"], [1], [1.0], [0.0])
    other = MomentTable(["a"], [1], ["m"], [1], [1.0], [0.0], missing=[2])
    with pytest.raises(SchemaMismatch, match="their columns differ"):
        one.merge(other)
    with pytest.raises(SchemaMismatch, match="no metric “x”"):
        one.to_matrix("x")


# Readings, row by row.


@pytest.mark.parametrize("words", [True, False])
def test_readings_reduce_to_what_merging_them_gives(words):
    rng = np.random.default_rng(7)
    unit, period = rng.integers(90, 97, 400), rng.integers(0, 3, 400)
    value = 1e6 + rng.normal(size=400)
    if words:
        unit, period = unit.astype(str), period.astype(str)
    one_by_one = MomentTable(unit, period, ["m"] * 400, np.ones(400, int), value, np.zeros(400))

    table = MomentTable.of_rows(unit, value, period=period)

    for name in ("unit", "period", "metric", "n"):
        assert getattr(table, name).tolist() == getattr(one_by_one, name).tolist()
    assert table.mean == pytest.approx(one_by_one.mean, rel=1e-14)
    assert table.m2 == pytest.approx(one_by_one.m2, rel=1e-9)


def test_one_period_and_metric_may_stand_for_all():
    table = MomentTable.of_rows(["b", "a", "b"], [1.0, 2.0, 4.0], period="may", metric="delay")

    assert table.unit.tolist() == ["a", "b"]
    assert table.period.tolist() == ["may", "may"]
    assert table.m2.tolist() == [0.0, 4.5]


@pytest.mark.parametrize(
    ("unit", "value"), [(["a"], [float("nan")]), ([], []), (["a", "b"], [1.0]), (["a"], ["x"])]
)
def test_readings_that_are_none_are_refused(unit, value):
    with pytest.raises(SchemaMismatch):
        MomentTable.of_rows(unit, value)


@pytest.mark.parametrize(
    "values",
    [[5, 5, 5], [3, -2, 9, 3], [10**12, 0], [2**63 - 1, -(2**63)], ["b", "a", "b"], [1.5, 0.5]],
)
def test_codes_are_those_of_unique(values):
    known, place = coded(np.array(values))
    theirs = np.unique(np.array(values), return_inverse=True)

    assert known.tolist() == theirs[0].tolist()
    assert place.tolist() == theirs[1].tolist()
    assert known.dtype == theirs[0].dtype
