"""What a plan can show, in words: its power, the price of more, its decision, its lot."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass, replace
from typing import Any

import numpy as np
from django.utils.translation import gettext as _t
from django.utils.translation import gettext_lazy as _

from pochin.lab.plan_rules import OBSERVED
from pochin.lab.protocol import Protocol
from pochin.lab.result import LabError
from pochin.pilots import balancing, feasibility, lab_words, noticing, plan_words
from pochin.pilots.models import Pilot
from pochin.pilots.operating_characteristics import (
    OperatingCharacteristics,
    Scenario,
    operating_characteristics,
)
from pochin.ui import formats

SUPPOSED = {
    "no effect": _("there is no effect"),
    "break-even": _("it just pays for itself"),
    "threshold": _("it is exactly the threshold"),
    "twice": _("it is twice the threshold"),
}


TINY = 0.0001
NOISE = 4  # standard errors: less is the luck of the tries


@dataclass(frozen=True, slots=True)
class Power:
    """What a plan can show, in words; `trouble` says why that cannot be computed."""

    found: feasibility.Feasibility | None = None
    tried: OperatingCharacteristics | None = None
    protocol: Protocol | None = None
    site_cost: float = 0.0
    trouble: str = ""

    def told(self, protocol: Protocol) -> Power:
        """The same numbers beside the words of the plan as the reader reads it."""
        return replace(self, protocol=protocol) if self.protocol is not None else self

    @property
    def characteristics(self) -> tuple[Scenario, ...]:
        """One row for each supposed effect."""
        return () if self.tried is None else self.tried.scenarios

    @property
    def kind(self) -> str:
        """How the plan compares."""
        return self.protocol.kind if self.protocol is not None else ""

    @property
    def unit(self) -> str:
        """Of the primary metric."""
        return self.protocol.primary.unit if self.protocol is not None else ""

    @property
    def is_observed(self) -> bool:
        """Whether people chose who gets the solution, and no lot."""
        return self.kind in OBSERVED

    @property
    def sentence(self) -> str:
        """The finding first: whether the plan can decide its own question."""
        found = self.found
        if found is None:
            return ""
        if found.promised is None and self.is_observed:
            return _t("Whatever the effect, too few sites are compared to show it.")
        if found.promised is None:
            return _t("Whatever the effect, this lot is too small to show it.")
        values = {
            "effect": plan_words.with_unit(found.promised, self.unit),
            "threshold": plan_words.with_unit(found.threshold, self.unit),
        }
        if found.can_decide:
            return _t("Shows an effect of %(effect)s in 8 cases of 10; the threshold is "
                      "%(threshold)s.") % values  # fmt: skip
        return _t("Shows an effect of %(effect)s in 8 cases of 10, but the threshold is "
                  "%(threshold)s: too little to decide.") % values  # fmt: skip

    @property
    def needs_waiver(self) -> bool:
        """Whether the plan is handed in only with a word why it is tried nevertheless."""
        return self.found is not None and not self.found.can_decide

    @property
    def rows(self) -> list[dict[str, Any]]:
        """Power and detectable effect for each guess of the ICC."""
        found = self.found
        if found is None:
            return []
        return [
            {"icc": icc, "power": power, "over": _over(span),
             "detectable": plan_words.number(_finite(detectable))}
            for icc, power, span, detectable in zip(
                found.icc, found.power, found.power_range, found.detectable, strict=True
            )
        ]  # fmt: skip

    @property
    def has_range(self) -> bool:
        """Whether the guesses of what lasts change anything."""
        return any(row["over"] for row in self.rows)

    @property
    def more_words(self) -> str:
        """What one more site would change at the middle guesses, and what a point would cost."""
        found = self.found
        if found is None or found.gain is None or found.gain < 0 or found.promised is None:
            return ""
        if self.kind in ("individual", "interrupted-series"):  # A site more changes nothing.
            return ""
        middle = found.middle
        values = {
            "now": formats.percent(found.power[middle], places=0),
            "then": formats.percent(found.power_then[middle], places=0),
            "effect": plan_words.with_unit(_short(found.detectable[middle]), self.unit),
            "effect_then": plan_words.with_unit(_short(found.detectable_then[middle]), self.unit),
        }
        if self.kind == "pairs":
            said = _t("One more pair: the chance goes from %(now)s to %(then)s, the effect shown "
                      "in 8 cases of 10 from %(effect)s to %(effect_then)s.")  # fmt: skip
        elif values["now"] == values["then"]:
            said = _t("One more site: the effect shown in 8 cases of 10 goes from %(effect)s to "
                      "%(effect_then)s.")  # fmt: skip
        else:
            said = _t("One more site: the chance goes from %(now)s to %(then)s, the effect shown "
                      "in 8 cases of 10 from %(effect)s to %(effect_then)s.")  # fmt: skip
        said %= values
        if self.site_cost and found.gain > 0.05:
            said += " " + _t("A percentage point of chance costs about %(cost)s.") % {
                "cost": formats.money(self.site_cost / found.gain, short=True)
            }
        return said

    @property
    def grown_words(self) -> tuple[str, str]:
        """What is added in the table of larger plans, and the heading of its first column."""
        if self.kind == "individual":
            return _t("As parcels or people are added"), _t("Parcels or people")
        if self.kind == "interrupted-series":
            return _t("As the run grows longer"), _t("Periods of the run")
        return _t("As sites are added"), _t("Sites")

    @property
    def grown(self) -> list[dict[str, Any]]:
        """The chance and the smallest p-value as one adds sites."""
        found = self.found
        if found is None or len(found.grown) < 2:
            return []
        return [
            {
                "units": one.units,
                "power": one.power,
                "detectable": plan_words.number(_finite(one.detectable)),
                "floor": plan_words.number(one.floor) if one.floor >= TINY else _t("below 0.0001"),
            }
            for one in found.grown
        ]

    @property
    def floor_words(self) -> str:
        """How small a p-value can be at all."""
        found = self.found
        # Where lots are drawn for each parcel nothing is bounded.
        if found is None or found.floor < 1e-6:
            return ""
        values = {"p": plan_words.number(found.floor), "lots": formats.number(found.lots)}
        if self.kind == "synthetic-control" or (found.treated == 1 and self.is_observed):
            compared = formats.number(found.units - 1)
            if found.treated > 1:
                said = _t("%(treated)s sites get the solution and are taken together; %(units)s "
                          "are compared with them: no data can give a p-value below "
                          "1/(%(units)s + 1) = %(p)s.")  # fmt: skip
            else:
                said = _t("One site gets the solution and %(units)s are compared with it: no data "
                          "can give a p-value below 1/(%(units)s + 1) = %(p)s. Such a pilot is an "
                          "indication.")  # fmt: skip
            return said % {**values, "units": compared, "treated": formats.number(found.treated)}
        if self.is_observed:
            return _t("The sites could have been chosen in %(lots)s ways: no p-value can be below "
                      "%(p)s.") % values  # fmt: skip
        return _t("The lot has %(lots)s outcomes: no p-value can be below %(p)s.") % values

    @property
    def constraint_words(self) -> str:
        """Among how many assignments a constrained lot is drawn, of how many."""
        best = self.protocol.best_balanced if self.protocol is not None else None
        if best is None:
            return ""
        counts = {"kept": formats.number(len(best.kept)), "all": formats.number(best.n_candidates)}
        if best.n_candidates < best.n_possible:
            return _t("Of %(all)s assignments taken at random the %(kept)s best balanced stay; the "
                      "lot is drawn among these.") % counts  # fmt: skip
        return _t("Of %(all)s possible assignments the %(kept)s best balanced stay; the lot is "
                  "drawn among these.") % counts  # fmt: skip

    @property
    def constraint_rows(self) -> list[dict[str, Any]]:
        """How far apart the arms may be in each covariate, before and after it is balanced."""
        return [] if self.protocol is None else constraint_of(self.protocol)

    @property
    def colour_words(self) -> list[str]:
        """What a reader of the colours would ask: why green is rare, and what may go wrong."""
        if not self.characteristics or self.protocol is None:
            return []
        said, found = [], self.found
        if self.is_observed and self.protocol.decision.scope == "network":
            said.append(_t("Without a lot a result is never green for the whole network: such a "
                           "pilot can only speak for the next stage."))  # fmt: skip
        elif self.protocol.archive:
            said.append(_t("A plan written after the data is never green."))
        elif found is not None and found.green_from is not None:
            values = {"effect": plan_words.with_unit(_short(found.green_from), self.unit)}
            said.append(_t("Green asks for more than an effect: its whole interval must lie beyond "
                           "the threshold. In 8 cases of 10 it does from an effect of %(effect)s "
                           "on.") % values)  # fmt: skip
        none, threshold = (
            next(one for one in self.characteristics if one.name == name)
            for name in ("no effect", "threshold")
        )
        analysis = self.protocol.analysis
        if found is not None and found.floor <= analysis.alpha:  # else nothing is ever seen
            shares = {
                "level": plan_words.level_of(analysis.level),
                "first": formats.percent(none.found, places=0),
                "coverage": formats.percent(threshold.coverage, places=0),
            }
            sentence = _t("An effect that is not there is seen in %(first)s of pilots; the "
                          "interval of %(level)s holds the truth in %(coverage)s of "
                          "them.")  # fmt: skip
            said.append(sentence % shares)
        if abs(threshold.bias) > NOISE * threshold.noise:
            off = {"bias": plan_words.with_unit(_short(threshold.bias), self.unit)}
            said.append(_t("On average the estimate is off by %(bias)s.") % off)
        return said

    @property
    def looks_words(self) -> list[str]:
        """What earlier looks cost and save."""
        found, looks = self.found, self.protocol.analysis.looks if self.protocol else None
        if found is None or looks is None or len(looks.at) < 2:
            return []
        said = [_t("The plan looks at the data %(n)s times; for that an effect must be "
                   "%(more)s larger to be shown as often as by one look.")
                % {"n": formats.number(len(looks.at)),
                   "more": formats.percent(found.paid - 1, places=1)}]  # fmt: skip
        named = {one.name: one.early for one in self.characteristics}
        if "twice" in named:
            shares = {name: formats.percent(named[name], places=0) for name in named}
            said.append(_t("It ends before the last look in %(threshold)s of pilots if the effect "
                           "is the threshold, in %(twice)s if it is twice that.")
                        % {"threshold": shares["threshold"], "twice": shares["twice"]})  # fmt: skip
        return said

    @property
    def guard_rows(self) -> list[dict[str, Any]]:
        """What each guardrail says, by how much it really worsens."""
        if self.tried is None or self.protocol is None:
            return []
        metrics = {one.code: one for one in self.protocol.guardrails}
        return [
            {
                "name": plan_words.metric_words(metrics[one.code]),
                "worse": plan_words.with_unit(
                    float(f"{one.worsening:.4g}"), metrics[one.code].unit
                ),
                "held": one.held,
                "open": max(0.0, 1 - one.held - one.harmed),
                "harmed": one.harmed,
            }
            for one in self.tried.guarded
        ]

    @property
    def unguarded_words(self) -> str:
        """Guardrails whose spread nobody supposed."""
        if self.tried is None or self.protocol is None or not self.tried.unguarded:
            return ""
        named = {one.code: plan_words.metric_words(one) for one in self.protocol.guardrails}
        names = ", ".join(named[code] for code in self.tried.unguarded)
        return _t("The colours take it that these guardrails hold, because the spread of their "
                  "readings is not written: %(names)s.") % {"names": names}  # fmt: skip

    @property
    def tried_words(self) -> str:
        """How the table of colours came about."""
        if self.tried is None:
            return ""
        return _t("The whole plan tried out %(times)s times on made-up data by the analysis it "
                  "registers, its looks, guardrails and the rule of the decision included; grey, "
                  "where a check of the data fails, is not counted.") % {
                      "times": formats.number(self.tried.runs)}  # fmt: skip

    @property
    def characteristic_rows(self) -> list[dict[str, Any]]:
        """How often the decision has each colour, by what is supposed of the truth."""
        return [
            {
                "if": SUPPOSED[one.name],
                "effect": plan_words.with_unit(float(f"{one.effect:.4g}"), self.unit),
                "found": one.found,
                "green": one.green,
                "amber": one.amber,
                "red": one.red,
            }
            for one in self.characteristics
        ]


def _finite(value: float) -> float | None:
    return value if value < float("inf") else None


def _short(value: float) -> float | None:
    return float(f"{value:.3g}") if value < float("inf") else None


def _over(span: tuple[float, float]) -> str:
    """The power over the guesses of what lasts, where they matter."""
    low, high = (formats.percent(end, places=0) for end in span)
    return "" if low == high else f"{low} – {high}"


def power_of(protocol: Protocol, guesses: feasibility.Guesses | None) -> Power:
    """What a plan can show under these guesses."""
    if guesses is None:
        return Power(trouble=_t("Write the standard deviation of readings, and the power is "
                                "computed."))  # fmt: skip
    try:
        found = feasibility.judge(protocol, guesses)
        tried = operating_characteristics(protocol, guesses, runs=400)
    except (LabError, ValueError) as problem:
        return Power(trouble=lab_words.reason(str(problem)))
    return Power(found, tried, protocol, guesses.site_cost)


TONES = {"block": "bad", "warn": "waiting", "info": "neutral"}


def noticed(
    pilot: Pilot, protocol: Protocol, guesses: feasibility.Guesses | None, power: Power
) -> list[tuple[str, str]]:
    """What was noticed in a plan before its lock, in words, each with its tone."""
    more = power.found.flags if power.found else ()
    found = noticing.before_start(pilot, protocol, guesses=guesses, more=more)
    return [(lab_words.flag_of(flag), TONES[flag.severity]) for flag in found]


# The lot -------------------------------------------------------------------------------------


def constraint_of(protocol: Protocol) -> list[dict[str, Any]]:
    """What a constrained lot balances: by a fair lot, at most among what stays, and as drawn.

    Differences are told in standard deviations of the sites.
    """
    best = protocol.best_balanced
    if best is None:
        return []
    arms = np.array([unit.get("arm", "") == "treatment" for unit in protocol.units])
    drawn = 0 < arms.sum() < len(arms)
    rows = []
    names = protocol.document["assignment"]["balance"]
    for name, usual, most in zip(names, best.usual, best.kept_at_most, strict=True):
        values = protocol.covariate(name)
        spread = float(values.std(ddof=1))
        away = float(values[arms].mean() - values[~arms].mean()) / spread if drawn else None
        rows.append({
            "what": balancing.words_of(name),
            "usual": formats.number(float(usual), places=2),
            "most": formats.number(float(most), places=2),
            "drawn": formats.DASH if away is None else formats.number(away, places=2),
        })  # fmt: skip
    return rows


def balance_of(protocol: Protocol, slots: Iterable[Any]) -> list[dict[str, Any]]:
    """How the sites of each arm are alike, by what the register knows; empty before the lot."""
    arms = {unit["unit"]: unit["arm"] for unit in protocol.units if "arm" in unit}
    if len(set(arms.values())) < 2:
        return []
    sites = {str(slot.site.number): slot.site for slot in slots}
    rows = [{**_counts(arms, dict.fromkeys(arms, ""))[0], "what": _t("all")}]
    known = {
        _t("kind"): {unit: str(site.get_kind_display()) for unit, site in sites.items()},
        _t("size"): {unit: str(site.get_size_display()) for unit, site in sites.items()
                     if site.size},
        _t("region"): {unit: site.region_name for unit, site in sites.items() if site.region},
    }  # fmt: skip
    for name, values in known.items():
        if len(set(values.values())) > 1:
            rows += [{**row, "what": f"{name}: {row['what']}"} for row in _counts(arms, values)]
    return rows


def _counts(arms: dict[str, str], values: dict[str, str]) -> list[dict[str, Any]]:
    found = Counter((values[unit], arm) for unit, arm in arms.items() if unit in values)
    return [
        {
            "what": value,
            "treatment": found[value, "treatment"],
            "control": found[value, "control"],
        }
        for value in sorted({value for value, _arm in found})
    ]
