"""Published figures of money and of shares of subjects."""

from __future__ import annotations

from pochin.lab.sample_ratio import srm_test
from pochin.lab.tests.figures import figure, figures
from pochin.lab.value_of_information import unit_normal_loss

figures(
    "Raiffa & Schlaifer 1961",
    "unit normal loss",
    [f"L({z})" for z in (0, 0.5, 1, 1.5, 2)],
    ".3989 .1978 .0833 .0293 .0085",
    lambda: [unit_normal_loss(z) for z in (0, 0.5, 1, 1.5, 2)],
)


def _hillstrom() -> list[float]:
    test = srm_test([21306, 21307, 21387])
    return [test.statistic, test.p_value]


figures(
    "Hillstrom 2008", "sample ratio test, three arms", ["χ²", "p-value"], ".2025 .9037", _hillstrom
)
figure(
    "Kohavi et al. 2020",
    "sample ratio test, 821,588 and 815,482",
    "p-value × 10⁶",
    "1.8",
    lambda: 1e6 * srm_test([821_588, 815_482]).p_value,
)
