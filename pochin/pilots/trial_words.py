"""A plan tried out on made-up data, in words: its colours, its looks, its guardrails."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from django.utils.translation import gettext as _t
from django.utils.translation import gettext_lazy as _

from pochin.lab.economics import ENOUGH_PLACEBOS
from pochin.lab.plan_rules import OBSERVED
from pochin.lab.protocol import Protocol
from pochin.pilots import feasibility, plan_words
from pochin.pilots.operating_characteristics import OperatingCharacteristics, Scenario
from pochin.ui import formats

SUPPOSED = {
    "no effect": _("there is no effect"),
    "break-even": _("it just pays for itself"),
    "threshold": _("it is exactly the threshold"),
    "twice": _("it is twice the threshold"),
}
RANKED = ("synthetic-control", "difference-in-differences")
ALIKE = ("no effect", "threshold", "twice")
LITTLE = 0.02  # a price below it is the luck of the tries
NOISE = 4  # standard errors: less is the luck of the tries


@dataclass(frozen=True, slots=True)
class Trial:
    """What happens when a plan is tried out on made-up data, in words."""

    found: feasibility.Feasibility
    tried: OperatingCharacteristics
    protocol: Protocol

    @property
    def rows(self) -> list[dict[str, Any]]:
        """How often the decision has each colour, by what is supposed of the truth."""
        return [
            {
                "if": SUPPOSED[one.name],
                "effect": self._told(one.effect, 4),
                "found": self._seen(one),
                "green": one.green,
                "green_over": plan_words.span_of(one.green_range),
                "amber": one.amber,
                "red": one.red,
            }
            for one in self.tried.scenarios
        ]

    @property
    def colour_words(self) -> list[str]:
        """What a reader of the colours would ask: why green is rare, and what may go wrong."""
        said = [self._why_green_is_rare(), self._why_no_money()]
        analysis = self.protocol.analysis
        supposed = {one.name: one for one in self.tried.scenarios}
        if self.found.floor <= analysis.alpha:  # else nothing is ever seen
            shares = {
                "level": plan_words.level_of(analysis.level),
                "first": formats.percent(self._seen(supposed["no effect"]), places=0),
                "coverage": formats.percent(supposed["threshold"].coverage, places=0),
            }
            sentence = _t("An effect that is not there is seen in %(first)s of pilots; the "
                          "interval of %(level)s holds the truth in %(coverage)s of "
                          "them.")  # fmt: skip
            said.append(sentence % shares)
        bias, noise = supposed["threshold"].bias, supposed["threshold"].noise
        if abs(bias) > NOISE * noise:
            off = {"bias": self._told(bias, 3)}
            said.append(_t("On average the estimate is off by %(bias)s.") % off)
        return [sentence for sentence in said if sentence]

    def _why_green_is_rare(self) -> str:
        if self.protocol.kind in OBSERVED and self.protocol.decision.scope == "network":
            return _t("Without a lot a result is never green for the whole network: such a "
                      "pilot can only speak for the next stage.")  # fmt: skip
        if self.protocol.archive:
            return _t("A plan written after the data is never green.")
        start = self.tried.green_from if self.has_looks else self.found.green_from
        if start is None:
            return ""
        values = {"effect": self._told(start, 3)}
        return _t("Green asks for more than an effect: its whole interval must lie beyond "
                  "the threshold. In 8 cases of 10 it does from an effect of %(effect)s "
                  "on.") % values  # fmt: skip

    def _why_no_money(self) -> str:
        """Ranks among few sites give no bound, and money is told by the bounds of the effect."""
        is_asked = self.protocol.value is not None and self.protocol.kind in RANKED
        if not is_asked or self.found.units - self.found.treated >= ENOUGH_PLACEBOS:
            return ""
        if self.protocol.kind != RANKED[0] and self.found.treated != 1:
            return ""
        return _t("Of so few comparison sites the result will tell no money: ranks among them give "
                  "the effect no bound at 95%%. That takes %(enough)s of them.") % {
                      "enough": formats.number(ENOUGH_PLACEBOS)}  # fmt: skip

    @property
    def looks_words(self) -> list[str]:
        """What earlier looks cost and save."""
        looks = self.protocol.analysis.looks
        if looks is None or not self.has_looks:
            return []
        told = self._by_lot if looks.spending == "randomization" else self._by_boundaries
        said = [told(formats.number(len(looks.at)), self.found.paid - 1)]
        early = {one.name: formats.percent(one.early, places=0) for one in self.tried.scenarios}
        if "twice" in early:
            said.append(_t("It ends before the last look in %(threshold)s of pilots if the effect "
                           "is the threshold, in %(twice)s if it is twice that.")
                        % {"threshold": early["threshold"], "twice": early["twice"]})  # fmt: skip
        return said

    def _by_boundaries(self, n: str, more: float) -> str:
        return _t("The plan looks at the data %(n)s times; for that an effect must be "
                  "%(more)s larger to be shown as often as by one look.") % {
                      "n": n, "more": formats.percent(more, places=1)}  # fmt: skip

    def _by_lot(self, n: str, more: float) -> str:
        """What the lot itself costs beside a t-test at the end; few outcomes cost most."""
        values = {"n": n, "more": formats.percent(abs(more), places=0)}
        if self.found.floor > self.protocol.analysis.alpha or abs(more) < LITTLE:
            said = _t("The plan looks at the data %(n)s times and asks the lot itself: an effect "
                      "is shown about as often as by a t-test at the end.")  # fmt: skip
        elif more > 0:
            said = _t("The plan looks at the data %(n)s times and asks the lot itself: an effect "
                      "must be %(more)s larger to be shown as often as by a t-test at the "
                      "end.")  # fmt: skip
        else:
            said = _t("The plan looks at the data %(n)s times and asks the lot itself: an effect "
                      "may be %(more)s smaller to be shown as often as by a t-test at the "
                      "end.")  # fmt: skip
        adjusts = self.protocol.analysis.method == "unit-means-adjusted"
        if adjusts and more >= LITTLE:
            said += " " + _t("The lot compares the sites without regard to what they were before "
                             "the start; most of that price is due to it.")  # fmt: skip
        return said % values

    @property
    def has_looks(self) -> bool:
        """Whether the data are looked at before the end."""
        looks = self.protocol.analysis.looks
        return looks is not None and len(looks.at) > 1

    @staticmethod
    def _seen(one: Scenario) -> float:
        """Of several primary metrics at least one."""
        return one.found if one.seen is None or len(one.seen.each) < 2 else one.seen.any

    @property
    def primary_rows(self) -> list[dict[str, Any]]:
        """How often each primary metric is seen, any of them, all of them; empty for one."""
        supposed = {one.name: one.seen for one in self.tried.scenarios}
        told = [supposed[name] for name in ALIKE]
        if len(self.protocol.primaries) < 2 or None in told:
            return []
        named = {one.code: plan_words.metric_words(one) for one in self.protocol.primaries}
        rows = [
            {"name": named[code], "seen": [one.each[k] for one in told if one]}
            for k, code in enumerate(self.tried.primaries)
        ]
        return [
            *rows,
            {"name": _t("at least one"), "seen": [one.any for one in told if one]},
            {"name": _t("all of them"), "seen": [one.all for one in told if one]},
        ]

    @property
    def primary_words(self) -> list[str]:
        """By which rule several metrics are seen, what ties them, and of which nothing is known."""
        threshold = next(one.seen for one in self.tried.scenarios if one.name == "threshold")
        if len(self.protocol.primaries) < 2 or threshold is None:
            return []
        if self.has_looks:
            said = [_t("Each primary metric is watched at its even share of the error; the first "
                       "to be seen ends the pilot.")]  # fmt: skip
        else:
            said = [_t("The primary metrics share the error by Holm's rule.")]
        if not self.tried.untried:
            spans = (threshold.any_range, threshold.all_range)
            ends = [formats.percent(end, places=0) for span in spans for end in span]
            said.append(_t("Each is supposed to improve by the same share of its threshold, and "
                           "nothing to tie them. Whatever does tie them, if the effects are the "
                           "thresholds, at least one is seen in %(any_low)s to %(any_high)s of "
                           "pilots, all of them in %(all_low)s to %(all_high)s.")
                        % dict(zip(("any_low", "any_high", "all_low", "all_high"), ends,
                                   strict=True)))  # fmt: skip
        else:
            named = {one.code: plan_words.metric_words(one) for one in self.protocol.primaries}
            names = ", ".join(named[code] for code in self.tried.untried)
            said.append(_t("The spread of the readings of these primary metrics is not written, so "
                           "here nothing is ever seen in them: %(names)s.")
                        % {"names": names})  # fmt: skip
        return said

    @property
    def guard_rows(self) -> list[dict[str, Any]]:
        """What each guardrail says, by how much it really worsens."""
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
    def tied_words(self) -> str:
        """What is supposed of the guardrails beside the primary metric, and what it hides."""
        twice = next(one.green_range for one in self.tried.scenarios if one.name == "twice")
        if not self.tried.guarded or not plan_words.span_of(twice):
            return ""
        low, high = (formats.percent(end, places=0) for end in twice)
        return _t("The colours suppose that nothing ties a guardrail to the primary metric. "
                  "Whatever does tie them, green lies between %(low)s and %(high)s if the effect "
                  "is twice the threshold; in brackets the same for each row.") % {
                      "low": low, "high": high}  # fmt: skip

    @property
    def unguarded_words(self) -> str:
        """Guardrails whose spread nobody supposed."""
        if not self.tried.unguarded:
            return ""
        named = {one.code: plan_words.metric_words(one) for one in self.protocol.guardrails}
        names = ", ".join(named[code] for code in self.tried.unguarded)
        return _t("The colours take it that these guardrails hold, because the spread of their "
                  "readings is not written: %(names)s.") % {"names": names}  # fmt: skip

    @property
    def way(self) -> str:
        """How the table of colours came about."""
        return _t("The whole plan tried out %(times)s times on made-up data by the analysis it "
                  "registers, its looks, guardrails and the rule of the decision included; grey, "
                  "where a check of the data fails, is not counted.") % {
                      "times": formats.number(self.tried.runs)}  # fmt: skip

    def _told(self, value: float, digits: int) -> str:
        """An effect with the unit of the primary metric."""
        rounded = float(f"{value:.{digits}g}") if value < float("inf") else None
        return plan_words.with_unit(rounded, self.protocol.primary.unit)
