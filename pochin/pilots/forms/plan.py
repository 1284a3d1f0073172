"""The evaluation plan by a form: what is asked, and the document the answers stand for."""

from __future__ import annotations

import secrets
from typing import Any

from django import forms
from django.utils.translation import gettext as _t

from pochin.pilots import balancing, plan_answers, planning, words
from pochin.pilots.feasibility import Guesses
from pochin.pilots.forms.fields import Number, pairs
from pochin.pilots.forms.questions import PlanQuestions
from pochin.pilots.models import Pilot, SlotState
from pochin.pilots.pairing import by_likeness


class PlanForm(PlanQuestions):
    """The evaluation plan in people's words; `document` is what it stands for."""

    def __init__(self, *args: Any, pilot: Pilot, **kwargs: Any) -> None:
        plan = pilot.plan()
        kwargs["initial"] = kwargs.get("initial", {}) | self._first(plan)
        super().__init__(*args, **kwargs)
        self.pilot = pilot
        self.known: dict[str, dict[str, float]] = {}  # what the lot balances, by site
        self.paired: dict[str, list[str]] = {}  # sites that were paired here, by pair
        self.slots = list(
            pilot.slots.exclude(state=SlotState.RELEASED)
            .select_related("site")
            .order_by("site__number")
        )
        self._add_guards()
        self._add_sites(plan_answers.takings_of(plan.content) if plan else {})

    @staticmethod
    def _first(plan: Any) -> dict[str, Any]:
        if plan is None:
            return {"unit": _t("post office"), "seed": f"{secrets.randbelow(10**6):06}"}
        answers = plan_answers.answers_of(plan.content)
        kept = Guesses.of(plan.guesses or {})
        if kept is not None:
            for name in ("sd", "readings", "size_cv", "pair_r"):
                answers[name] = getattr(kept, name)
            answers["site_cost"], answers["skew"] = kept.site_cost or None, kept.skew or None
            for n in range(1, planning.GUARDRAILS + 1):
                answers[f"guard{n}_sd"] = kept.guards.get(answers.get(f"guard{n}_code") or "")
            for name in ("icc", "cac"):
                found = getattr(kept, name)
                found = found if len(found) == 3 else (found[0],) * 3
                answers[name] = dict(zip(("low", "mid", "high"), found, strict=True))
        # Left empty stays empty: what the form suggests is for a new plan only.
        return answers

    def _add_guards(self) -> None:
        for n in range(1, planning.GUARDRAILS + 1):
            which = {"n": n}
            self.fields[f"guard{n}_code"] = forms.SlugField(
                label=_t("Guardrail %(n)d: code") % which, max_length=40, required=False
            )
            self.fields[f"guard{n}_name"] = forms.CharField(
                label=_t("Guardrail %(n)d: what is measured") % which,
                max_length=200, required=False,
            )  # fmt: skip
            self.fields[f"guard{n}_kind"] = forms.ChoiceField(
                label=_t("Guardrail %(n)d: kind") % which,
                choices=[("mean", words.METRIC_KINDS["mean"]),
                         ("proportion", words.METRIC_KINDS["proportion"])], required=False,
            )  # fmt: skip
            self.fields[f"guard{n}_direction"] = forms.ChoiceField(
                label=_t("Guardrail %(n)d: direction") % which,
                choices=pairs(words.DIRECTIONS), initial="lower", required=False,
            )  # fmt: skip
            self.fields[f"guard{n}_unit"] = forms.CharField(
                label=_t("Guardrail %(n)d: unit") % which, max_length=40, required=False
            )
            self.fields[f"guard{n}_margin"] = Number(
                label=_t("Guardrail %(n)d: may get worse by at most") % which,
                min_value=0, required=False,
            )  # fmt: skip
            self.fields[f"guard{n}_sd"] = Number(
                label=_t("Guardrail %(n)d: standard deviation of single readings") % which,
                min_value=0, required=False,
                help_text=_t("With it the chance to pass is shown. Of a share of 2 % it is 0.14: "
                             "the root of 0.02 × 0.98."),
            )  # fmt: skip

    def _add_sites(self, takings: dict[str, planning.Taking]) -> None:
        arms = {"": _t("by lot"), "treatment": _t("with the solution"), "control": _t("without")}
        for slot in self.slots:
            unit, known = str(slot.site.number), takings.get(str(slot.site.number))
            default = {"treatment": "treatment", "comparison": "control"}.get(slot.role, "")
            self.fields[f"in_{unit}"] = forms.BooleanField(
                label=str(slot.site), required=False, initial=not takings or known is not None
            )
            self.fields[f"arm_{unit}"] = forms.ChoiceField(
                label=_t("Arm"), choices=list(arms.items()), required=False,
                initial=known.arm if known else default,
            )  # fmt: skip
            self.fields[f"group_{unit}"] = forms.CharField(
                label=_t("Pair or group"), max_length=40, required=False,
                initial=known.group if known else "",
            )  # fmt: skip
            self.fields[f"before_{unit}"] = Number(
                label=_t("%(site)s: value before the pilot") % {"site": slot.site}, required=False,
                initial=known.known.get("before") if known else None,
            )  # fmt: skip

    def clean(self) -> dict[str, Any]:
        """What the chosen way does not ask cannot be wrong: it is not shown, and not used."""
        kind = self.cleaned_data.get("kind", "")
        for name, kinds in self.ONLY.items():
            if kind and kind not in kinds.split() and name in self.errors:
                del self.errors[name]
                self.cleaned_data[name] = None
        if not self.errors:
            self._group(kind)
        if kind == "parallel" and self.cleaned_data.get("draw") == "constrained":
            self._balance()
        return self.cleaned_data

    def _group(self, kind: str) -> None:
        """Pair like with like where nobody said; one sentence where some sites were forgotten."""
        taken = [slot.site for slot in self.slots if self.cleaned_data[f"in_{slot.site.number}"]]
        groups = {site: self.cleaned_data[f"group_{site.number}"] for site in taken}
        if kind == "pairs" and taken and not any(groups.values()):
            if len(taken) % 2:
                self.add_error(None, _t(
                    "%(count)d sites are ticked, and a pair has two: leave one out or add one."
                ) % {"count": len(taken)})  # fmt: skip
                return
            for site, pair in zip(taken, by_likeness(taken), strict=True):
                self.cleaned_data[f"group_{site.number}"] = pair
                self.paired.setdefault(pair, []).append(str(site))
            return
        lacking = [str(site) for site, group in groups.items() if not group]
        if kind in ("pairs", "parallel") and any(groups.values()) and lacking:
            self.add_error(None, _t(
                "Some sites have a pair or group and some have none: %(sites)s. Name it for each "
                "of them, or for no site."
            ) % {"sites": ", ".join(lacking)})  # fmt: skip

    def _balance(self) -> None:
        """What is known of the sites that take part; one sentence where it balances nothing."""
        given = self.cleaned_data
        taken = [slot.site for slot in self.slots if given.get(f"in_{slot.site.number}")]
        wanted = given.get("balance") or []
        if not wanted and "balance" not in self.errors:
            self.add_error("balance", _t("Tick in what the groups are to be alike."))
            return
        before = {
            site.number: value
            for site in taken
            if (value := given.get(f"before_{site.number}")) is not None
        }
        lacking = [str(site) for site in taken if site.number not in before]
        if "before" in wanted and lacking:
            self.add_error("balance", _t(
                "Some sites have no value before the pilot: %(sites)s. Write it in the list of "
                "sites, or take this mark away."
            ) % {"sites": ", ".join(lacking)})  # fmt: skip
            return
        known = balancing.known_of(taken, wanted, before)
        if taken and not any(known):
            self.add_error("balance", _t(
                "The sites do not differ in what is ticked, so there is nothing to balance."
            ))  # fmt: skip
        self.known = {str(site.number): one for site, one in zip(taken, known, strict=True)}

    @property
    def groups(self) -> list[dict[str, Any]]:
        return [
            {
                "title": title,
                "long": [self._asked(name) for name in long],
                "short": [self._asked(name) for name in short],
                "folds": folds,
                "is_open": any(self[name].errors or self[name].value() for name in long + short),
                # A block none of whose questions is asked is not there either.
                "only": self.ONLY.get(short[0], "") if not long and len(short) == 1 else "",
            }
            for title, long, short, folds in self.GROUPS
        ]

    def _asked(self, name: str) -> tuple[forms.BoundField, str, str]:
        """A question, the ways of comparing that ask it, and the answer that makes it needed."""
        return self[name], self.ONLY.get(name, ""), self.WHEN.get(name, "")

    @property
    def guard_rows(self) -> list[tuple[str, list[tuple[forms.BoundField, str]], bool]]:
        """Each guardrail, its questions in short under it, and whether it may stay folded."""
        rows = [
            [self[f"guard{n}_{part}"] for part in (*planning.GUARD_PARTS, "sd")]
            for n in range(1, planning.GUARDRAILS + 1)
        ]
        return [
            (
                str(row[0].label).partition(": ")[0],
                [(one, str(one.label).partition(": ")[2]) for one in row],
                n > 0 and not any(one.errors for one in row) and not row[0].value(),
            )
            for n, row in enumerate(rows)
        ]

    @property
    def site_rows(self) -> list[dict[str, Any]]:
        return [
            {
                "slot": slot,
                "number": slot.site.number,
                "takes": self[f"in_{slot.site.number}"],
                "arm": self[f"arm_{slot.site.number}"],
                "group": self[f"group_{slot.site.number}"],
                "before": self[f"before_{slot.site.number}"],
            }
            for slot in self.slots
        ]

    def takings(self) -> list[planning.Taking]:
        given = self.cleaned_data
        return [
            planning.Taking(
                unit, given[f"arm_{unit}"], given[f"group_{unit}"], self.known.get(unit, {})
            )
            for unit in (str(slot.site.number) for slot in self.slots)
            if given[f"in_{unit}"]
        ]

    def guesses(self) -> Guesses | None:
        given = self.cleaned_data
        if not given.get("sd"):
            return None
        icc = given.get("icc") or {"low": 0.02, "mid": 0.05, "high": 0.1}
        cac = given.get("cac") or {"low": 0.8, "mid": 0.8, "high": 0.8}
        return Guesses(
            sd=given["sd"],
            icc=tuple(icc[name] for name in ("low", "mid", "high")),
            cac=tuple(cac[name] for name in ("low", "mid", "high")),
            readings=given.get("readings") or 1.0,
            size_cv=given.get("size_cv") or 0.0,
            pair_r=0.5 if given.get("pair_r") is None else given["pair_r"],
            site_cost=given.get("site_cost") or 0.0,
            skew=given.get("skew") or 0.0,
            guards={
                given[f"guard{n}_code"]: given[f"guard{n}_sd"]
                for n in range(1, planning.GUARDRAILS + 1)
                if given.get(f"guard{n}_code") and given.get(f"guard{n}_sd")
            },
        )

    def document(self, **promised: Any) -> dict[str, Any]:
        """The document the answers stand for."""
        answers = {
            **self.cleaned_data,
            "purpose": self.pilot.purpose,
            "archive": self.pilot.is_archive,
            "decide_by": self.pilot.decision_date,
            **promised,
        }
        return planning.build(answers, self.takings())
