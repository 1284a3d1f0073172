"""What is wrong with a plan, in the reader's language."""

from __future__ import annotations

import re
from typing import Any

from django.utils.translation import gettext as _t
from django.utils.translation import gettext_lazy as _

from pochin.lab.schema import Fault
from pochin.ui import formats

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
    "adjust_for_baseline": _("adjusted for the baseline"),
    "adoption": _("share of sites that take it up"),
    "alpha": _("level of chance"),
    "alternative": _("side of the test"),
    "anticipation": _("periods of anticipation"),
    "archive": _("from the archive"),
    "at_most": _("at most"),
    "bound_to": _("plan the lot is bound to"),
    "cap": _("cap"),
    "claim": _("what may be claimed"),
    "comparators": _("sites to compare with"),
    "comparison": _("who is compared with"),
    "completeness": _("completeness"),
    "control": _("without the solution"),
    "currency": _("currency"),
    "definition": _("definition"),
    "description": _("description"),
    "discount": _("discount rate"),
    "donors": _("sites to mix"),
    "draws": _("draws"),
    "duplicate": _("repeated readings"),
    "harmonics": _("harmonics"),
    "high": _("high"),
    "horizon_years": _("years"),
    "individual": _("single parcels or people"),
    "level": _("level of the interval"),
    "low": _("low"),
    "max_share": _("largest share"),
    "mid": _("likely"),
    "multiplicity": _("several metrics"),
    "outlier": _("outliers"),
    "pairs": _("pairs"),
    "parallel": _("at one time"),
    "parameter": _("parameter"),
    "per_unit": _("per unit"),
    "prior": _("what was known before"),
    "sample_ratio": _("ratio of the groups"),
    "scale": _("absolute or relative"),
    "schedule": _("turns"),
    "season": _("season"),
    "seed_commitment": _("seal of the drawn number"),
    "sequence": _("start"),
    "shares": _("shares"),
    "source": _("whose readings"),
    "switchback": _("in turns"),
    "target": _("target"),
    "title": _("title"),
    "transport": _("carrying over"),
    "treated_from": _("with the solution from"),
    "volume": _("volume"),
    "wash_out_loss": _("loss by wash-out"),
    "weights": _("weights"),
    "words": _("words"),
    "zone": _("time zone"),
    "by": _("decision date"),
    "roll_out_from": _("from which verdict it is rolled out"),
    "extend": _("extension"),
    "stop_reasons": _("reasons to stop early"),
    "schema": _("format"),
}
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
    _(
        "%(path)s is relative, but this analysis tells no change as a share of the "
        "comparison: plain means of units, people, and rates of a series do."
    ),
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
    said: list[str] = []
    for name, position in STEP.findall(path):
        if position:
            said[-1:] = [f"{said[-1]} {int(position) + 1}"] if said else [str(int(position) + 1)]
        else:
            said.append(str(PLACES.get(name, name)))
    return " › ".join(said) or _t("the plan")


def value_of(value: Any) -> str:
    """A part of a plan as people read it; empty where there is none."""
    if value is None:
        return ""
    if isinstance(value, bool):
        return _t("yes") if value else _t("no")
    if isinstance(value, int | float):
        return formats.number(value)
    if isinstance(value, list):
        return "; ".join(map(value_of, value))
    if isinstance(value, dict):
        parts = [f"{PLACES.get(name, name)}: {value_of(one)}" for name, one in value.items()]
        return ", ".join(parts)
    return str(value)


def fault_of(fault: Fault) -> str:
    """One thing wrong with a plan, as a sentence."""
    sentence = _t(fault.message) % {**fault.evidence, "path": place_of(fault.path)}
    return sentence[:1].upper() + sentence[1:]
