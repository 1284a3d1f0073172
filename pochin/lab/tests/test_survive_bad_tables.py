"""Broken tables: an answer or one sentence, never anything else."""

import json

import numpy as np
import pytest

from pochin.lab.evaluate import evaluate_plan
from pochin.lab.moments import MomentTable
from pochin.lab.protocol import Protocol
from pochin.lab.result import LabError
from pochin.lab.tests.plans import KINDS, plan
from pochin.lab.tests.test_evaluate import table_of


def cut_rows(columns, rng):
    kept = rng.random(len(columns["n"])) < rng.choice([0.05, 0.5, 0.95])
    return {name: column[kept] for name, column in columns.items()}


def constant(columns, rng):
    value = rng.choice([0.0, -3.0, 1e300, 1e-300])
    return columns | {"mean": np.full(len(columns["n"]), value), "m2": columns["m2"] * 0}


def outlier(columns, rng):
    mean = columns["mean"].copy()
    if not len(mean):
        return columns
    mean[rng.integers(len(mean))] = rng.choice([1e15, -1e308, 1e-320])
    return columns | {"mean": mean}


def empty_rows(columns, rng):
    return columns | {"n": np.where(rng.random(len(columns["n"])) < 0.3, 0, columns["n"])}


def single_values(columns, rng):
    return columns | {"n": np.ones(len(columns["n"]), int), "m2": columns["m2"] * 0}


def strangers(columns, rng):
    odd = rng.random(len(columns["n"])) < 0.1
    return columns | {"unit": np.where(odd, "nobody", columns["unit"])}


def other_periods(columns, rng):
    odd = rng.random(len(columns["n"])) < 0.1
    return columns | {"period": np.where(odd, "1999-01-01", columns["period"])}


def one_arm_gone(columns, rng):
    gone = np.isin(columns["unit"], np.unique(columns["unit"])[:: rng.integers(2, 4)])
    return {name: column[~gone] for name, column in columns.items()}


def wild_counts(columns, rng):
    return columns | {"n": rng.choice([1, 10**6, 10**12], len(columns["n"]))}


BREAKS = [
    cut_rows, constant, outlier, empty_rows, single_values, strangers, other_periods,
    one_arm_gone, wild_counts,
]  # fmt: skip


def answer(protocol, columns):
    """The document of the evaluation, or the sentence of its refusal."""
    try:
        return evaluate_plan(protocol, MomentTable(**columns)).to_dict()
    except LabError as refused:
        return str(refused)


@pytest.mark.parametrize("kind", [kind for kind in KINDS if kind != "individual"])
@pytest.mark.filterwarnings("ignore::RuntimeWarning")
def test_broken_tables_are_evaluated_or_refused_in_a_sentence(kind):
    protocol = Protocol.parse(plan(kind, analysis={"draws": 999}))
    whole = table_of(protocol).columns()
    rng = np.random.default_rng(len(kind))

    for i in range(3 * len(BREAKS)):
        columns = BREAKS[i % len(BREAKS)](dict(whole), rng)
        if i >= len(BREAKS):
            columns = BREAKS[rng.integers(len(BREAKS))](columns, rng)
        told = answer(protocol, columns)
        if isinstance(told, str):
            assert told.endswith(".")
            continue
        assert json.loads(json.dumps(told, allow_nan=False)) == told
        if told["decision"]["colour"] == "grey":
            assert told["decision"]["money"] is None
