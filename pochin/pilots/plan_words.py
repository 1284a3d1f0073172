"""A plan as questions and answers, in the reader's language."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from datetime import date
from typing import Any

from django.utils.safestring import SafeString
from django.utils.translation import gettext as _t
from django.utils.translation import gettext_lazy as _
from django.utils.translation import ngettext

from pochin.lab.protocol import KEEP, Metric, Protocol
from pochin.pilots import balancing
from pochin.pilots.models import BEFORE_RUNNING, Pilot, State
from pochin.pilots.words import (
    CHOSEN_BY,
    COMPARISONS,
    DIRECTIONS,
    KINDS,
    KINDS_OF_SEVERAL,
    LENGTHS,
    LOTS,
    METHODS,
    METRIC_KINDS,
    ROLES,
    ROLL_OUT,
    SCOPES,
    SOURCES,
    SPENDING,
    TARGETS,
)
from pochin.ui import formats, parts

DAY = re.compile(r"\d{4}-\d{2}-\d{2}$")


def number(value: float | None) -> str:
    return formats.number(float(f"{value:.4g}")) if value is not None else formats.DASH


def with_unit(value: float | None, unit: str) -> str:
    """A change, a threshold or a limit of a metric in this unit."""
    return formats.with_unit(value, formats.unit_of_change(unit))


def metric_words(metric: Metric) -> str:
    return metric.name or metric.code


def rows_of(protocol: Protocol, *, brief: bool = False) -> Iterator[tuple[Any, Any]]:
    """The plan as questions and answers, in the order in which people read it.

    Args:
        protocol: The plan.
        brief: Leave the number that was drawn to the page of the plan itself.
    """
    document, analysis = protocol.document, protocol.analysis
    yield _("Question"), parts.said(document["question"])
    if document.get("hypothesis"):
        yield _("Hypothesis"), parts.said(document["hypothesis"])
    several = sum(one.get("arm") == "treatment" for one in protocol.units) > 1
    own = KINDS_OF_SEVERAL if several else KINDS
    yield _("Design"), own.get(protocol.kind, KINDS[protocol.kind])
    yield from _design(document["design"])
    yield _("Unit"), parts.said(document["unit"])
    yield _("Whose effect"), TARGETS[protocol.estimand.target]
    yield _of_arms(protocol.kind), _lot(document, brief=brief)
    if document["assignment"].get("chosen_by"):
        yield _("How the sites were chosen"), CHOSEN_BY[document["assignment"]["chosen_by"]]
    yield _("Days"), _days(document["periods"])
    method = METHODS.get(analysis.method, analysis.method)
    intervals = _t("intervals of %(level)s") % {"level": level_of(analysis.level)}
    yield _("Method"), f"{method}, {intervals}"
    if analysis.looks is not None:
        shares = ", ".join(formats.percent(share, places=0) for share in analysis.looks.at)
        spending = SPENDING.get(analysis.looks.spending, analysis.looks.spending)
        yield _("Looks at the data"), f"{shares}; {spending}"
    yield from _rules(document)
    yield _("The decision is about"), SCOPES[protocol.decision.scope]
    if protocol.decision.words:
        yield _("Rule of the decision"), parts.said(protocol.decision.words)
    if protocol.decision.roll_out_from:
        yield _("Afterwards it is rolled out"), ROLL_OUT[protocol.decision.roll_out_from]
    if protocol.decision.prior:
        claim = with_unit(protocol.decision.prior["claim"], protocol.primary.unit)
        yield _("Improvement the vendor promises"), claim
    if protocol.decision.extend:
        most = protocol.decision.extend["at_most"]
        yield (
            _("May be extended"),
            ngettext("at most %(n)d time", "at most %(n)d times", most) % {"n": most},
        )
    if document.get("stop_reasons"):
        yield _("Reasons to stop early"), parts.said("; ".join(document["stop_reasons"]))


def _design(design: Mapping[str, Any]) -> Iterator[tuple[Any, Any]]:
    """What a design needs beside its kind: its starts, its blocks, what is compared with what."""
    if design.get("sequences"):
        starts = [f"{one['name']}: {_period(one['from'])}" for one in design["sequences"]]
        yield _("Starts"), "; ".join(starts)
    if design.get("block"):
        yield _("Periods in a block"), formats.number(design["block"])
        yield _("Left out at the start of a block"), formats.number(design.get("burn_in", 0))
    if design.get("carryover") is not None:
        yield _("Periods the solution is felt for afterwards"), formats.number(design["carryover"])
    if design.get("donors"):
        yield _("Units the mixture is made of"), parts.said("; ".join(design["donors"]))
    if design.get("comparators"):
        yield _("Compared with the series of"), parts.said("; ".join(design["comparators"]))
    if design.get("season"):
        yield _("Periods in a season"), formats.number(design["season"])
    if design.get("comparison"):
        yield _("Compared with"), COMPARISONS[design["comparison"]]
    if design.get("shares"):
        shares = design["shares"]
        whole = shares["control"] + shares["treatment"]
        share = formats.percent(shares["treatment"] / whole, places=0)
        yield _("Share that gets the solution"), share


def _period(name: str) -> str:
    """A period by its day where it is named by one."""
    return formats.day(date.fromisoformat(name)) if DAY.match(name) else name


def _of_arms(kind: str) -> Any:
    """The question how the arms came to be, in words that fit what is drawn."""
    people, time = _("How people come into arms"), _("How turns are drawn")
    one_series = _("How the site was chosen")
    asked = {"individual": people, "switchback": time, "interrupted-series": one_series}
    return asked.get(kind, _("How sites come into arms"))


def span_of(span: tuple[float, float]) -> str:
    """From which share to which; empty where both are written alike."""
    low, high = (formats.percent(end, places=0) for end in span)
    return "" if low == high else f"{low} – {high}"


def level_of(level: float) -> str:
    """A level as a share: 95 %, and 97.5 % where a tenth matters."""
    return formats.percent(level, places=0 if round(1000 * level) % 10 == 0 else 1)


def balanced_in(rules: Mapping[str, Any]) -> str:
    """What a constrained lot balances, in words; empty where it balances nothing."""
    if rules["method"] != "constrained":
        return ""
    return ", ".join(balancing.words_of(name) for name in rules["balance"])


def way(document: Mapping[str, Any]) -> str:
    """How it was drawn, or else chosen, who gets the solution."""
    people = document["design"]["kind"] == "individual"
    method = document["assignment"]["method"]
    return str(LOTS["hash"] if people else LOTS.get(method, method))


def _lot(document: Mapping[str, Any], *, brief: bool) -> str:
    rules, keep = document["assignment"], document["design"].get("keep", KEEP)
    words = way(document)
    if rules["method"] == "constrained":
        share = formats.percent(keep, places=0 if keep >= 0.01 else 1)
        words += "; " + _t("alike in: %(names)s; the best balanced %(share)s stay") % {
            "names": balanced_in(rules), "share": share,
        }  # fmt: skip
    if rules.get("seed") and not brief:
        words += "; " + _t("drawn number %(seed)s") % {"seed": rules["seed"]}
    elif rules.get("seed_commitment") and not rules.get("seed"):
        words += "; " + _t("the number will be drawn; its seal is in the plan")
    return words


def _days(periods: Mapping[str, Any]) -> str:
    counts = {"baseline": periods["baseline"], "run": periods["run"]}
    said = _t("periods before the start: %(baseline)d, periods of the run: %(run)d") % counts
    if periods.get("length") in LENGTHS:
        said += "; " + _t("a period is a %(each)s") % {"each": LENGTHS[periods["length"]]}
    if periods.get("wash_in"):
        said += "; " + _t("the first %(n)d are not measured") % {"n": periods["wash_in"]}
    if periods.get("maturity_days"):
        days = periods["maturity_days"]
        said += "; " + ngettext(
            "data are mature after %(n)s day", "data are mature after %(n)s days", days
        ) % {"n": formats.number(days)}
    return said


def _rules(document: Mapping[str, Any]) -> Iterator[tuple[Any, Any]]:
    rules = document.get("data_rules", {})
    if "max_share" in rules.get("missing", {}):
        most = formats.percent(rules["missing"]["max_share"])
        yield _("Readings that may be missing"), _t("at most %(share)s") % {"share": most}
    if rules.get("missing", {}).get("rule"):
        yield _("What is done about missing readings"), parts.said(rules["missing"]["rule"])
    if "completeness" in rules.get("late", {}):
        yield _("Complete from"), formats.percent(rules["late"]["completeness"])
    if rules.get("crossover", {}).get("metric"):
        yield _("Work otherwise than by the lot"), _crossing(rules["crossover"])
    yield _("Readings both sides tell"), SOURCES[rules.get("source", "post")]
    if rules.get("outlier"):
        yield _("Outliers"), parts.said(rules["outlier"])


def _crossing(rule: Mapping[str, Any]) -> SafeString | str:
    most = formats.percent(rule.get("max_share", 0.1))
    return parts.said(
        _t("measured by %(metric)s; at most %(share)s") % {"metric": rule["metric"], "share": most}
    )


def metric_rows(protocol: Protocol) -> list[dict[str, Any]]:
    """The metrics of a plan as a table shows them."""
    return [
        {
            "name": metric_words(metric),
            "code": metric.code,
            "role": ROLES[metric.role],
            "is_primary": metric.role == "primary",
            "kind": METRIC_KINDS[metric.kind],
            "direction": DIRECTIONS[metric.direction],
            "limit": _limit(metric),
            "definition": metric.definition,
        }
        for metric in protocol.metrics
    ]


def _limit(metric: Metric) -> str:
    if metric.role == "primary":
        return _t("threshold %(value)s") % {"value": with_unit(metric.threshold, metric.unit)}
    if metric.margin is not None:
        return _t("may get worse by %(value)s") % {"value": with_unit(metric.margin, metric.unit)}
    return ""


def until_shown(pilot: Pilot) -> str:
    """Why there is no effect to look at yet, and from when there will be one."""
    if pilot.state in BEFORE_RUNNING:
        return _t("not begun yet")
    if pilot.state in (State.RUNNING, State.SUSPENDED) and pilot.ends_on:
        return _t("shown after %(day)s, as the plan says") % {"day": formats.day(pilot.ends_on)}
    return _t("being computed by the plan")
