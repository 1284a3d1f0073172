"""Two-way fixed effects: the published stepped-wedge trial, and what cannot be told."""

import numpy as np
import pytest

from pochin.lab.estimate.twoway import two_way
from pochin.lab.result import NotIdentified, SchemaMismatch
from pochin.lab.tests.published import columns


@pytest.fixture(scope="module")
def tracing():
    """The REGLab trial of automated contact tracing, rows of postcode and week."""
    data = columns("reglab_sw/panel_data.csv")
    automated, manual = data["n_assigned_automated"], data["n_assigned_manual"]
    known = "mean_perc_filled_assigned_"
    filled = data[known + "automated"] * automated + data[known + "manual"] * manual
    return {
        "y": filled / (automated + manual),
        "unit": data["Zip"],
        "period": data["week"],
        "weights": automated + manual,
        "covariates": (data["svi_label"] != "[50,80) SVI").astype(float),
        "lot": (data["condition"] == "Automated CICT").astype(float),
        "done": automated / (automated + manual),
    }


def test_what_was_assigned_had_the_published_effect(tracing):
    given = {key: value for key, value in tracing.items() if key not in ("lot", "done")}
    fit = two_way(treatment=tracing["lot"], **given)

    assert (round(fit.estimate, 3), round(fit.std_error, 3)) == (-0.018, 0.006)
    assert (fit.n, fit.df, round(fit.r_squared, 3)) == (193, 156, 0.891)
    assert round(fit.f_statistic, 3) == 35.561


def test_what_was_done_had_the_published_effect(tracing):
    given = {key: value for key, value in tracing.items() if key not in ("lot", "done")}
    fit = two_way(treatment=tracing["done"], instrument=tracing["lot"], **given)

    assert (round(fit.estimate, 3), round(fit.std_error, 3)) == (-0.255, 0.068)
    assert (fit.n, round(fit.r_squared, 3)) == (193, 0.920)
    assert fit.flags == ()


def test_a_lot_that_few_obeyed_is_flagged():
    rng = np.random.default_rng(1)
    unit, period = np.indices((12, 6)).reshape(2, -1)
    lot = (period > unit % 5).astype(float)
    done = 0.05 * lot + rng.normal(size=len(lot))

    fit = two_way(rng.normal(size=len(lot)), unit, period, done, instrument=lot)

    assert [flag.code for flag in fit.flags] == ["weak-instrument"]
    assert fit.first_stage_f < 10


def test_a_treatment_that_only_follows_time_is_not_told():
    unit, period = np.indices((4, 3)).reshape(2, -1)

    with pytest.raises(NotIdentified, match="beside"):
        two_way(np.arange(12.0), unit, period, (period > 1) * 1.0)
    with pytest.raises(NotIdentified, match="too few"):
        two_way([1.0, 2.0], [1, 2], [1, 1], [0, 1])
    with pytest.raises(SchemaMismatch):
        two_way([1.0, 2.0], [1, 2, 3], [1, 1], [0, 1])
