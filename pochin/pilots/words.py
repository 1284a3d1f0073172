"""Plans, their faults and their flags in the reader's language."""

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
from pochin.lab.result import Flag
from pochin.lab.schema import Fault
from pochin.pilots import balancing, flag_words
from pochin.pilots.models import BEFORE_RUNNING, Pilot, State
from pochin.ui import formats, parts

KINDS = {
    "parallel": _("some sites with the solution, some without, at the same time"),
    "pairs": _("pairs of similar sites, one of each with the solution"),
    "stepped-wedge": _("all sites, one group after another"),
    "switchback": _("on and off in turns at every site"),
    "individual": _("single parcels or people"),
    "difference-in-differences": _("chosen sites before and after, beside others"),
    "synthetic-control": _("one chosen site beside a mixture of others"),
    "interrupted-series": _("before and after at one site"),
}
KINDS_OF_SEVERAL = {"synthetic-control": _("chosen sites beside a mixture of others")}
METRIC_KINDS = {
    "mean": _("mean"),
    "proportion": _("share"),
    "ratio": _("ratio of two sums"),
    "rate": _("rate"),
    "quantile": _("quantile"),
}
DIRECTIONS = {"higher": _("more is better"), "lower": _("less is better")}
LENGTHS = {"hour": _("hour"), "day": _("day"), "week": _("week"), "month": _("month")}
SCOPES = {"network": _("roll-out to the network"), "next-stage": _("the next stage only")}
ROLES = {
    "primary": _("primary"), "secondary": _("secondary"), "guardrail": _("guardrail")
}  # fmt: skip
LOTS = {
    "complete": _("by lot among all sites"),
    "stratified": _("by lot within groups"),
    "constrained": _("by lot among balanced assignments"),
    "pairs": _("by lot within each pair"),
    "hash": _("by lot for each parcel or person"),
    "sequences": _("by lot among the starts"),
    "blocks": _("by lot for each two blocks of time"),
    "observed": _("chosen, not drawn"),
}
DRAWS = {
    "free": _("among all assignments; within groups where groups are named"),
    "constrained": _("only among the assignments that balance the sites best"),
}
COMPARISONS = {
    "never-treated": _("units that never get the solution"),
    "not-yet-treated": _("units that have not got the solution yet"),
}
CHOSEN_BY = {
    "all": _("all there are"),
    "drawn": _("drawn from a list"),
    "willing": _("those that were willing"),
    "baseline": _("because their numbers were bad"),
    "other": _("otherwise"),
}
SPENDING = {
    "obrien-fleming": _("strict early, lenient late"),
    "pocock": _("equally strict at every look"),
    "randomization": _("by the lot itself, for few sites"),
}
SOURCES = {
    "post": _("the reading of the post's own people"),
    "vendor": _("the reading of the vendor"),
}
TARGETS = {
    "unit-average": _("the average over sites"),
    "participant-average": _("the average over parcels or people"),
    "treated-average": _("the average over the sites with the solution"),
}

METHODS = {
    "unit-means": _("means of sites, Student's test"),
    "unit-means-welch": _("means of sites, Welch's test"),
    "unit-means-adjusted": _("means of sites, sharpened by the baseline"),
    "cr2": _("least squares with errors alike within sites"),
    "paired": _("differences within pairs"),
    "paired-weighted": _("differences within pairs weighted by size"),
    "mixed-model": _("mixed model with Kenward and Roger's correction"),
    "vertical": _("comparison within periods, by lot"),
    "block-pairs": _("differences within pairs of blocks"),
    "welch": _("means of people, Welch's test"),
    "cuped": _("means of people, sharpened by their past"),
    "lin": _("means of people with interactions"),
    "difference-in-differences": _("difference in differences"),
    "group-time": _("difference in differences by group and time"),
    "synthetic-control": _("a mixture of other sites"),
    "synthetic-difference": _("a mixture of other sites and earlier periods"),
    "segmented-regression": _("a step in the series"),
}

# What a part of a plan is called, by its field.
PLACES = {
    "question": _("question"),
    "hypothesis": _("hypothesis"),
    "purpose": _("purpose"),
    "estimand": _("whose effect"),
    "unit": _("unit"),
    "design": _("design"),
    "kind": _("kind"),
    "treated": _("sites with the solution"),
    "block": _("length of a block"),
    "burn_in": _("burn-in"),
    "carryover": _("carryover"),
    "sequences": _("starts"),
    "assignment": _("assignment"),
    "chosen_by": _("how sites were chosen"),
    "units": _("sites"),
    "balance": _("what the lot balances"),
    "keep": _("share of assignments that stays"),
    "covariates": _("what is known before"),
    "quantile": _("which quantile"),
    "arm": _("arm"),
    "pair": _("pair"),
    "stratum": _("group"),
    "seed": _("drawn number"),
    "periods": _("days"),
    "start": _("first day"),
    "length": _("length of a period"),
    "baseline": _("baseline periods"),
    "run": _("periods of the run"),
    "wash_in": _("wash-in"),
    "maturity_days": _("days until data are mature"),
    "exclude": _("excluded periods"),
    "ids": _("list of periods"),
    "metrics": _("metrics"),
    "code": _("code"),
    "name": _("name"),
    "role": _("role"),
    "direction": _("direction"),
    "threshold": _("threshold"),
    "margin": _("margin"),
    "denominator": _("denominator"),
    "detectable": _("detectable effect"),
    "planned_std_error": _("planned standard error"),
    "analysis": _("analysis"),
    "method": _("method"),
    "looks": _("looks"),
    "spending": _("price of looking"),
    "at": _("when"),
    "data_rules": _("data rules"),
    "missing": _("missing readings"),
    "crossover": _("work otherwise than by the lot"),
    "metric": _("metric"),
    "late": _("late readings"),
    "value": _("worth"),
    "cost": _("cost"),
    "items": _("items"),
    "decision": _("decision"),
    "scope": _("scope"),
    "by": _("decision date"),
    "extend": _("extension"),
    "stop_reasons": _("reasons to stop early"),
    "schema": _("format"),
}
DAY = re.compile(r"\d{4}-\d{2}-\d{2}$")
STEP = re.compile(r"([A-Za-z_]+)|\[(\d+)\]")

# The sentences of the lab, so that they are translated; a test keeps the list whole.
SENTENCES = (
    _("%(path)s is %(value)s; it must be text."),
    _("%(path)s is %(value)s; it must be a whole number."),
    _("%(path)s is %(value)s; it must be a number."),
    _("%(path)s is %(value)s; it must be true or false."),
    _("%(path)s is %(value)s; it must be one of: %(words)s."),
    _("%(path)s is %(value)s; it must be a list."),
    _("%(path)s has %(length)d entries; it must have from %(least)d to %(most)d."),
    _("%(path)s is %(value)s; it must be a table."),
    _("%(path)s is empty; write it or leave it out."),
    _("%(path)s is %(value)s; it must be %(range)s."),
    _("%(path)s is missing."),
    _("%(path)s is not a field of the plan."),
    _("%(path)s has %(length)d characters; at most %(longest)d are possible."),
    _("%(path)s is %(value)s; it must look like %(like)s."),
    _("%(path)s holds no primary metric; name the one that decides."),
    _("%(path)s must be holm, because there are %(count)d primary metrics."),
    _("%(path)s must grow from look to look."),
    _("%(path)s leaves nothing of the run to be measured."),
    _("%(path)s needs either ids, or start and length, not both."),
    _("%(path)s lists %(length)d periods, but baseline and run make %(count)d."),
    _("%(path)s lists a period twice."),
    _("%(path)s is missing; value and cost come together."),
    _("%(path)s is “%(day)s”, which is not a day."),
    _("%(path)s is %(baseline)d; a design of kind “%(kind)s” needs at least %(least)d."),
    _("%(path)s needs baseline periods."),
    _("%(path)s must say units for every sequence or for none."),
    _("%(path)s lists one unit; there is nothing to compare."),
    _("%(path)s “%(name)s” stands twice."),
    _("%(path)s is “%(word)s”, but a design of kind “%(kind)s” takes: %(allowed)s."),
    _("%(path)s needs either ids, or start and length."),
    _("%(path)s is “%(name)s”, which is not a period."),
    _("%(path)s must be the currency of the value."),
    _("%(path)s must have low, mid and high in this order."),
    _("%(path)s leaves nothing of a block to be measured."),
    _("%(path)s is too long: two blocks must fit into the run."),
    _("%(path)s hold %(sum)d units, but the plan lists %(units)d."),
    _("%(path)s is missing; list the units of the pilot."),
    _("%(path)s has %(length)d entries for %(periods)d periods."),
    _("%(path)s is “%(name)s”, which is not a sequence of the design."),
    _("%(path)s say nowhere who works with the solution."),
    _("%(path)s: pair “%(pair)s” has %(count)d units; a pair has two."),
    _("%(path)s leave nobody to compare with."),
    _("%(path)s are all in one arm; there is nothing to compare."),
    _("%(path)s leaves an arm empty."),
    _("%(path)s: pair “%(pair)s” must have one unit in each arm."),
    _("%(path)s is not a day from which these periods count."),
    _("%(path)s is “%(name)s”, which is not a metric of the plan."),
    _("The file is not JSON; export the plan again."),
    _("The document holds a number too large to be kept exactly."),
    _("The document holds a broken character; write it again."),
)


def place_of(path: str) -> str:
    """Where in a plan a path points, in words.

    >>> place_of("")
    'the plan'
    """
    said = []
    for name, position in STEP.findall(path):
        if position:
            said[-1:] = [f"{said[-1]} {int(position) + 1}"] if said else [str(int(position) + 1)]
        else:
            said.append(str(PLACES.get(name, name)))
    return " › ".join(said) or _t("the plan")


def fault_of(fault: Fault) -> str:
    """One thing wrong with a plan, as a sentence."""
    sentence = _t(fault.message) % {**fault.evidence, "path": place_of(fault.path)}
    return sentence[:1].upper() + sentence[1:]


def flag_of(flag: Flag) -> str:
    """What the lab noticed, as a sentence."""
    return flag_words.told(flag.message, flag.evidence)


def number(value: float | None) -> str:
    return formats.number(float(f"{value:.4g}")) if value is not None else formats.DASH


def with_unit(value: float | None, unit: str) -> str:
    """A number with its unit; a bare one has none to be shown."""
    return formats.with_unit(value, "" if unit == "1" else unit)


def metric_words(metric: Metric) -> str:
    return metric.name or metric.code


def rows_of(protocol: Protocol) -> Iterator[tuple[Any, Any]]:
    """The plan as questions and answers, in the order in which people read it."""
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
    yield _of_arms(protocol.kind), _lot(document)
    if document["assignment"].get("chosen_by"):
        yield _("How the sites were chosen"), CHOSEN_BY[document["assignment"]["chosen_by"]]
    yield _("Days"), _days(document["periods"])
    method = METHODS.get(analysis.method, analysis.method)
    yield _("Method"), f"{method}, {_level(analysis.level)}"
    if analysis.looks is not None:
        shares = ", ".join(formats.percent(share, places=0) for share in analysis.looks.at)
        spending = SPENDING.get(analysis.looks.spending, analysis.looks.spending)
        yield _("Looks at the data"), f"{shares}; {spending}"
    yield from _rules(document)
    yield _("The decision is about"), SCOPES[protocol.decision.scope]
    if protocol.decision.words:
        yield _("Rule of the decision"), parts.said(protocol.decision.words)
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


def _level(level: float) -> str:
    return _t("intervals of %(level)s") % {"level": formats.percent(level, places=0)}


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


def _lot(document: Mapping[str, Any]) -> str:
    rules, keep = document["assignment"], document["design"].get("keep", KEEP)
    words = way(document)
    if rules["method"] == "constrained":
        share = formats.percent(keep, places=0 if keep >= 0.01 else 1)
        words += "; " + _t("alike in: %(names)s; the best balanced %(share)s stay") % {
            "names": balanced_in(rules), "share": share,
        }  # fmt: skip
    if rules.get("seed"):
        words += "; " + _t("drawn number %(seed)s") % {"seed": rules["seed"]}
    elif rules.get("seed_commitment"):
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


def _rules(document: Mapping[str, Any]) -> Iterator[tuple[Any, SafeString | str]]:
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
