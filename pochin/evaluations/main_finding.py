"""The main finding of a result: a sentence first, then its picture."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from django.utils.translation import gettext as _

from pochin.evaluations.words import (
    VERDICTS,
    _finite,
    blocked,
    estimate_of,
    has_comparison,
    judged_of,
    method,
    names,
    one_stop,
    p_value,
    p_words,
    places_apart,
    places_of,
    primary_row,
    unit_of_change,
    units,
)
from pochin.lab.protocol import Protocol
from pochin.ui import charts, formats


@dataclass(frozen=True, slots=True)
class Told:
    """A metric of the result as it is told: its words and its picture."""

    name: str
    sentence: str
    detail: str
    picture: Any
    p_words: str
    method: str
    units: str


def primary(result: Mapping[str, Any], protocol: Protocol) -> Told:
    """The main finding: a sentence first, then the picture with the threshold."""
    row = primary_row(result)
    metric, effect = row["metric"], row["effect"]
    name = names(protocol)[metric["code"]]
    unit = unit_of_change(metric)
    if blocked(result) or effect["estimate"] is None:
        hidden = charts.Hidden(_("The number is withheld: a check failed."), fault=True)
        picture = charts.finding(hidden, threshold=1.0, unit=unit)
        return Told(name, str(VERDICTS["invalid"][0]), "", picture, "", "", "")
    sign = -1 if metric["direction"] == "lower" else 1
    threshold = sign * metric["threshold"]
    rest = (p_words(row), method(effect), units(effect))
    estimate = judged_of(row, protocol)
    if estimate is None:
        first, detail, picture = _indication(effect, name, threshold, unit, protocol)
        return Told(name, _headline(first, result, protocol), detail, picture, *rest)
    places = _places(estimate, metric)
    kind = _kind(effect)
    note = _(
        "The thick line is the 80% interval, the thin one the 95% interval; the short upright "
        "lines are the bounds by which the rule judges."
    )
    drawn = {"threshold": threshold, "unit": unit, "places": places, "note": note}
    line = _threshold(formats.with_unit(threshold, unit, places=places, sign=True), protocol)
    detail = " ".join(
        one
        for one in (
            _likely(estimate, unit, places, kind),
            line,
            _ruled(estimate, threshold, unit, places, kind),
        )
        if one
    )
    # Ranks among placebos know no curve of chance, so none is drawn.
    picture = (
        charts.ladder([charts.Rung(name, estimate)], **drawn)
        if kind == "placebo"
        else charts.finding(estimate, measure=f"{name}, {unit}" if unit else name, **drawn)
    )
    return Told(
        name,
        _headline(_sentence(row, name), result, protocol),
        detail if len(protocol.primaries) == 1 else f"{name}. {detail}",
        picture,
        *rest,
    )


def _kind(effect: dict[str, Any]) -> str:
    """What an interval of this effect says: of an effect, of a change, or among placebos."""
    if effect["reference_distribution"] == "placebo":
        return "placebo"
    return "effect" if has_comparison(effect) else "change"


def _indication(
    effect: dict[str, Any], name: str, threshold: float, unit: str, protocol: Protocol
) -> tuple[str, str, Any]:
    """What is said where so few units are compared that no 95 % interval exists."""
    middle = effect["estimate"]
    ends = {round(one["level"], 3): (one["low"], one["high"]) for one in effect["intervals"]}
    low, high = ends.get(0.8, (None, None))
    known = _finite(low) and _finite(high)
    inner = (
        charts.Estimate(middle, low, high, low, high) if known else charts.Estimate(*[middle] * 3)
    )
    places = places_of(high - low if known else None, threshold)
    sentence = _("%(name)s changed by %(by)s: an indication") % {
        "name": name, "by": inner.words(unit, places, sign=True),
    }  # fmt: skip
    detail = _(
        "So few units are compared that no 95%% interval exists: the smallest p-value possible is "
        "%(floor)s."
    ) % {"floor": p_value(effect["p_floor"])}
    line = formats.with_unit(threshold, unit, places=places, sign=True)
    detail += " " + _threshold(line, protocol)
    if known:
        detail += " " + _("The 80%% interval is %(span)s.") % {
            "span": inner.span_words(unit, places, sign=True)
        }
    rung = charts.Rung(name, inner, has_interval=known)
    return sentence, detail, charts.ladder([rung], threshold=threshold, unit=unit, places=places)


def _headline(first: str, result: Mapping[str, Any], protocol: Protocol) -> str:
    """What came out for the first primary metric, and whatever else made the verdict."""
    told = names(protocol)
    decisive = {
        one["evidence"].get("metric")
        for one in result["decision"]["reasons"]
        if one["code"] in {"meets", "promising", "harm"}
    }
    primaries = [row for row in result["metrics"] if row["metric"]["role"] == "primary"]
    also = [row for row in primaries[1:] if row["metric"]["code"] in decisive]
    said = [first, *(_sentence(row, told[row["metric"]["code"]]) for row in also)]
    worse = [
        told[one["evidence"]["metric"]]
        for one in result["decision"]["reasons"]
        if one["code"] == "guardrail-harm"
    ]
    if worse:
        said.append(_("worse than the limit: %(names)s") % {"names": ", ".join(worse)})
    return "; ".join(one for one in said if one)


def _sentence(row: dict[str, Any], name: str) -> str:
    """What came out for one metric, by its own bounds: another's finding does not prove it."""
    metric, estimate = row["metric"], estimate_of(row["effect"])
    if estimate is None:
        return ""
    places, unit = _places(estimate, metric), unit_of_change(metric)
    judged = row["judged"] or {}
    words = {"name": name, "span": estimate.span_words(unit, places, sign=True)}
    is_below = judged.get("finding") == "no-effect-shown" and (judged.get("lower") or 0) > 0
    if judged.get("finding") in {"no-effect-shown", "inconclusive"} and not is_below:
        if not has_comparison(row["effect"]):
            return _("%(name)s: no change is confirmed, %(span)s") % words
        return _("%(name)s: the effect is not confirmed, %(span)s") % words
    words["by"] = formats.with_unit(abs(estimate.middle), unit, places=places)
    words["line"] = formats.with_unit(metric["threshold"], unit, places=places)
    if is_below and estimate.middle < 0:
        return _("%(name)s: less by %(by)s, and that falls short of the threshold %(line)s") % words
    if is_below:
        return _("%(name)s: more by %(by)s, and that falls short of the threshold %(line)s") % words
    if estimate.middle < 0:
        return _("%(name)s: less by %(by)s") % words
    return _("%(name)s: more by %(by)s") % words


def _ruled(estimate: charts.Estimate, threshold: float, unit: str, places: int, kind: str) -> str:
    """By which bound the rule judges, for it is not an end of the interval that is told first."""
    end = estimate.toward(-threshold)
    if estimate.bounds is None or end is None:
        return ""
    said = {"bound": formats.with_unit(end, unit, places=places, sign=True)}
    passed = _("It counts as passed only if the cautious bound lies beyond it as well: %(bound)s.")
    if kind == "placebo":
        return one_stop(passed % said)
    missed = 1 - estimate.bounds.level
    said["missed"] = formats.percent(missed, places=0 if round(100 * missed, 6) % 1 == 0 else 1)
    return (
        _(
            "It counts as passed only if the cautious bound, %(bound)s, lies beyond it as well: "
            "such bounds promise too much in %(missed)s of cases at most."
        )
        % said
    )


def _places(estimate: charts.Estimate, metric: dict[str, Any]) -> int:
    """Enough decimals to see on which side of nothing and of the threshold each end lies."""
    sign = -1 if metric["direction"] == "lower" else 1
    places = places_of(estimate.high - estimate.low, metric["threshold"])
    lines = (0.0, sign * (metric["threshold"] or 0.0))
    return places_apart(places, estimate.reach, lines)


def _likely(estimate: charts.Estimate, unit: str, places: int, kind: str) -> str:
    words = {
        "effect": _("The likely effect is %(span)s: such intervals hold the truth in 19 cases of "
                    "20."),
        "change": _("The likely change is %(span)s: such intervals hold the truth in 19 cases of "
                    "20."),
        "placebo": _("With an effect %(span)s taken out, nothing stands out any more beside units "
                     "that had no solution: this is a rank among them, not a chance."),
    }[kind]  # fmt: skip
    return words % {"span": estimate.span_words(unit, places, sign=True)}


def _threshold(said: str, protocol: Protocol) -> str:
    """The threshold and when it was written down; of a trial from the archive that was later."""
    words = (
        _("The threshold, written down after the data, is %(threshold)s.")
        if protocol.archive
        else _("The threshold written down before the start is %(threshold)s.")
    )
    return one_stop(words % {"threshold": said})
