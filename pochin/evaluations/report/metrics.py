"""What each metric gave: guardrails, further primaries, a second pilot, what was not planned."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy as _l

from pochin.evaluations import pictures, words
from pochin.evaluations.report.shape import Section, Table
from pochin.lab.protocol import Protocol
from pochin.pilots import lab_words
from pochin.ui import charts, formats


def guardrails(protocol: Protocol, result: Any) -> Section | None:
    found = [row for row in result["metrics"] if row["metric"]["role"] == "guardrail"]
    if not found:
        return None
    told = words.names(protocol)
    head = [
        _("Metric"), _("By how much it changed"), _("95% interval"), _("Bound of the rule"),
        _("Limit"), _("Verdict"),
    ]  # fmt: skip
    rows = [_guard_row(row, told, protocol) for row in found]
    align = ["left", "right", "right", "right", "right", "left"]
    return Section(
        _("What must not have got worse"),
        table=Table(head, rows, align, [2, 1.5, 2.1, 1.3, 1.1, 2]),
        pictures=[picture] if (picture := pictures.guardrails(result, protocol)) else [],
    )


ESTIMANDS = {
    "unit-average": _l("the average over units"),
    "participant-average": _l("the average over parcels or people"),
    "att": _l("the average over the units with the solution"),
    "att-group": _l("the average over the groups that started together"),
    "att-simple": _l("the average over all groups and periods"),
    "att-dynamic": _l("the average over the times since the start"),
    "att-calendar": _l("the average over the periods"),
    "time-average-effect": _l("the average over the times with the solution"),
    "step": _l("the step at the start"),
}


def figures(row: Any, protocol: Protocol) -> Section | None:
    """What a statistician asks for first: method, error, degrees of freedom, p-values."""
    effect, metric = row["effect"], row["metric"]
    if effect["estimate"] is None:
        return None
    unit, estimate = pictures.unit_of_change(metric), words.estimate_of(effect)
    places = 1 + words.places_of(words.width_of(estimate), metric["threshold"])
    facts: list[tuple[Any, Any]] = [
        (_("Metric"), words.names(protocol)[metric["code"]]),
        (_("Method"), words.method(effect)),
    ]
    if effect["estimand"] in ESTIMANDS:
        facts.append((_("What is estimated"), ESTIMANDS[effect["estimand"]]))
    change = formats.with_unit(effect["estimate"], unit, places=places, sign=True)
    facts.append((_("By how much it changed"), change))
    if effect["std_error"] is not None:
        error = formats.with_unit(effect["std_error"], unit, places=places)
        if effect["df"] is not None:
            error += "; " + _("degrees of freedom: %(df)s") % {
                "df": formats.number(effect["df"], places=0 if effect["df"] % 1 == 0 else 1)
            }
        facts.append((_("Standard error"), error))
    for one in effect["intervals"]:
        if one["low"] is not None and one["high"] is not None:
            ends = charts.Estimate(effect["estimate"], one["low"], one["high"])
            name = _("%(level)s interval") % {"level": formats.percent(one["level"], places=0)}
            facts.append((name, ends.span_words(unit, places, sign=True)))
    judged = words.judged_of(row, protocol)
    if judged is not None:
        facts += charts.bounds_row(judged, unit, places)
    if said := words.p_words(row):
        facts.append((_("p-value"), said))
    known = effect["variance_components"]
    for name, told in COMPONENTS.items():
        if name in known:
            facts.append((told, formats.number(known[name], places=3)))
    facts.append((_("Compared"), words.units(effect)))
    return Section(_("The figures"), facts=facts)


COMPONENTS = {
    "icc": _l("Likeness within a unit, ICC"),
    "cac": _l("Likeness of its periods, CAC"),
    "autocorrelation": _l("Likeness of neighbouring periods"),
}


def _guard_row(row: Any, told: Mapping[str, str], protocol: Protocol) -> list[Any]:
    metric, estimate = row["metric"], words.judged_of(row, protocol)
    unit = pictures.unit_of_change(metric)
    limit = (1 if metric["direction"] == "lower" else -1) * (metric["margin"] or 0.0)
    places = words.places_of(metric["margin"], words.width_of(estimate))
    if estimate is not None:
        places = words.places_apart(places, estimate.reach, (limit, 0.0))
    finding = words.finding((row["judged"] or {}).get("finding", "not-shown"))
    middle = row["effect"]["estimate"]
    said = [formats.with_unit(middle, unit, places=places, sign=True), formats.DASH, formats.DASH]
    if estimate is not None:
        said[:2] = [
            estimate.words(unit, places, sign=True), estimate.span_words(unit, places, sign=True)
        ]  # fmt: skip
        if (bound := estimate.toward(limit)) is not None:
            said[2] = formats.with_unit(bound, unit, places=places, sign=True)
    limit_words = formats.with_unit(limit, unit, places=places, sign=True)
    return [told[metric["code"]], *said, limit_words, finding]


def _effect_row(row: Any, told: Mapping[str, str]) -> list[Any]:
    metric, effect = row["metric"], row["effect"]
    estimate, unit = words.estimate_of(effect), pictures.unit_of_change(metric)
    if estimate is None:
        why = [lab_words.told(f["message"], f["evidence"]) for f in effect["flags"]]
        return [told[metric["code"]], "; ".join(why) or _("withheld"), "", ""]
    places = words.places_of(estimate.high - estimate.low)
    p = row["adjusted_p"] if row["adjusted_p"] is not None else row["p_value"]
    return [
        told[metric["code"]],
        estimate.words(unit, places, sign=True),
        estimate.span_words(unit, places, sign=True),
        words.p_value(p) if p is not None else formats.DASH,
    ]


def _effects(result: Any, protocol: Protocol, rows: Sequence[Any]) -> Table:
    told = words.names(protocol)
    head = [_("Metric"), _("By how much it changed"), _("95% interval"), _("p")]
    return Table(head, [_effect_row(row, told) for row in rows],
                 ["left", "right", "right", "right"], [3, 1.6, 3, 1])  # fmt: skip


def more_primaries(protocol: Protocol, result: Any) -> Section | None:
    """The other primary metrics; None where there is but one, or a gate blocks."""
    if words.blocked(result):
        return None
    rows = [row for row in result["metrics"] if row["metric"]["role"] == "primary"][1:]
    if not rows:
        return None
    return Section(
        _("Other primary metrics"),
        text=[_("Several primary metrics share the error; the p-values are Holm's.")],
        table=_effects(result, protocol, rows),
    )


def crossed(protocol: Protocol, result: Any) -> Section | None:
    """How the effect hangs on other pilots at the same units; None where there were none."""
    rows = [
        (row, one)
        for row in result["metrics"]
        for one in row.get("crossed", [])
        if row["metric"]["role"] == "primary"
    ]
    if not rows or words.blocked(result):
        return None
    told, several = words.names(protocol), len({row["metric"]["code"] for row, _one in rows}) > 1
    head = [
        _("Pilot"), _("Effect where its solution works too"), _("Effect elsewhere"),
        _("Difference, 95% interval"), _("p"),
    ]  # fmt: skip
    lines = [_crossed_row(row, one, told if several else {}) for row, one in rows]
    return Section(
        _("Other pilots at the same sites"),
        text=[
            _(
                "Some sites had the solution of another pilot as well. If the difference is far "
                "from zero, the two solutions help or hinder each other, and this effect holds for "
                "such a mixture of sites only."
            )
        ],
        table=Table(head, lines, ["left", "right", "right", "right", "right"], [2, 2.4, 2.4, 3, 1]),
    )


def _crossed_row(row: Any, one: Any, told: Mapping[str, str]) -> list[Any]:
    unit, values = pictures.unit_of_change(row["metric"]), one["values"]
    estimate = words.estimate_of(one)
    places = words.places_of(words.width_of(estimate))
    effects = [
        formats.with_unit(values[key]["estimate"], unit, places=places, sign=True)
        for key in ("with_other", "without_other")
    ]
    name = values["other"]
    if told:
        name = f"{name}, {told[row['metric']['code']]}"
    difference = formats.with_unit(one["estimate"], unit, places=places, sign=True)
    if estimate is not None:
        difference = f"{difference}, {estimate.span_words('', places, sign=True)}"
    return [name, *effects, difference, words.p_value(one["p_value"])]


def exploratory(protocol: Protocol, result: Any) -> Section | None:
    """Secondary metrics, kept apart; None where the plan has none or a gate blocks."""
    if words.blocked(result):
        return None
    rows = [row for row in result["metrics"] if row["metric"]["role"] == "secondary"]
    if not rows:
        return None
    many = len(rows) > 1
    text = [_("These metrics take no part in the decision: they are hints for the next question.")]
    if many:
        text.append(_("The p-values are those of Benjamini and Hochberg."))
    return Section(
        _("Exploratory"),
        text=text,
        table=_effects(result, protocol, rows),
        aside=_("not for the decision"),
    )
