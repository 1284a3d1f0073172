"""What a plan can show, in words: its power, the price of more, its decision, its lot."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

from django.utils.translation import gettext as _t
from django.utils.translation import gettext_lazy as _

from pochin.lab.protocol import Protocol
from pochin.lab.result import DesignError
from pochin.pilots import feasibility, noticing, words
from pochin.pilots.models import Pilot
from pochin.ui import formats

SUPPOSED = {
    "no effect": _("there is no effect"),
    "break-even": _("it just pays for itself"),
    "threshold": _("it is exactly the threshold"),
    "twice": _("it is twice the threshold"),
}


TINY = 0.0001


@dataclass(frozen=True, slots=True)
class Power:
    """What a plan can show, in words; `trouble` says why that cannot be computed."""

    found: feasibility.Feasibility | None = None
    chances: tuple[feasibility.Chances, ...] = ()
    unit: str = ""
    kind: str = ""
    site_cost: float = 0.0
    trouble: str = ""

    @property
    def sentence(self) -> str:
        """The finding first: whether the plan can decide its own question."""
        found = self.found
        if found is None:
            return ""
        if found.promised is None:
            return _t("Whatever the effect, this lot is too small to show it.")
        values = {
            "effect": words.with_unit(found.promised, self.unit),
            "threshold": words.with_unit(found.threshold, self.unit),
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
             "detectable": words.number(_finite(detectable))}
            for icc, power, span, detectable in zip(
                found.icc, found.power, found.power_range, found.detectable, strict=True
            )
        ]  # fmt: skip

    @property
    def more_words(self) -> str:
        """What one more site would change at the middle guesses, and what a point would cost."""
        found = self.found
        if found is None or found.gain is None or found.gain < 0 or found.promised is None:
            return ""
        if self.kind == "individual":  # Lots are drawn for people: a site more changes nothing.
            return ""
        middle = found.middle
        values = {
            "now": formats.percent(found.power[middle], places=0),
            "then": formats.percent(found.power_then[middle], places=0),
            "effect": words.with_unit(_short(found.detectable[middle]), self.unit),
            "effect_then": words.with_unit(_short(found.detectable_then[middle]), self.unit),
        }
        said = (
            _t(
                "One more site: the chance goes from %(now)s to %(then)s, the effect shown in 8 "
                "cases of 10 from %(effect)s to %(effect_then)s."
            )
            % values
        )
        if self.site_cost and found.gain > 0.05:
            said += " " + _t("A percentage point of chance costs about %(cost)s.") % {
                "cost": formats.money(self.site_cost / found.gain, short=True)
            }
        return said

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
                "detectable": words.number(_finite(one.detectable)),
                "floor": words.number(one.floor) if one.floor >= TINY else _t("below 0.0001"),
            }
            for one in found.grown
        ]

    @property
    def floor_words(self) -> str:
        found = self.found
        # Where lots are drawn for each parcel nothing is bounded.
        if found is None or found.floor < 1e-6:
            return ""
        if self.kind == "synthetic-control" or (found.treated == 1 and self._is_observed):
            values = {"units": found.units - 1, "p": words.number(found.floor)}
            return (
                _t(
                    "One site gets the solution and %(units)d are compared with it: no data can "
                    "give a p-value below 1/(%(units)d + 1) = %(p)s. Such a pilot is an indication."
                )
                % values
            )
        values = {"lots": formats.number(found.lots), "p": words.number(found.floor)}
        return _t("The lot has %(lots)s outcomes: no p-value can be below %(p)s.") % values

    @property
    def _is_observed(self) -> bool:
        return self.kind in {"difference-in-differences", "synthetic-control"}

    @property
    def chance_rows(self) -> list[dict[str, Any]]:
        """How often the decision has each colour, by what is supposed of the truth."""
        return [
            {
                "if": SUPPOSED[one.name],
                "effect": words.with_unit(float(f"{one.effect:.4g}"), self.unit),
                "green": one.green,
                "amber": one.amber,
                "red": one.red,
            }
            for one in self.chances
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
        chances = feasibility.chances(protocol, guesses, runs=400)
    except (DesignError, ValueError) as problem:
        return Power(trouble=_t(str(problem)))
    return Power(found, chances, protocol.primary.unit, protocol.kind, guesses.site_cost)


TONES = {"block": "bad", "warn": "waiting", "info": "neutral"}


def noticed(
    pilot: Pilot, protocol: Protocol, guesses: feasibility.Guesses | None, power: Power
) -> list[tuple[str, str]]:
    """What was noticed in a plan before its lock, in words, each with its tone."""
    more = power.found.flags if power.found else ()
    found = noticing.before_start(pilot, protocol, guesses=guesses, more=more)
    return [(words.flag_of(flag), TONES[flag.severity]) for flag in found]


# The lot -------------------------------------------------------------------------------------


def balance_of(protocol: Protocol, slots: Iterable[Any]) -> list[dict[str, Any]]:
    """How the sites of each arm are alike, by what the register knows; empty before the lot."""
    arms = {unit["unit"]: unit["arm"] for unit in protocol.units if "arm" in unit}
    if len(set(arms.values())) < 2:
        return []
    sites = {str(slot.site.number): slot.site for slot in slots}
    rows = [{**_counts(arms, dict.fromkeys(arms, ""))[0], "what": _t("Sites")}]
    known = {
        _t("kind"): {unit: str(site.get_kind_display()) for unit, site in sites.items()},
        _t("size"): {unit: str(site.get_size_display()) for unit, site in sites.items()
                     if site.size},
        _t("region"): {unit: site.region for unit, site in sites.items() if site.region},
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
