"""What a plan can show, in words: its power, the price of more, its smallest p-value."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Any

from django.utils.translation import gettext as _t

from pochin.lab.plan_rules import OBSERVED
from pochin.lab.protocol import Protocol
from pochin.lab.result import LabError
from pochin.pilots import balancing, feasibility, lab_words, plan_words, planning
from pochin.pilots.operating_characteristics import (
    OperatingCharacteristics,
    operating_characteristics,
)
from pochin.pilots.trial_words import Trial
from pochin.pilots.worth_words import Worth, worth_of
from pochin.ui import formats

TINY = 0.0001


@dataclass(frozen=True, slots=True)
class Power:
    """What a plan can show, in words; `trouble` says why that cannot be computed."""

    found: feasibility.Feasibility | None = None
    tried: OperatingCharacteristics | None = None
    protocol: Protocol | None = None
    site_cost: float = 0.0
    trouble: str = ""
    worth: Worth | None = None

    def told(self, protocol: Protocol) -> Power:
        """The same numbers beside the words of the plan as the reader reads it."""
        if self.protocol is None:
            return self
        worth = self.worth.told(protocol) if self.worth is not None else None
        return replace(self, protocol=protocol, worth=worth)

    @property
    def trial(self) -> Trial | None:
        """The plan tried out on made-up data."""
        if self.found is None or self.tried is None or self.protocol is None:
            return None
        return Trial(self.found, self.tried, self.protocol)

    @property
    def kind(self) -> str:
        """How the plan compares."""
        return self.protocol.kind if self.protocol is not None else ""

    @property
    def unit(self) -> str:
        """Of the primary metric."""
        return self.protocol.primary.unit if self.protocol is not None else ""

    @property
    def currency(self) -> str:
        """Of the plan's money; roubles where it has none."""
        value = self.protocol.value if self.protocol is not None else None
        return str(value["currency"]) if value else planning.CURRENCY

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
            {"icc": icc, "power": power, "over": plan_words.span_of(span),
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
                "cost": formats.money(self.site_cost / found.gain, self.currency, short=True)
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
        return [] if self.protocol is None else balancing.constraint_of(self.protocol)


def _finite(value: float) -> float | None:
    return value if value < float("inf") else None


def _short(value: float) -> float | None:
    return float(f"{value:.3g}") if value < float("inf") else None


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
    worth = worth_of(protocol, guesses, found)
    return Power(found, tried, protocol, guesses.site_cost, worth=worth)
