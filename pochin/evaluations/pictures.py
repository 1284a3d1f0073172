"""Pictures of a result beside the finding: its way, its curve, its chance, its units."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
from django.utils.safestring import SafeString
from django.utils.translation import gettext as _
from scipy import stats

from pochin.evaluations import words
from pochin.lab.protocol import Protocol
from pochin.ui import charts, formats

Z = 1.959963984540054
BINS = 41


def unit_of(metric: Mapping[str, Any]) -> str:
    """The unit as people read it: a bare number has none."""
    return "" if metric["unit"] == "1" else metric["unit"]


def unit_of_change(metric: Mapping[str, Any]) -> str:
    """The unit of a change, of a threshold or of a limit."""
    return words.unit_of_change(metric)


def threshold_of(metric: Mapping[str, Any]) -> float:
    """The threshold on the side of the improvement."""
    return (-1 if metric["direction"] == "lower" else 1) * (metric["threshold"] or 0.0)


def _around(middle: float, low: Any, high: Any) -> tuple[charts.Estimate, bool]:
    known = all(isinstance(end, int | float) and math.isfinite(end) for end in (low, high))
    return charts.Estimate(middle, low, high) if known else charts.Estimate(
        middle, middle, middle
    ), known


def course(row: Mapping[str, Any], protocol: Protocol) -> SafeString | str:
    """The estimate after each period of the run; empty where there is but one."""
    steps = row.get("course") or []
    if len(steps) < 2:
        return ""
    ids = protocol.period_ids
    points = []
    for step in steps:
        estimate, known = _around(step["estimate"], step["low"], step["high"])
        number = ids.index(step["period"]) - protocol.baseline + 1
        points.append(charts.Point(formats.number(number), estimate, known))
    return charts.along(
        points,
        threshold=threshold_of(row["metric"]),
        unit=unit_of_change(row["metric"]),
        places=_places(points),
        axis_words=_("period of the run"),
        note=_("Only the last estimate is the result; the earlier ones show how it settled."),
    )


def curve(row: Mapping[str, Any], protocol: Protocol) -> tuple[str, SafeString | str]:
    """What changes with time since the start, with its heading; empty where there is no curve."""
    rows = row["effect"]["curve"]
    if not rows:
        return "", ""
    if "expected" in rows[0]:
        note = _("Before the start the gap should be near zero: so well is the series foretold.")
        heading = _("The series beside what its own past foretold")
        if words.has_comparison(row["effect"]):
            heading = _("The difference to the comparison beside what its own past foretold")
        return heading, _gaps(row, rows, protocol, note)
    if "gap" in rows[0]:
        note = _(
            "Before the start the gap should be near zero: so well does the comparison follow."
        )
        heading = _("The gap to the comparison, period by period")
        return heading, _gaps(row, rows, protocol, note)
    names = {
        "exposure": (_("The effect by time with the solution"), _("periods with the solution")),
        "event_time": (_("Before and after the start"), _("periods since the start")),
        "burn_in": (_("The effect by burn-in"), _("first periods of a block left out")),
        "period": (_("The difference within each period"), _("period")),
    }
    key = next(name for name in names if name in rows[0])
    heading, axis = names[key]
    ids = {period: n for n, period in enumerate(protocol.period_ids, 1)}
    points = []
    for one in rows:
        half = _reach(one.get("df")) * (one.get("std_error") or math.nan)
        low, high = one.get("low", one["estimate"] - half), one.get("high", one["estimate"] + half)
        estimate, known = _around(one["estimate"], low, high)
        label = ids.get(one[key], one[key]) if key == "period" else one[key]
        points.append(charts.Point(formats.number(label), estimate, known))
    before = sum(one[key] < 0 for one in rows) if key == "event_time" else None
    picture = charts.along(
        points,
        threshold=threshold_of(row["metric"]),
        split=before,
        unit=unit_of_change(row["metric"]),
        places=_places(points),
        axis_words=axis,
    )
    return heading, picture


def _reach(df: float | None) -> float:
    """Standard errors to an end of a 95 % interval; more of them where few degrees are free."""
    return float(stats.t.ppf(0.975, df)) if df else Z


def _gaps(
    row: Mapping[str, Any], rows: Sequence[Mapping[str, Any]], protocol: Protocol, note: str
) -> SafeString:
    ids = {period: n for n, period in enumerate(protocol.period_ids, 1)}
    points = [
        charts.Point(
            formats.number(ids.get(one["period"], n)),
            *_around(one["gap"], one.get("low"), one.get("high")),
        )
        for n, one in enumerate(rows, 1)
    ]
    return charts.along(
        points,
        threshold=threshold_of(row["metric"]),
        split=sum(ids.get(one["period"], 0) <= protocol.baseline for one in rows),
        unit=unit_of_change(row["metric"]),
        places=words.places_of(threshold_of(row["metric"])),
        axis_words=_("period"),
        note=note,
    )


def chance(row: Mapping[str, Any]) -> SafeString | str:
    """What the lot, or the placebos, would give without any effect; empty where neither is."""
    for effect in (row["lot"], row["effect"], *row["sensitivity"]):
        if effect is None or effect["p_value"] is None:
            continue
        found = _binned(effect)
        if found is None:
            continue
        bins, observed, draws = found
        return charts.permutation(
            bins,
            observed=observed,
            p=effect["p_value"],
            draws=draws,
            two_sided=effect["alternative"] == "two-sided",
            measure=_chance_words(effect, observed, unit_of_change(row["metric"])),
            placebo=effect["reference_distribution"] == "placebo",
        )
    return ""


def _chance_words(effect: Mapping[str, Any], observed: float, unit: str) -> str:
    """What lies on the axis, and the p-value."""
    estimate = effect["estimate"]
    # A statistic that is not the effect itself is the effect over its standard error.
    if effect["method"] == "synthetic-control":
        said = _("the gap after the start, over the misfit before it")
    elif estimate is None or not math.isclose(observed, estimate, rel_tol=1e-6):
        said = _("the difference in its standard errors")
    else:
        said = _("the difference, %(unit)s") % {"unit": unit} if unit else _("the difference")
    floor = words.p_value(effect["p_floor"]) if effect["p_floor"] >= 0.0001 else None
    said += "; " + _so_far(effect) % {
        "share": _share(effect["p_value"]),
        "p": words.p_value(effect["p_value"]),
    }
    if floor:
        said += "; " + _("no data could give less than %(floor)s here") % {"floor": floor}
    return said


def _so_far(effect: Mapping[str, Any]) -> str:
    """What the p-value counts, in words."""
    if effect["reference_distribution"] == "placebo":
        return _("as far out or farther without the solution: %(share)s, p %(p)s")
    return _("as far out or farther by the lot alone: %(share)s, p %(p)s")


def _share(p: float) -> str:
    """A p-value as a share of tries, never as none."""
    if p < 0.0001:
        return f"<{formats.NBSP}{formats.percent(0.0001, places=2)}"
    return formats.percent(p, places=0 if p >= 0.095 else 1 if p >= 0.0095 else 2)


def _binned(effect: Mapping[str, Any]) -> tuple[list[charts.Bin], float, int] | None:
    values = effect["values"]
    if "chance" in values:
        told = values["chance"]
        edges, counts, observed = told["edges"], told["counts"], told["observed"]
    else:
        drawn = values.get("permutation") or values.get("placebos")
        if not drawn or not all(isinstance(one, int | float) for one in drawn):
            return None
        observed = effect["estimate"]
        far = 1.0137 * max(abs(observed), *(abs(one) for one in drawn))
        counts, edges = (
            found.tolist() for found in np.histogram(drawn, np.linspace(-far, far, BINS + 1))
        )
    bins = [
        charts.Bin(low, high, count)
        for low, high, count in zip(edges[:-1], edges[1:], counts, strict=True)
    ]
    return bins, observed, sum(counts)


def units(row: Mapping[str, Any], titles: Mapping[str, str]) -> tuple[str, SafeString | str]:
    """The units of the pilot in one picture, with its heading; empty where none has a value."""
    values, metric = row["effect"]["values"], row["metric"]
    if values.get("pair") and values.get("difference"):
        rungs = [
            charts.Rung(
                _("pair %(name)s") % {"name": titles.get(str(name), name)},
                charts.Estimate(value, value, value),
                has_interval=False,
            )
            for name, value in zip(values["pair"], values["difference"], strict=True)
        ]
        rungs.sort(key=lambda rung: -rung.estimate.middle)
        places = _places_among(rungs)
        picture = charts.ladder(
            rungs,
            threshold=threshold_of(metric),
            unit=unit_of_change(metric),
            places=max(places, 1),
        )
        return _("The difference in every pair"), picture
    if values.get("differences") and values.get("unit"):
        return _("The difference at every unit"), _by_unit(values, metric, titles)
    if weights := values.get("weights") or values.get("unit_weights"):
        return _("What the comparison is made of"), _weights(weights, titles)
    if values.get("unit") and values.get("arm"):
        return _("Every unit"), _spread(values, unit_of(metric), titles)
    return "", ""


def _places_among(rungs: Sequence[charts.Rung]) -> int:
    """Decimals by the largest of the values: one that is nearly nothing needs no more of them."""
    return words.places_of(max(abs(rung.estimate.middle) for rung in rungs))


def _by_unit(
    values: Mapping[str, Any], metric: Mapping[str, Any], titles: Mapping[str, str]
) -> SafeString:
    """Means of the differences of blocks at each unit."""
    found: dict[str, list[float]] = {}
    for name, value in zip(values["unit"], values["differences"], strict=True):
        found.setdefault(str(name), []).append(value)
    rungs = []
    for name, all_ in found.items():
        middle = sum(all_) / len(all_)
        title = titles.get(name, name)
        rungs.append(
            charts.Rung(title, charts.Estimate(middle, middle, middle), has_interval=False)
        )
    rungs.sort(key=lambda rung: -rung.estimate.middle)
    places = _places_among(rungs)
    return charts.ladder(
        rungs, threshold=threshold_of(metric), unit=unit_of_change(metric), places=max(places, 1)
    )


def _weights(weights: Mapping[str, float], titles: Mapping[str, str]) -> SafeString:
    kept = sorted(((w, name) for name, w in weights.items() if w > 0.0005), reverse=True)
    rungs = [
        charts.Rung(
            titles.get(name, name),
            charts.Estimate(100 * weight, 100 * weight, 100 * weight),
            said=formats.percent(weight, places=1),
            has_interval=False,
        )
        for weight, name in kept
    ]
    return charts.ladder(rungs, unit="%", measure=_("weight of each comparison unit"))


def _spread(values: Mapping[str, Any], unit: str, titles: Mapping[str, str]) -> SafeString:
    groups = []
    for arm, name, tone in (
        (1, _("with the solution"), "with"),
        (0, _("comparison"), "without"),
    ):
        own = [
            (titles.get(str(label), str(label)), value)
            for label, value, one in zip(
                values["unit"], values["value"], values["arm"], strict=True
            )
            if one == arm and value is not None
        ]
        if own:
            groups.append(charts.Group(name, own, tone))
    held = [value for group in groups for _label, value in group.values]
    places = max(words.places_of(*held), 1)
    return charts.spread(groups, unit=unit, places=min(places, 3))


def others(row: Mapping[str, Any], titles: Mapping[str, str]) -> SafeString | str:
    """The same question by other analyses, under the registered one; empty where there are none."""
    found = [row["effect"], *([row["lot"]] if row["lot"] else []), *row["sensitivity"]]
    found = [one for one in found if one["estimate"] is not None]
    if len(found) < 2:
        return ""
    rungs = []
    for n, effect in enumerate(found):
        estimate = words.estimate_of(effect)
        middle = effect["estimate"]
        rungs.append(
            charts.Rung(
                _name(effect, titles),
                estimate or charts.Estimate(middle, middle, middle),
                tone="with" if n == 0 else "without",
                has_interval=estimate is not None,
            )
        )
    spread = [rung.estimate.high - rung.estimate.low for rung in rungs if rung.has_interval]
    places = words.places_of(*spread, threshold_of(row["metric"]))
    return charts.ladder(
        rungs,
        threshold=threshold_of(row["metric"]),
        unit=unit_of_change(row["metric"]),
        places=places,
        note=_("The first is the registered one and alone decides."),
    )


def _name(effect: Mapping[str, Any], titles: Mapping[str, str]) -> str:
    left_out = "att without donor "
    if effect["estimand"].startswith(left_out):
        unit = effect["estimand"].removeprefix(left_out)
        return _("without “%(unit)s”") % {"unit": titles.get(unit, unit)}
    return words.method(effect)


def guardrails(result: Mapping[str, Any], protocol: Protocol) -> SafeString | str:
    """Changes of the guardrails against their limits; empty where the plan has none."""
    told = words.names(protocol)
    rungs = []
    for row in result["metrics"]:
        metric, estimate = row["metric"], words.judged_of(row, protocol)
        if metric["role"] != "guardrail" or estimate is None or not metric["margin"]:
            continue
        limit = (1 if metric["direction"] == "lower" else -1) * metric["margin"]
        places = words.places_of(metric["margin"], estimate.high - estimate.low)
        said = estimate.words(unit_of_change(metric), places, sign=True)
        rungs.append(charts.Rung(told[metric["code"]], estimate.over(limit), said=said))
    if not rungs:
        return ""
    return charts.ladder(
        rungs,
        threshold=1,
        threshold_words=_("limit"),
        measure=_("change as a share of the limit"),
    )


def _places(points: Sequence[charts.Point]) -> int:
    wide = [p.estimate.high - p.estimate.low for p in points if p.has_interval]
    return words.places_of(*(wide or [p.estimate.middle for p in points]))
