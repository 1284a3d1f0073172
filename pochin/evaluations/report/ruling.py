"""The decision by the rule of the plan: its table and its characteristics."""

from __future__ import annotations

import math
from typing import Any

from django.utils.translation import gettext as _
from scipy import stats

from pochin.evaluations import pictures, reasons, words
from pochin.evaluations.report.shape import Context, Section, Table
from pochin.lab.decide import primary_level
from pochin.lab.protocol import Protocol
from pochin.pilots import words as plan_words
from pochin.ui import formats


def decision(protocol: Protocol, result: Any) -> Section:
    """The rule, and what each metric gave against its line."""
    told = words.names(protocol)
    rows = []
    for row in result["metrics"]:
        judged = row["judged"]
        if judged is None:
            continue
        metric = row["metric"]
        unit = pictures.unit_of_change(metric)
        ends = [judged["lower"], judged["upper"]]
        wide = ends[1] - ends[0] if None not in ends else None
        places = words.places_of(wide, judged["line"])
        places = words.places_apart(places, ends, (judged["line"], 0.0))
        cells = [formats.number(one, places=places, sign=True) for one in (*ends, judged["line"])]
        name = told[metric["code"]] + (f", {unit}" if unit else "")
        rows.append([name, *cells, words.finding(judged["finding"], metric["role"])])
    facts = [
        (_("Verdict"), words.VERDICTS[_verdict(result)][0]),
        (_("By the rule"), words.COLOURS[result["decision"]["colour"]][0]),
        (_("Evidence"), words.evidence(result, protocol)),
        (_("The decision is about"), plan_words.SCOPES[protocol.decision.scope]),
    ]
    if protocol.decision.words:
        facts.append((_("Rule in words"), protocol.decision.words))
    level = protocol.decision.level
    note = [
        _(
            "Improvement is counted as positive. Each metric is compared with its line by "
            "one-sided bounds of %(level)s: all of the likely values must lie beyond it."
        )
        % {"level": _level(level)}
    ]
    if len(protocol.primaries) > 1:
        shared = primary_level(level, len(protocol.primaries))
        note.append(
            _("Several primary metrics share the error: their bounds are of %(level)s.")
            % {"level": _level(shared)}
        )
    head = [_("Metric"), _("Lower bound"), _("Upper bound"), _("Line to pass"), _("Finding")]
    return Section(
        _("How it was judged"),
        facts=facts,
        text=[*reasons.of(result, protocol), *note],
        table=Table(head, rows, ["left", "right", "right", "right", "left"], [3, 1.5, 1.5, 1.3, 3]),
    )


def _level(level: float) -> str:
    """A level as people write it: 95 %, 97.5 %."""
    _whole, _point, part = f"{100 * level:.10g}".partition(".")
    return formats.percent(level, places=len(part))


def _verdict(result: Any) -> str:
    return result["decision"]["verdict"].replace("-shown", "").replace("-", "_")


def characteristics(row: Any, context: Context, protocol: Protocol) -> Section | None:
    """How often such a pilot says what: as planned, and with the precision that was reached."""
    if context.planned:
        rows: list[list[Any]] = [
            [
                words.SUPPOSED[one["name"]],
                formats.with_unit(
                    abs(one["effect"]), pictures.unit_of_change(row["metric"]), places=one["places"]
                ),
                *(formats.percent(one[name], places=0) for name in ("green", "amber", "red")),
            ]
            for one in context.planned
        ]
        head = [_("If the truth is"), _("Improvement"), _("Green"), _("Amber"), _("Red")]
        text = [_("As shown before the plan was signed, by trying the plan out on made-up data.")]
    else:
        level = primary_level(protocol.decision.level, len(protocol.primaries))
        rows = _reached(row, level)
        head = [_("If the truth is"), _("Improvement"), _("Threshold passed"), _("Neither"),
                _("Harm")]  # fmt: skip
        text = [_("With the precision that was reached, such a pilot says so often:")]
    if not rows:
        return None
    align = ["left", "right", "right", "right", "right"]
    return Section(
        _("How far this rule can be trusted"),
        text=text,
        table=Table(head, rows, align, [3, 1.6, 1.6, 1.2, 1.2]),
    )


def _reached(row: Any, level: float) -> list[list[str]]:
    """Probabilities of the findings under supposed effects, from the standard error reached."""
    effect, metric = row["effect"], row["metric"]
    error, threshold = effect["std_error"], metric["threshold"]
    known = effect["reference_distribution"] in {"t", "normal"} and row["look"] is None
    if not error or not known or not threshold:
        return []
    df = effect["df"] or math.inf
    limit = float(stats.t.ppf(level, df))
    places = words.places_of(threshold)
    rows = []
    for name, truth in (("no effect", 0.0), ("threshold", threshold), ("twice", 2 * threshold)):
        passed = _beyond(limit, df, (truth - threshold) / error)
        harm = _beyond(limit, df, -truth / error)
        said = formats.with_unit(truth, pictures.unit_of_change(metric), places=places)
        shares = [passed, max(0.0, 1 - passed - harm), harm]
        cells = [formats.percent(one, places=0) for one in shares]
        rows.append([str(words.SUPPOSED[name]), said, *cells])
    return rows


def _beyond(limit: float, df: float, shift: float) -> float:
    """How often a t statistic with this shift exceeds the limit."""
    if math.isinf(df):
        return float(stats.norm.sf(limit - shift))
    return float(stats.nct.sf(limit, df, shift))
