"""Effects of many pilots beside each other, as shares of their thresholds."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from django.utils.translation import gettext as _

from pochin.evaluations.models import Evaluation
from pochin.evaluations.words import estimate_of, places_of, unit_of_change
from pochin.pilots import wording
from pochin.ui import charts

# Nearer than this share of the column, the words over zero and over the threshold would touch.
TOGETHER = 0.25


def share_of_threshold(
    evaluation: Evaluation | None, otherwise: str
) -> charts.Estimate | charts.Hidden:
    """The effect as a share of the threshold: 0 no difference, 1 the threshold, positive better.

    Args:
        evaluation: The released evaluation, where there is one.
        otherwise: What is said in its place while there is none.
    """
    if evaluation is None:
        return charts.Hidden(otherwise)
    row = next(m for m in evaluation.result["metrics"] if m["metric"]["role"] == "primary")
    estimate = estimate_of(row["effect"])
    if estimate is None:
        return charts.Hidden(_("withheld: a check failed"), fault=True)
    sign = -1 if row["metric"]["direction"] == "lower" else 1
    return estimate.over(sign * row["metric"]["threshold"])


def shared_scale(estimates: Iterable[charts.Estimate | charts.Hidden]) -> charts.Scale:
    """One axis for many effects as shares of their thresholds, at most from −2 to 4."""
    shown = [one for one in estimates if isinstance(one, charts.Estimate)]
    ends = [max(-2.0, min(4.0, end)) for one in shown for end in (one.low, one.high)]
    return charts.Scale.around([-0.5, 0, 1, 2, *ends], pad=0.05)


def shared_axis(scale: charts.Scale, *, is_narrow: bool = False) -> Any:
    """The head over a column of such effects; a narrow column has room for two short words.

    So has a wide one where a far effect draws “no effect” and the threshold together.
    """
    if is_narrow or scale.share(1) - scale.share(0) < TOGETHER:
        return charts.axis(scale, [(0, "0", ""), (1, _("threshold"), "plan")], lines=1)
    marks = [
        (0, _("no\neffect"), ""),
        (1, _("threshold"), "plan"),
        (2, _("twice"), ""),
    ]
    return charts.axis(scale, marks)


def amount(evaluation: Evaluation | None) -> tuple[str, str]:
    """The effect in its own unit and its 95 % interval, as words; empty where there is none."""
    if evaluation is None:
        return "", ""
    row = next(m for m in evaluation.result["metrics"] if m["metric"]["role"] == "primary")
    estimate = estimate_of(row["effect"])
    if estimate is None:
        return "", ""
    said = wording.of(evaluation.pilot).said(row["metric"]["unit"])
    unit = unit_of_change(row["metric"] | {"unit": said})
    places = places_of(estimate.high - estimate.low)
    return (
        estimate.words(unit, places, sign=True),
        estimate.span_words("", places, sign=True),
    )
