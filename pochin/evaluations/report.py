"""The report of an evaluation: one telling of a result, for a page to keep and for paper."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from functools import lru_cache
from pathlib import Path
from typing import Any

from django.contrib.staticfiles import finders
from django.template.loader import render_to_string
from django.utils import translation
from django.utils.translation import gettext as _
from scipy import stats

from pochin import papers
from pochin.evaluations import advice, pictures, words
from pochin.lab.inference.balance import usual_difference
from pochin.lab.protocol import Protocol
from pochin.pilots import flag_words
from pochin.pilots import words as plan_words
from pochin.ui import formats


@dataclass(frozen=True, slots=True)
class Table:
    """Cells as people read them; `align` holds "left" or "right" for each column."""

    head: Sequence[Any]
    rows: Sequence[Sequence[Any]]
    align: Sequence[str]
    widths: Sequence[float] = ()

    @property
    def heads(self) -> list[tuple[Any, bool]]:
        """The head with whether each column is set to the right."""
        return [(one, side == "right") for one, side in zip(self.head, self.align, strict=True)]

    @property
    def lines(self) -> list[list[tuple[Any, bool]]]:
        sides = [side == "right" for side in self.align]
        return [list(zip(row, sides, strict=True)) for row in self.rows]

    @property
    def named(self) -> list[list[tuple[Any, Any, bool]]]:
        """The cells with the name of their column, for narrow screens."""
        sides = [side == "right" for side in self.align]
        return [list(zip(self.head, row, sides, strict=True)) for row in self.rows]


@dataclass(frozen=True, slots=True)
class Section:
    """A part of the report with one heading."""

    heading: Any
    text: Sequence[Any] = ()
    facts: Sequence[tuple[Any, Any]] = ()
    table: Table | None = None
    pictures: Sequence[Any] = ()
    checks: Sequence[Any] = ()
    code: Sequence[str] = ()
    aside: str = ""


@dataclass(frozen=True, slots=True)
class Context:
    """What a result alone does not know: whose it is, and where its parts have come from.

    Attributes:
        title: Name of the pilot, or the question of the plan.
        number: Of the pilot, as people write it.
        facts: Company, days, sites and the like.
        titles: Names of the units.
        notices: Sentences that stand on every page for ever.
        readings: How many rows were read, as a fact.
        data_sha256, store_version, result_sha256: Fingerprints.
        planned: Probability of each colour as it was shown before the start.
        covariates: Known of the units before, by name and unit.
        signed: Names, roles and moments under the plan.
        again: Commands that compute the result anew.
    """

    title: str
    number: str = ""
    facts: Sequence[tuple[Any, Any]] = ()
    titles: Mapping[str, str] = field(default_factory=dict)
    notices: Sequence[str] = ()
    readings: str = ""
    data_sha256: str = ""
    store_version: int | None = None
    result_sha256: str = ""
    planned: Sequence[Mapping[str, Any]] = ()
    covariates: Mapping[str, Mapping[str, float]] = field(default_factory=dict)
    signed: Sequence[Mapping[str, Any]] = ()
    again: Sequence[str] = ()
    centre: str = ""
    programme: str = ""
    is_demonstration: bool = False


@dataclass(frozen=True, slots=True)
class Report:
    """Everything that is printed, in the language it was assembled in."""

    title: str
    number: str
    language: str
    notices: Sequence[str]
    verdict: tuple[Any, str]
    colour: tuple[Any, str]
    finding: str
    detail: str
    picture: Any
    sections: Sequence[Section]
    context: Context
    at: datetime


def assemble(
    protocol: Protocol,
    result: Mapping[str, Any],
    context: Context,
    *,
    language: str,
    at: datetime,
) -> Report:
    """Tell a result in full; where a gate blocks, tell what is blocked and no number of it.

    Args:
        protocol: The plan the result was computed by.
        result: A `pochin-result/1` document.
        context: Whose it is.
        language: "ru" or "en".
        at: The moment that stands on the report.
    """
    with translation.override(language), formats.kept():
        verdict = result["decision"]["verdict"].replace("-shown", "").replace("-", "_")
        blocked = words.blocked(dict(result))
        told = words.primary(dict(result), protocol)
        tell = _withheld if blocked else _open
        notices = [str(one) for one in context.notices]
        if result["archive"]:
            notices.append(_("From the archive: the plan was written after the data. Never green."))
        return Report(
            title=context.title,
            number=context.number,
            language=language,
            notices=notices,
            verdict=words.VERDICTS[verdict],
            colour=words.COLOURS[result["decision"]["colour"]],
            finding=advice.finding(result) if blocked else told.sentence,
            detail=_blocked_words() if blocked else told.detail,
            picture="" if blocked else told.picture,
            sections=[one for one in tell(protocol, result, context) if one is not None],
            context=context,
            at=at,
        )


def _blocked_words() -> str:
    return _(
        "Through a failed check no number passes: neither the effect nor an interval nor a value "
        "of a unit stands anywhere in this report. Below is what failed and what to do."
    )


def _withheld(protocol: Protocol, result: Any, context: Context) -> list[Section | None]:
    return [
        Section(_("What is blocked"), checks=_flags(result, "block")),
        Section(_("What now"), text=advice.what_now(result)),
        _facts(context),
        _plan(protocol),
        _flag_section(result, withheld=True),
        _provenance(result, context),
        _again(context),
    ]


def _open(protocol: Protocol, result: Any, context: Context) -> list[Section | None]:
    row = words.primary_row(result)
    heading, picture = pictures.curve(row, protocol)
    by_unit, units = pictures.units(row, context.titles)
    return [
        _facts(context),
        _decision(protocol, result),
        _characteristics(row, context),
        money(result),
        _guardrails(protocol, result),
        _drawn(heading, picture),
        _drawn(_("How the estimate settled"), pictures.course(row, protocol)),
        _drawn(
            _("What chance alone would give"),
            pictures.chance(row),
            _chance_text(row),
        ),
        _drawn(by_unit, units),
        _drawn(_("The same question by other analyses"), pictures.others(row, context.titles)),
        crossed(protocol, result),
        _more_primaries(protocol, result),
        exploratory(protocol, result),
        _balance(protocol, result, context),
        _flag_section(result),
        _plan(protocol),
        _metrics(protocol),
        _provenance(result, context),
        _again(context),
    ]


def _chance_text(row: Any) -> str:
    """How the picture of chance was made: by lots, or by units that got nothing."""
    if row["effect"]["reference_distribution"] == "placebo":
        return _("Each unit of the comparison is taken in turn as if it had had the solution.")
    return _("The effect is set to nothing, and every other lot that could have been is tried.")


def _drawn(heading: str, picture: Any, *text: str) -> Section | None:
    return Section(heading, text=text, pictures=[picture]) if picture else None


def _facts(context: Context) -> Section | None:
    return Section(_("The pilot"), facts=context.facts) if context.facts else None


# The decision --------------------------------------------------------------------------------


def _decision(protocol: Protocol, result: Any) -> Section:
    """The rule, and what each metric gave against its line."""
    told = words.names(protocol)
    rows = []
    for row in result["metrics"]:
        judged = row["judged"]
        if judged is None:
            continue
        metric = row["metric"]
        unit = pictures.unit_of(metric)
        ends = [judged["lower"], judged["upper"]]
        wide = ends[1] - ends[0] if None not in ends else None
        places = words.places_of(wide, judged["line"])
        cells = [formats.number(one, places=places, sign=True) for one in (*ends, judged["line"])]
        name = told[metric["code"]] + (f", {unit}" if unit else "")
        rows.append([name, *cells, words.finding(judged["finding"], metric["role"])])
    level = formats.percent(protocol.decision.level, places=0)
    facts = [
        (_("Verdict"), words.VERDICTS[_verdict(result)][0]),
        (_("By the rule"), words.COLOURS[result["decision"]["colour"]][0]),
        (_("Evidence"), words.EVIDENCE[result["decision"]["evidence_class"]]),
        (_("The decision is about"), plan_words.SCOPES[protocol.decision.scope]),
    ]
    if protocol.decision.words:
        facts.append((_("Rule in words"), protocol.decision.words))
    note = _(
        "Improvement is counted as positive. Each metric is compared with its line by one-sided "
        "bounds of %(level)s: all of the likely values must lie beyond it."
    ) % {"level": level}
    head = [_("Metric"), _("Lower bound"), _("Upper bound"), _("Line to pass"), _("Finding")]
    return Section(
        _("How it was judged"),
        facts=facts,
        text=[*words.reasons(result, protocol), note],
        table=Table(head, rows, ["left", "right", "right", "right", "left"], [3, 1.5, 1.5, 1.3, 3]),
    )


def _verdict(result: Any) -> str:
    return result["decision"]["verdict"].replace("-shown", "").replace("-", "_")


def _characteristics(row: Any, context: Context) -> Section | None:
    """How often such a pilot says what: as planned, and with the precision that was reached."""
    if context.planned:
        rows = [
            [
                words.SUPPOSED[one["name"]],
                formats.with_unit(
                    abs(one["effect"]), pictures.unit_of(row["metric"]), places=one["places"]
                ),
                *(formats.percent(one[name], places=0) for name in ("green", "amber", "red")),
            ]
            for one in context.planned
        ]
        head = [_("If the truth is"), _("Improvement"), _("Green"), _("Amber"), _("Red")]
        text = [_("As shown before the plan was signed, by trying the plan out on made-up data.")]
    else:
        rows = _reached(row)
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


def _reached(row: Any) -> list[list[str]]:
    """Probabilities of the findings under supposed effects, from the standard error reached."""
    effect, metric = row["effect"], row["metric"]
    error, threshold = effect["std_error"], metric["threshold"]
    if not error or effect["reference_distribution"] not in {"t", "normal"} or not threshold:
        return []
    df = effect["df"] or math.inf
    limit = float(stats.t.ppf(0.95, df))
    places = words.places_of(threshold)
    rows = []
    for name, truth in (("no effect", 0.0), ("threshold", threshold), ("twice", 2 * threshold)):
        passed = _beyond(limit, df, (truth - threshold) / error)
        harm = _beyond(limit, df, -truth / error)
        said = formats.with_unit(truth, pictures.unit_of(metric), places=places)
        shares = [passed, max(0.0, 1 - passed - harm), harm]
        cells = [formats.percent(one, places=0) for one in shares]
        rows.append([str(words.SUPPOSED[name]), said, *cells])
    return rows


def _beyond(limit: float, df: float, shift: float) -> float:
    """How often a t statistic with this shift exceeds the limit."""
    if math.isinf(df):
        return float(stats.norm.sf(limit - shift))
    return float(stats.nct.sf(limit, df, shift))


def money(result: Any) -> Section | None:
    """What the roll-out is worth, with its range; None where the plan reckons no money."""
    worth = result["decision"]["money"]
    if worth is None:
        return None
    sums = {
        name: formats.money(worth[name] / words.MINOR, worth["currency"], short=True)
        for name in ("low", "median", "high")
    }
    facts = [
        (_("Worth of the roll-out, likely"), sums["median"]),
        (_("In 9 cases of 10"), _("from %(low)s to %(high)s") % sums),
        (_("Chance that it pays"), formats.percent(worth["p_positive"], places=0)),
    ]
    how = _("By the value and cost ranges of the plan, over %(draws)s draws.")
    said = [how % {"draws": formats.number(worth["draws"])}]
    return Section(_("Money"), facts=facts, text=[*said, *words.paid(result)])


# Metrics -------------------------------------------------------------------------------------


def _guardrails(protocol: Protocol, result: Any) -> Section | None:
    found = [row for row in result["metrics"] if row["metric"]["role"] == "guardrail"]
    if not found:
        return None
    told = words.names(protocol)
    head = [_("Metric"), _("By how much it changed"), _("95% interval"), _("Limit"), _("Verdict")]
    rows = [_guard_row(row, told) for row in found]
    align = ["left", "right", "right", "right", "left"]
    return Section(
        _("What must not have got worse"),
        table=Table(head, rows, align, [2.4, 1.3, 2.4, 1.3, 2.2]),
        pictures=[picture] if (picture := pictures.guardrails(result, protocol)) else [],
    )


def _guard_row(row: Any, told: Mapping[str, str]) -> list[Any]:
    metric, estimate = row["metric"], words.estimate_of(row["effect"])
    unit = pictures.unit_of(metric)
    limit = (1 if metric["direction"] == "lower" else -1) * (metric["margin"] or 0.0)
    places = words.places_of(metric["margin"], estimate and estimate.high - estimate.low)
    finding = words.finding((row["judged"] or {}).get("finding", "not-shown"))
    middle = row["effect"]["estimate"]
    said = [formats.with_unit(middle, unit, places=places, sign=True), formats.DASH]
    if estimate is not None:
        said = [
            estimate.words(unit, places, sign=True), estimate.span_words(unit, places, sign=True)
        ]  # fmt: skip
    limit_words = formats.with_unit(limit, unit, places=places, sign=True)
    return [told[metric["code"]], *said, limit_words, finding]


def _effect_row(row: Any, told: Mapping[str, str]) -> list[Any]:
    metric, effect = row["metric"], row["effect"]
    estimate, unit = words.estimate_of(effect), pictures.unit_of(metric)
    if estimate is None:
        why = [flag_words.told(f["message"], f["evidence"]) for f in effect["flags"]]
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


def _more_primaries(protocol: Protocol, result: Any) -> Section | None:
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
    unit, values = pictures.unit_of(row["metric"]), one["values"]
    estimate = words.estimate_of(one)
    places = words.places_of(estimate and estimate.high - estimate.low)
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


# The ground it stands on -----------------------------------------------------------------------


def _balance(protocol: Protocol, result: Any, context: Context) -> Section | None:
    """The lot, and how alike the arms were before anybody got the solution."""
    lot, told = result["assignment"], words.names(protocol)
    people = protocol.kind == "individual"
    # Lots were drawn for people: they are counted, not the two arms.
    units = words.primary_row(result)["effect"]["n_units"] if people else lot["units"]
    facts = [
        *(
            [
                (_("With the solution"), formats.number(units["treatment"])),
                (_("For comparison"), formats.number(units["control"])),
            ]
            if units["control"]
            else [(_("Units"), formats.number(units["treatment"]))]
        ),
        (_("How"), plan_words.LOTS.get(protocol.document["assignment"]["method"], "")),
    ]
    if lot["randomized"] and not people:
        facts.append((_("Lots that could have been"), formats.number(lot["n_admissible"])))
    if lot["randomized"] and lot["min_p_value"] and not people:
        facts.append((_("Smallest p-value possible"), words.p_value(lot["min_p_value"])))
    rows = [
        [told.get(code, code), _("baseline of the metric"), formats.number(value, places=2)]
        for code, value in result["balance"].items()
    ]
    rows += _known_before(protocol, context)
    table = None
    if rows:
        head = [_("What"), _("Known from"), _("Difference, in standard deviations of units")]
        table = Table(head, rows, ["left", "left", "right"], [3, 2, 2.4])
    text = []
    if rows and lot["randomized"]:
        usual = formats.number(usual_difference(units["control"], units["treatment"]), places=2)
        said = _("A fair lot among so few parts them by up to %(usual)s in 19 cases of 20.")
        text.append(said % {"usual": usual})
    return Section(_("Who was compared with whom"), facts=facts, text=text, table=table)


def _known_before(protocol: Protocol, context: Context) -> list[list[Any]]:
    """How the arms differ in what was known of their units."""
    arms = {unit["unit"]: unit.get("arm") for unit in protocol.units}
    rows = []
    for name, values in context.covariates.items():
        found = {
            arm: [v for unit, v in values.items() if arms.get(unit) == arm]
            for arm in ("treatment", "control")
        }
        held = [*found["treatment"], *found["control"]]
        if len(held) < 3 or not all(found.values()):
            continue
        mean = sum(held) / len(held)
        spread = math.sqrt(sum((v - mean) ** 2 for v in held) / (len(held) - 1))
        means = [sum(own) / len(own) for own in found.values()]
        difference = (means[0] - means[1]) / spread if spread else 0.0
        rows.append([name, _("table of the units"), formats.number(difference, places=2)])
    return rows


def _flags(result: Any, *severities: str) -> list[Any]:
    tones = {"block": "bad", "warn": "waiting", "info": "good"}
    wanted = {tones[one] for one in severities}
    return [check for check in words.checks(result) if check.tone in wanted]


def _flag_section(result: Any, *, withheld: bool = False) -> Section | None:
    if withheld:
        found = _flags(result, "warn", "info")
        return Section(_("Other remarks of the checks"), checks=found) if found else None
    return Section(_("Checks of the data"), checks=words.checks(result))


def _plan(protocol: Protocol) -> Section:
    facts = list(plan_words.rows_of(protocol))
    return Section(_("What was planned"), facts=facts)


def _metrics(protocol: Protocol) -> Section:
    head = [_("Metric"), _("Role"), _("Kind"), _("Direction"), _("Line to pass")]
    rows = [
        [f"{one['name']}", one["role"], one["kind"], one["direction"], one["limit"]]
        for one in plan_words.metric_rows(protocol)
    ]
    return Section(
        _("Metrics of the plan"), table=Table(head, rows, ["left"] * 5, [2.2, 2.1, 1.3, 1.9, 2.5])
    )


def _provenance(result: Any, context: Context) -> Section:
    known = result["provenance"]
    facts: list[tuple[Any, Any]] = [(_("Plan, SHA-256"), Print(known["protocol_hash"]))]
    if context.data_sha256:
        facts.append((_("Readings, SHA-256"), Print(context.data_sha256)))
    facts.append((_("Reduced data, SHA-256"), Print(known["table_hash"])))
    if context.result_sha256:
        facts.append((_("Result, SHA-256"), Print(context.result_sha256)))
    if context.store_version is not None:
        facts.append((_("Version of the store"), formats.number(context.store_version)))
    if context.readings:
        facts.append((_("Readings"), context.readings))
    facts.append((_("Version of the code"), f"pochin {known['code_version'] or formats.DASH}"))
    facts.append((_("Seed of the analysis"), str(known["seed"])))
    who = _("Lot, SHA-256") if result["assignment"]["randomized"] else _("Who got what, SHA-256")
    facts.append((who, Print(result["assignment"]["sha256"])))
    for one in context.signed:
        facts.append((_("Plan signed by"), f"{one['name']}, {one['role']}, {one['at']}"))
    return Section(_("Where the numbers come from"), facts=facts)


class Print(str):
    """A fingerprint: set in letters of equal width."""

    __slots__ = ()
    is_print = True


def _again(context: Context) -> Section | None:
    if not context.again:
        return None
    return Section(
        _("How to compute it again"),
        text=[
            _(
                "With the plan and the data taken from the page of the result anybody computes the "
                "same numbers, without a server and without asking us:"
            )
        ],
        code=context.again,
    )


# On a page to keep, and on paper ---------------------------------------------------------------


def html(report: Report) -> str:
    """One file without scripts and without anything to be fetched; it prints well."""
    with translation.override(report.language), formats.kept():
        said = {"report": report, "style": _style(), "pochin": "Pochin"}
        return render_to_string("evaluations/report.html", said)


@lru_cache
def _style() -> str:
    return Path(finders.find("ui/pochin.css")).read_text(encoding="utf-8")


def pdf(report: Report, *, attached: Mapping[str, str] | None = None) -> bytes:
    """The same on paper, PDF/A-3; `attached` texts travel inside."""
    with translation.override(report.language), formats.kept():
        data = _paper(report)
    return papers.pdf(
        "evaluations/report",
        data,
        language=report.language,
        at=report.at,
        attached=dict(attached or {}),
    )


def _paper(report: Report) -> dict[str, Any]:
    context = report.context
    return {
        "title": report.title,
        "number": report.number,
        "centre": context.centre,
        "programme": context.programme,
        "demonstration": context.is_demonstration,
        "notices": report.notices,
        "fingerprint": context.result_sha256[:16],
        "verdict": [str(report.verdict[0]), report.verdict[1]],
        "colour": [str(report.colour[0]), report.colour[1]],
        "finding": report.finding,
        "detail": report.detail,
        "charts": papers.drawings(str(report.picture)),
        "sections": [_on_paper(section) for section in report.sections],
    }


def _on_paper(section: Section) -> dict[str, Any]:
    said: dict[str, Any] = {
        "heading": section.heading,
        "text": [_plainly(one) for one in section.text],
        "facts": [
            [str(name), _plainly(value), isinstance(value, Print)] for name, value in section.facts
        ],
        "checks": [[_plainly(one.text), one.tone] for one in section.checks],
        "code": list(section.code),
        "aside": section.aside,
    }
    if section.table is not None:
        table = section.table
        said["table"] = {
            "head": [str(one) for one in table.head],
            "rows": [[_plainly(one) for one in row] for row in table.rows],
            "align": list(table.align),
            "widths": list(table.widths) or [1] * len(table.head),
        }
    said["charts"] = [
        drawing for picture in section.pictures for drawing in _with_words(str(picture))
    ]
    return said


def _with_words(markup: str) -> list[dict[str, str]]:
    """The drawings of a figure with the words over and under them."""
    found = papers.drawings(markup)
    told = papers.captions(markup)
    return [one | (told if n == 0 else {"over": "", "under": ""}) for n, one in enumerate(found)]


def _plainly(value: Any) -> str:
    """Words without the marks of a page."""
    return papers.plain(str(value))
