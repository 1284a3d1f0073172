"""What a pilot's information is worth, in words: whether its sites are worth their money."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Any

from django.utils.translation import gettext as _t

from pochin.lab.protocol import Protocol
from pochin.pilots.feasibility import Feasibility, Guesses
from pochin.pilots.information import MINOR, MOST, Information, Sized, fewest, information, missing
from pochin.pilots.plan_words import with_unit
from pochin.ui import formats


@dataclass(frozen=True, slots=True)
class Worth:
    """The worth of the information as it is told.

    Attributes:
        sentence: Whether the pilot is worth its sites; empty where it cannot be reckoned.
        supposed: What that supposes.
        rows: Sizes with their worth, cost and what is left.
        lacking: Which answer is lacking, as a sentence.
        asked: The question of the form that asks for it.
        known: The numbers behind the words.
    """

    sentence: str = ""
    supposed: tuple[str, ...] = ()
    rows: tuple[dict[str, Any], ...] = ()
    lacking: str = ""
    asked: str = ""
    known: Information | None = None

    def told(self, protocol: Protocol) -> Worth:
        """The same numbers beside the words of the plan as the reader reads it."""
        if self.known is None:
            return self
        return replace(self, supposed=tuple(_supposed(self.known, protocol)))


def worth_of(protocol: Protocol, guesses: Guesses, found: Feasibility) -> Worth:
    """The worth of a plan's information under these guesses."""
    asked = missing(protocol, guesses)
    known = information(protocol, guesses, found)
    if known is None:
        return Worth(lacking=_lacking(asked), asked=asked)
    return Worth(
        sentence=_sentence(known),
        supposed=tuple(_supposed(known, protocol)),
        rows=tuple(_rows(known)),
        lacking=_lacking(asked),
        asked=asked,
        known=known,
    )


def _lacking(asked: str) -> str:
    return {
        "": "",
        "value": _t("Write what an improvement is worth to the network and what the roll-out "
                    "costs, and the worth of the pilot's information is reckoned."),
        "claim": _t("Write which improvement the vendor promises, and the worth of the pilot's "
                    "information is reckoned."),
        "site_cost": _t("Write what one more site costs, and it is set against the worth of the "
                        "information."),
    }[asked]  # fmt: skip


def _sum(amount: float, known: Information) -> str:
    """Two digits of a sum: more of a guess says nothing."""
    return formats.money(float(f"{amount / MINOR:.2g}"), known.currency, short=True)


def _sentence(known: Information) -> str:
    now = {"units": formats.number(known.now.units), "worth": _sum(known.now.worth, known),
           "cost": _sum(known.now.cost, known)}  # fmt: skip
    if known.best is None:
        return _t("What this pilot tells is worth about %(worth)s.") % now
    if known.now.left > 0:
        said = _t("Sites: %(units)s. What they tell is worth about %(worth)s, they cost %(cost)s: "
                  "the pilot is worth it.") % now  # fmt: skip
    else:
        said = _t("Sites: %(units)s. What they tell is worth about %(worth)s, but they cost "
                  "%(cost)s: the pilot is not worth it.") % now  # fmt: skip
    return " ".join(one for one in (said, _best(known, known.best)) if one)


def _best(known: Information, best: Sized) -> str:
    if best.left <= 0:
        return _t("Nor would any other number of sites be.")
    at = {"units": formats.number(best.units), "left": _sum(best.left, known)}
    if best.units >= MOST:
        said = _t("The more sites, the more is left.")
    elif best.units == known.now.units:
        said = _t("No other number of sites leaves more.")
    else:
        said = _t("Most is left with %(units)s sites: %(left)s.") % at
    if known.over is not None:
        over = {"units": formats.number(known.over.units)}
        said += " " + _t("From %(units)s on, the sites cost more than they tell.") % over
    return said


def _rows(known: Information) -> Any:
    for one in known.sizes:
        mark = ""
        if one.units == known.now.units:
            mark = _t("now")
        elif known.best is not None and one.units == known.best.units:
            mark = _t("most is left")
        yield {
            "units": one.units, "mark": mark, "worth": _sum(one.worth, known),
            "cost": _sum(one.cost, known), "left": _sum(one.left, known), "pays": one.left > 0,
        }  # fmt: skip


def _supposed(known: Information, protocol: Protocol) -> Any:
    unit = protocol.primary.unit
    values = {
        name: with_unit(float(f"{value:.3g}"), unit)
        for name, value in (
            ("claim", known.claim),
            ("mean", known.prior.mean),
            ("sd", known.prior.sd),
            ("even", known.break_even),
        )
    }
    yield _t("Of the %(claim)s that are promised %(mean)s are expected beforehand, give or take "
             "%(sd)s; the roll-out pays from %(even)s on.") % values  # fmt: skip
    if known.is_rolled_out_without:
        yield _t("Without the pilot the solution would be rolled out; the pilot may keep the "
                 "centre from a mistake.")  # fmt: skip
    else:
        yield _t("Without the pilot the solution would not be rolled out; the pilot may show that "
                 "it pays.")  # fmt: skip
    if known.sizes and protocol.kind != "switchback":
        yield _t("Fewer than %(units)s sites are not considered: no lot among them could show an "
                 "effect.") % {"units": formats.number(fewest(protocol.kind))}  # fmt: skip
    yield from _by_which_rule(known)


def _by_which_rule(known: Information) -> Any:
    """How it is supposed to be decided afterwards: by the plan's rule, or by what then pays."""
    beside = _t("Value and costs stand at the middle of their ranges; guardrails, the work of "
                "people and the time of waiting are not counted.")  # fmt: skip
    if not known.least:
        yield _t("Supposed: afterwards one rolls out where that is expected to pay, because the "
                 "plan does not say after which verdict it is done.") + " " + beside  # fmt: skip
        return
    worths = {"worth": _sum(known.at_will, known)}
    if known.least == "promising":
        said = _t("Reckoned by the rule of the plan: one rolls out if the threshold is met or the "
                  "result is promising. If one rolled out wherever that is then expected to pay, "
                  "it would be worth about %(worth)s.") % worths  # fmt: skip
    else:
        said = _t("Reckoned by the rule of the plan: one rolls out only if the threshold is met. "
                  "If one rolled out wherever that is then expected to pay, it would be worth "
                  "about %(worth)s.") % worths  # fmt: skip
    yield said + " " + beside
    if known.now.worth < 0:
        yield _t("Such a rule does worse with the pilot than one would do without it: it gives up "
                 "more that pays than it keeps from what does not.")  # fmt: skip
