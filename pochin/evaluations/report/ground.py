"""The ground a result stands on: balance, flags, the plan, fingerprints."""

from __future__ import annotations

import math
from typing import Any

from django.utils.translation import gettext as _

from pochin.evaluations import words
from pochin.evaluations.report.shape import Context, Print, Section, Table
from pochin.lab.inference.balance import usual_difference
from pochin.lab.protocol import Protocol
from pochin.pilots import balancing, plan_words
from pochin.ui import formats

EVENLY = {"complete", "hash"}
"""Lots in which nothing binds one unit to another: only for them the usual difference holds."""


def balance(protocol: Protocol, result: Any, context: Context) -> Section | None:
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
            else [
                (_("Units"), formats.number(units["treatment"])),
                *([] if lot["randomized"] else [(_("Compared with"), _("its own past"))]),
            ]
        ),
        (_("How"), plan_words.way(protocol.document)),
    ]
    alike = plan_words.balanced_in(protocol.document["assignment"])
    if alike:
        facts.append((_("Alike by the lot in"), alike))
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
        table = Table(head, rows, ["left", "left", "right"], [2.4, 2.5, 2.5])
    text = []
    if rows and lot["randomized"] and protocol.document["assignment"]["method"] in EVENLY:
        usual = formats.number(usual_difference(units["control"], units["treatment"]), places=2)
        said = _("A fair lot among so few parts them by up to %(usual)s in 19 cases of 20.")
        text.append(said % {"usual": usual})
    alone = not units["control"] and not lot["randomized"]
    heading = _("What was compared") if alone else _("Who was compared with whom")
    return Section(heading, facts=facts, text=text, table=table)


def _known_before(protocol: Protocol, context: Context) -> list[list[Any]]:
    """How the arms differ in what was known of their units."""
    arms = {unit["unit"]: unit.get("arm") for unit in protocol.units}
    rows = []
    in_plan = {
        name: {unit["unit"]: unit["covariates"][name] for unit in protocol.units}
        for name in protocol.document["assignment"].get("balance", ())
    }
    for name, values in (in_plan | dict(context.covariates)).items():
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
        where = _("plan") if name in in_plan else _("table of the units")
        said = balancing.words_of(name) if name in in_plan else name
        rows.append([said, where, formats.number(difference, places=2)])
    return rows


def flags_of(result: Any, *severities: str) -> list[Any]:
    tones = {"block": "bad", "warn": "waiting", "info": "good"}
    wanted = {tones[one] for one in severities}
    return [check for check in words.checks(result) if check.tone in wanted]


def flag_section(result: Any, *, withheld: bool = False) -> Section | None:
    if withheld:
        found = flags_of(result, "warn", "info")
        return Section(_("Other remarks of the checks"), checks=found) if found else None
    return Section(_("Checks of the data"), checks=words.checks(result))


def plan(protocol: Protocol) -> Section:
    facts = list(plan_words.rows_of(protocol))
    return Section(_("What was planned"), facts=facts)


def measured(protocol: Protocol) -> Section:
    head = [_("Metric"), _("Role"), _("Kind"), _("Direction"), _("Line to pass")]
    rows = [
        [f"{one['name']}", one["role"], one["kind"], one["direction"], one["limit"]]
        for one in plan_words.metric_rows(protocol)
    ]
    return Section(
        _("Metrics of the plan"), table=Table(head, rows, ["left"] * 5, [2.2, 2.1, 1.3, 1.9, 2.5])
    )


def provenance(result: Any, context: Context) -> Section:
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


def again(context: Context) -> Section | None:
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
