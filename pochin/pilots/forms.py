"""What people fill in about a pilot."""

from __future__ import annotations

import secrets
from datetime import date
from typing import Any

from django import forms
from django.db.models import QuerySet
from django.utils.translation import gettext as _t
from django.utils.translation import gettext_lazy as _

from pochin.agreements.models import Agreement, between
from pochin.lab.canonical import load_json
from pochin.lab.plan_rules import OBSERVED
from pochin.lab.protocol import PlanFaults, Protocol
from pochin.lab.result import LabError
from pochin.needs.models import Need
from pochin.participants.models import Organisation, Person, Programme
from pochin.participants.policy import Role
from pochin.pilots import planning, words
from pochin.pilots.feasibility import Guesses
from pochin.pilots.lifecycle import FORCE_MAJEURE
from pochin.pilots.models import (
    BudgetSource,
    CancelCode,
    CheckKind,
    Pilot,
    Severity,
    SiteSlot,
    SlotRole,
    SlotState,
    Weight,
)
from pochin.sites.models import Site
from pochin.solutions.models import Solution
from pochin.ui.moves import MoveForm, ReasonForm

MOST_BYTES = 2_000_000

BY_SITE = "parallel pairs stepped-wedge switchback " + " ".join(OBSERVED)
"""Ways that compare sites, as markup names them."""


def area(rows: int = 4) -> forms.Textarea:
    return forms.Textarea(attrs={"rows": rows})


def pairs(words_: dict[str, Any], *, empty: Any = None) -> list[tuple[str, Any]]:
    first = [] if empty is None else [("", empty)]
    return [*first, *words_.items()]


class Number(forms.FloatField):
    """A number as people write it: with a comma or a point, with spaces inside."""

    def __init__(self, **kwargs: Any) -> None:
        attrs = {"inputmode": "decimal"}
        super().__init__(widget=forms.TextInput(attrs=attrs), **kwargs)

    def to_python(self, value: Any) -> float | None:
        if isinstance(value, str):
            value = "".join(value.split()).replace(",", ".")
        return super().to_python(value)


class Percent(Number):
    """A share, written in per cent."""

    def to_python(self, value: Any) -> float | None:
        found = super().to_python(value.replace("%", "") if isinstance(value, str) else value)
        return None if found is None else found / 100

    def prepare_value(self, value: Any) -> Any:
        return value * 100 if isinstance(value, int | float) else value


class Range(forms.CharField):
    """Three numbers: the least, the likely and the most; or one for all."""

    def clean(self, value: Any) -> dict[str, float] | None:
        text = super().clean(value)
        if not text:
            return None
        try:
            found = [float("".join(p.split()).replace(",", ".")) for p in text.split(";")]
        except ValueError:
            found = []
        if len(found) == 1:
            found *= 3
        if len(found) != 3 or sorted(found) != found:
            raise forms.ValidationError(
                _t("Write three numbers from the least to the most: 100; 120; 150.")
            )
        return dict(zip(("low", "mid", "high"), found, strict=True))

    def prepare_value(self, value: Any) -> Any:
        if isinstance(value, dict):
            return "; ".join(f"{value[name]:g}" for name in ("low", "mid", "high"))
        return value


class PercentRange(Range):
    """Three shares, written in per cent."""

    def clean(self, value: Any) -> dict[str, float] | None:
        found = super().clean(value.replace("%", "") if isinstance(value, str) else value)
        if found is None:
            return None
        if not 0 <= found["low"] <= found["high"] <= 100:
            raise forms.ValidationError(_("Write shares from 0 to 100, for example 60; 80; 95."))
        return {name: share / 100 for name, share in found.items()}

    def prepare_value(self, value: Any) -> Any:
        if isinstance(value, dict):
            value = {name: 100 * share for name, share in value.items()}
        return super().prepare_value(value)


class Shares(forms.CharField):
    """Shares of the run in per cent, divided by semicolons."""

    def clean(self, value: Any) -> list[float]:
        text = super().clean(value)
        try:
            found = [float(p.replace(",", ".").replace("%", "")) / 100
                     for p in (text or "").split(";") if p.strip()]  # fmt: skip
        except ValueError:
            found = [0.0]
        if any(not 0 < share < 1 for share in found):
            raise forms.ValidationError(_t("Write shares between 0 and 100, for example 50; 75."))
        return found

    def prepare_value(self, value: Any) -> Any:
        if isinstance(value, list):
            return "; ".join(f"{100 * share:g}" for share in value)
        return value


def holders(programme: Programme, role: str) -> QuerySet[Person]:
    """The people who hold a role in the programme."""
    held = Person.objects.filter(
        roles__programme=programme, roles__code=role, roles__until__isnull=True, is_active=True
    )
    return held.distinct().order_by("name_ru")


# The pilot ------------------------------------------------------------------------------------


class PilotForm(forms.ModelForm):
    """What is tried, by whom and why."""

    class Meta:
        model = Pilot
        fields = [
            "title_ru", "title_en", "summary_ru", "summary_en", "purpose", "need",
            "organisation", "solution", "sponsor", "regime", "is_public",
        ]  # fmt: skip
        widgets = {"summary_ru": area(), "summary_en": area()}
        help_texts = {
            "title_ru": _("One line that names what is tried."),
            "sponsor": _("Who wants the answer and may cancel the pilot before its run."),
            "is_public": _("From the lock of the plan on, everybody sees that it is held."),
        }

    def __init__(self, *args: Any, programme: Programme, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        fields = self.fields
        fields["need"].queryset = Need.objects.filter(programme=programme).order_by("-number")
        fields["solution"].queryset = Solution.objects.listed().order_by("name_ru")
        members = Organisation.objects.filter(memberships__programme=programme)
        fields["organisation"].queryset = members.distinct().order_by("name_ru")
        fields["sponsor"].queryset = (
            holders(programme, Role.NEED_OWNER) | holders(programme, Role.DIRECTOR)
        ).distinct()
        fields["organisation"].required = not self.instance.is_archive
        fields["sponsor"].required = True


class EditForm(forms.ModelForm):
    """What may be said anew while the pilot is prepared."""

    class Meta:
        model = Pilot
        fields = [
            "title_ru", "title_en", "summary_ru", "summary_en", "purpose", "regime",
            "baseline_words", "waiver", "is_public",
        ]  # fmt: skip
        widgets = {
            "summary_ru": area(), "summary_en": area(), "baseline_words": area(3),
            "waiver": area(3),
        }  # fmt: skip
        help_texts = {
            "waiver": _("Needed where the plan cannot detect its own threshold."),
            "baseline_words": _("Needed where the plan has no baseline periods."),
        }


class ArchiveForm(PilotForm):
    """A trial that is over, with its days."""

    class Meta(PilotForm.Meta):
        fields = [
            "title_ru", "title_en", "summary_ru", "summary_en", "purpose", "need",
            "organisation", "solution", "sponsor", "starts_on", "ends_on",
        ]  # fmt: skip
        help_texts = {
            "organisation": _("May stay empty: an old trial need not have a vendor here."),
        }

    def __init__(self, *args: Any, programme: Programme, **kwargs: Any) -> None:
        super().__init__(*args, programme=programme, **kwargs)
        self.fields["organisation"].required = False
        for name in ("starts_on", "ends_on"):
            self.fields[name].required = True


class AppointForm(MoveForm):
    """Who does what, and until when it is decided."""

    manager = forms.ModelChoiceField(Person.objects.none(), label=_("Pilot manager"))
    methodologist = forms.ModelChoiceField(Person.objects.none(), label=_("Methodologist"))
    analyst = forms.ModelChoiceField(
        Person.objects.none(), label=_("Analyst"),
        help_text=_("Neither the pilot manager nor the decision owner."),
    )  # fmt: skip
    decision_owner = forms.ModelChoiceField(Person.objects.none(), label=_("Decision owner"))
    decision_date = forms.DateField(
        label=_("Decision date"), help_text=_("For example 15.12.2026.")
    )
    vendor_manager = forms.ModelChoiceField(
        Person.objects.none(), label=_("The vendor's manager"), required=False
    )

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        pilot = self.thing
        for name, role in (
            ("manager", Role.PILOT_MANAGER),
            ("methodologist", Role.METHODOLOGIST),
            ("analyst", Role.METHODOLOGIST),
            ("decision_owner", Role.DIRECTOR),
        ):
            self.fields[name].queryset = holders(pilot.programme, role)
        self.fields["vendor_manager"].queryset = Person.objects.filter(
            seats__organisation=pilot.organisation_id, seats__until__isnull=True
        ).distinct()
        for name in self.fields:
            self.initial.setdefault(name, getattr(pilot, name))


class AgreementForm(MoveForm):
    """The agreement under which the pilot runs."""

    agreement = forms.ModelChoiceField(
        Agreement.objects.none(), label=_("Agreement between the centre and the vendor")
    )

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        pilot = self.thing
        found = Agreement.objects.none()
        if pilot.organisation is not None:
            found = between(pilot.organisation, pilot.programme.centre)
        self.fields["agreement"].queryset = found.filter(programme=pilot.programme)


class BudgetForm(MoveForm):
    source = forms.ChoiceField(label=_("Who pays"), choices=BudgetSource.choices)
    planned = forms.DecimalField(label=_("Planned, roubles"), min_value=0, localize=True)
    spent = forms.DecimalField(
        label=_("Spent so far, roubles"), min_value=0, initial=0, localize=True
    )


class MilestoneForm(MoveForm):
    words = forms.CharField(label=_("What is to be reached"), max_length=200)
    due_on = forms.DateField(label=_("By"), help_text=_("For example 15.12.2026."))


class NumberedForm(MoveForm):
    """Names one of the pilot's own things by its number."""

    argument: str = ""

    number = forms.TypedChoiceField(coerce=int, label=_("Which"))

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["number"].choices = [(one.number, str(one)) for one in self.own()]

    def own(self) -> QuerySet[Any]:
        raise NotImplementedError

    def given(self) -> dict[str, Any]:
        given = dict(self.cleaned_data)
        return {self.argument: self.own().get(number=given.pop("number")), **given}


class ReachForm(NumberedForm):
    argument = "milestone"
    reached_on = forms.DateField(label=_("Reached on"), initial=date.today)

    def own(self) -> QuerySet[Any]:
        return self.thing.milestones.filter(reached_on__isnull=True).order_by("number")


class TickForm(NumberedForm):
    argument = "check"
    note = forms.CharField(label=_("Note"), max_length=300, required=False)

    def own(self) -> QuerySet[Any]:
        return self.thing.checks.filter(done_at__isnull=True).order_by("number")


class RiskForm(MoveForm):
    words = forms.CharField(label=_("What may go wrong"), max_length=300)
    weight = forms.ChoiceField(label=_("Weight"), choices=Weight.choices)
    answer = forms.CharField(label=_("What is done about it"), max_length=300, required=False)


class CheckForm(MoveForm):
    kind = forms.ChoiceField(label=_("Track"), choices=CheckKind.choices)
    words_ru = forms.CharField(label=_("What is to be done, in Russian"), max_length=200)
    words_en = forms.CharField(
        label=_("What is to be done, in English"), max_length=200, required=False
    )


class SlotForm(forms.Form):
    """A site, and from when until when it takes part."""

    site = forms.IntegerField(
        label=_("Number of the site"), min_value=1,
        help_text=_("For a post office its postal index, for example 101000."),
    )  # fmt: skip
    role = forms.ChoiceField(
        label=_("Role"), choices=SlotRole.choices, initial=SlotRole.DRAWN,
        help_text=_("Leave it to the lot unless the design chooses its sites."),
    )  # fmt: skip
    starts_on = forms.DateField(label=_("First day"), help_text=_("For example 15.12.2026."))
    ends_on = forms.DateField(label=_("Last day"))
    twin_words = forms.CharField(
        label=_("Why another pilot there does not disturb"), widget=area(2), required=False,
        max_length=1000,
    )  # fmt: skip

    def __init__(self, *args: Any, user: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.user = user

    def clean_site(self) -> Site:
        number = self.cleaned_data["site"]
        found = Site.objects.visible_to(self.user).filter(number=number).first()
        if found is None:
            raise forms.ValidationError(
                _t("There is no site %(number)s in the register; check the number.")
                % {"number": number}
            )
        return found


# The plan -------------------------------------------------------------------------------------


class PlanForm(forms.Form):
    """The evaluation plan in people's words; `document` is what it stands for."""

    question = forms.CharField(
        label=_("Which question is to be answered?"), max_length=2000, widget=area(2),
        help_text=_("Does the sorter shorten the delay of parcels in busy offices?"),
    )  # fmt: skip
    hypothesis = forms.CharField(
        label=_("What do you expect, and why?"), max_length=2000, required=False, widget=area(2)
    )
    unit = forms.CharField(
        label=_("What is one site called?"), max_length=200,
        help_text=_("For example: post office. Lots are drawn for sites, and sites are compared."),
    )  # fmt: skip
    kind = forms.ChoiceField(
        label=_("How is it compared?"), widget=forms.RadioSelect,
        choices=list(words.KINDS.items()),
    )  # fmt: skip
    treated = forms.IntegerField(
        label=_("How many sites get the solution"), min_value=1, required=False,
        help_text=_("Empty: half. Unequal groups are compared by Welch's test."),
    )  # fmt: skip
    steps = forms.IntegerField(
        label=_("How many groups start one after another"), min_value=2, required=False
    )
    block = forms.IntegerField(
        label=_("Periods in a block, on or off"), min_value=1, required=False
    )
    share = Percent(
        label=_("Share of parcels or people with the solution, %"), required=False,
        min_value=0.01, max_value=0.99, help_text=_("Empty: half."),
    )  # fmt: skip
    season = forms.IntegerField(
        label=_("Periods in a season, for a series"), min_value=2, required=False
    )
    burn_in = forms.IntegerField(
        label=_("First periods of a block that are not counted"), min_value=0, required=False
    )
    carryover = forms.IntegerField(
        label=_("Periods for which the solution lingers once it is off"), min_value=0,
        required=False,
        help_text=_("Blocks must be at least twice as long."),
    )  # fmt: skip
    chosen_by = forms.ChoiceField(
        label=_("How were these sites chosen?"), required=False,
        choices=pairs(words.CHOSEN_BY, empty=_("not said")),
    )  # fmt: skip

    code = forms.SlugField(
        label=_("Code of the metric in the files"), max_length=40, help_text=_("For example delay.")
    )
    name = forms.CharField(label=_("What is measured"), max_length=200)
    metric_kind = forms.ChoiceField(label=_("Kind"), choices=pairs(words.METRIC_KINDS))
    denominator = forms.CharField(
        label=_("Divided by"), max_length=200, required=False,
        help_text=_("For ratios and rates: the code of what stands below the line."),
    )  # fmt: skip
    direction = forms.ChoiceField(label=_("Direction"), choices=pairs(words.DIRECTIONS))
    metric_unit = forms.CharField(
        label=_("Unit"), max_length=40, help_text=_("For example: min, pp, roubles.")
    )
    threshold = Number(
        label=_("Threshold: the improvement worth having"), min_value=0,
        help_text=_("A number in the unit of the metric, for example 2.0."),
    )  # fmt: skip
    definition = forms.CharField(
        label=_("How it is measured, and why this threshold"), max_length=2000, required=False,
        widget=area(3),
    )  # fmt: skip

    start = forms.DateField(
        label=_("First day of the baseline"), help_text=_("For example 15.12.2026.")
    )
    length = forms.ChoiceField(
        label=_("A period is a"),
        choices=[pair for pair in words.LENGTHS.items() if pair[0] != "hour"], initial="week",
    )  # fmt: skip
    baseline = forms.IntegerField(label=_("Periods of the baseline"), min_value=0, initial=4)
    run = forms.IntegerField(label=_("Periods of the run"), min_value=1, initial=8)
    wash_in = forms.IntegerField(
        label=_("First periods of the run that are not counted"), min_value=0, required=False
    )
    maturity_days = Number(label=_("Days until readings are complete"), min_value=0, required=False)
    adjust = forms.BooleanField(label=_("Use the baseline to sharpen the result"), required=False)

    sd = Number(
        label=_("Standard deviation of single readings"), min_value=0, required=False,
        help_text=_("From history, in the unit of the metric. With it the power is computed."),
    )  # fmt: skip
    icc = Range(
        label=_("How alike readings of one site are (ICC)"), required=False,
        initial="0.02; 0.05; 0.1",
        help_text=_("The least, the likely and the most, from history."),
    )  # fmt: skip
    cac = PercentRange(
        label=_("How much of that lasts from period to period, %"), required=False,
        initial="60; 80; 95",
        help_text=_("The least, the likely and the most; one number for all three."),
    )  # fmt: skip
    readings = Number(
        label=_("Readings of a site in one period"), min_value=0, required=False, initial=50
    )
    size_cv = Percent(
        label=_("How much the sites' sizes differ, % of their mean"), required=False, initial=0,
        min_value=0,
    )  # fmt: skip
    pair_r = Percent(
        label=_("How alike the two sites of a pair are, % of full correlation"), required=False,
        initial=0.5, min_value=0, max_value=0.99,
    )  # fmt: skip
    skew = Number(
        label=_("Skewness of single readings"), required=False,
        help_text=_("From history; 0 where they lie evenly around their mean. Matters where lots "
                    "are drawn for single parcels or people."),
    )  # fmt: skip
    site_cost = Number(
        label=_("Cost of one more site, roubles"), min_value=0, required=False,
        help_text=_("With it the price of more certainty is shown."),
    )  # fmt: skip

    spending = forms.ChoiceField(
        label=_("Earlier looks"), required=False,
        choices=pairs(words.SPENDING, empty=_("none: only at the end")),
    )  # fmt: skip
    look_at = Shares(
        label=_("After which share of the run, %"), required=False, help_text=_("For example 50.")
    )
    missing_share = Percent(
        label=_("Readings that may be missing, %"), required=False, min_value=0, max_value=1
    )
    completeness = Percent(
        label=_("Complete from this share of readings, %"), required=False, min_value=0,
        max_value=1, initial=0.95,
    )  # fmt: skip
    missing_rule = forms.CharField(
        label=_("What is done about missing readings"), max_length=2000, required=False,
        widget=area(2),
    )  # fmt: skip
    usage_code = forms.SlugField(
        label=_("Code of the share of work done with the solution"), max_length=40,
        required=False,
        help_text=_("For example usage: readings from 0 to 1. With it one sees who works otherwise "
                    "than the lot said."),
    )  # fmt: skip
    usage_share = Percent(
        label=_("Work that may go otherwise than the lot said, %"), required=False, min_value=0,
        max_value=1,
    )  # fmt: skip
    outlier = forms.CharField(
        label=_("What is done about outliers"), max_length=2000, required=False, widget=area(2)
    )
    stop_reasons = forms.CharField(
        label=_("Reasons to stop early, one to a line"), required=False, widget=area(3)
    )
    scope = forms.ChoiceField(label=_("The decision is about"), choices=pairs(words.SCOPES))
    rule = forms.CharField(
        label=_("Rule of the decision in words"), max_length=2000, required=False, widget=area(2)
    )
    extend_at_most = forms.IntegerField(
        label=_("How often it may be extended"), min_value=0, max_value=2, required=False
    )

    value = Range(
        label=_("Worth of one unit of improvement a year, roubles"), required=False,
        help_text=_("The least, the likely and the most: 100; 120; 150. Empty: no money model."),
    )  # fmt: skip
    volume = Range(label=_("How many such units in the whole network"), required=False)
    horizon = Number(label=_("For how many years"), min_value=0, required=False)
    discount = Percent(label=_("Discount a year, %"), min_value=0, max_value=1, required=False)
    capex = Range(label=_("Cost of the roll-out, roubles"), required=False)
    running = Range(label=_("Running cost a year, roubles"), required=False)

    seed = forms.CharField(
        label=_("Drawn number"), max_length=100, required=False,
        help_text=_("The lot follows from it and can be drawn again by anybody. Leave ours, or "
                    "write a number drawn in front of witnesses."),
    )  # fmt: skip

    # Of each group: its title, its long answers, its short ones, whether it may stay folded.
    GROUPS = (
        (_("The question"), ("question", "hypothesis"), ("unit",), False),
        (
            _("The comparison"),
            ("kind",),
            ("treated", "steps", "block", "burn_in", "carryover", "share", "season", "chosen_by"),
            False,
        ),
        (
            _("The primary metric"),
            ("name",),
            ("code", "metric_kind", "direction", "metric_unit", "threshold", "denominator"),
            False,
        ),
        (_("How it is measured"), ("definition",), (), True),
        (
            _("Days"),
            (),
            ("start", "length", "baseline", "run", "wash_in", "maturity_days", "adjust"),
            False,
        ),
        (
            _("What is known of the readings"),
            (),
            ("sd", "icc", "cac", "readings", "size_cv", "pair_r", "skew", "site_cost"),
            False,
        ),
        (
            _("Looks, gaps and stopping"),
            ("missing_rule", "outlier", "stop_reasons"),
            ("spending", "look_at", "missing_share", "completeness", "usage_code", "usage_share"),
            True,
        ),
        (_("The decision"), ("rule",), ("scope", "extend_at_most"), False),
        (
            _("Money"),
            (),
            ("value", "volume", "horizon", "discount", "capex", "running"),
            True,
        ),
        (_("The lot"), (), ("seed",), False),
    )

    # Which ways of comparing ask a question; those not named here are asked by all.
    ONLY = {
        "treated": "parallel",
        "steps": "stepped-wedge",
        "block": "switchback",
        "burn_in": "switchback",
        "carryover": "switchback",
        "share": "individual",
        "skew": "individual",
        "season": "interrupted-series",
        "pair_r": "pairs",
        "adjust": "parallel pairs",
        "seed": "parallel pairs stepped-wedge switchback",
        "icc": BY_SITE,
        "cac": BY_SITE,
        "size_cv": BY_SITE,
        "site_cost": BY_SITE,
        "takes": BY_SITE,
        "arm": " ".join(OBSERVED),
        "group": "parallel pairs",
    }

    def __init__(self, *args: Any, pilot: Pilot, **kwargs: Any) -> None:
        plan = pilot.plan()
        first = kwargs.pop("initial", {}) | self._first(plan)
        super().__init__(*args, initial=first, **kwargs)
        self.pilot = pilot
        self.slots = list(
            pilot.slots.exclude(state=SlotState.RELEASED)
            .select_related("site")
            .order_by("site__number")
        )
        self._add_guards()
        self._add_sites(planning.takings_of(plan.content) if plan else {})

    @staticmethod
    def _first(plan: Any) -> dict[str, Any]:
        if plan is None:
            return {"unit": _t("post office"), "seed": f"{secrets.randbelow(10**6):06}"}
        answers = planning.answers_of(plan.content)
        kept = Guesses.of(plan.guesses or {})
        if kept is not None:
            for name in ("sd", "readings", "size_cv", "pair_r"):
                answers[name] = getattr(kept, name)
            answers["site_cost"], answers["skew"] = kept.site_cost or None, kept.skew or None
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

    def clean(self) -> dict[str, Any]:
        """What the chosen way does not ask cannot be wrong: it is not shown, and not used."""
        kind = self.cleaned_data.get("kind", "")
        for name, kinds in self.ONLY.items():
            if kind and kind not in kinds.split() and name in self.errors:
                del self.errors[name]
                self.cleaned_data[name] = None
        return self.cleaned_data

    @property
    def groups(self) -> list[dict[str, Any]]:
        return [
            {
                "title": title,
                "long": [self[name] for name in long],
                "short": [(self[name], self.ONLY.get(name, "")) for name in short],
                "folds": folds,
                "is_open": any(self[name].errors or self[name].value() for name in long + short),
                # A block none of whose questions is asked is not there either.
                "only": self.ONLY.get(short[0], "") if not long and len(short) == 1 else "",
            }
            for title, long, short, folds in self.GROUPS
        ]

    @property
    def guard_rows(self) -> list[tuple[list[forms.BoundField], bool]]:
        """Questions about each guardrail, and whether they may stay folded."""
        rows = [
            [self[f"guard{n}_{part}"] for part in planning.GUARD_PARTS]
            for n in range(1, planning.GUARDRAILS + 1)
        ]
        return [
            (row, n > 0 and not any(one.errors for one in row) and not row[0].value())
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
            }
            for slot in self.slots
        ]

    def takings(self) -> list[planning.Taking]:
        given = self.cleaned_data
        return [
            planning.Taking(unit, given[f"arm_{unit}"], given[f"group_{unit}"])
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


class PlanUploadForm(forms.Form):
    """A plan as a document, from a file or pasted."""

    file = forms.FileField(
        label=_("File plan.json"), required=False,
        widget=forms.FileInput(attrs={"accept": ".json,application/json"}),
    )  # fmt: skip
    text = forms.CharField(
        label=_("or its text"), required=False, widget=area(16), strip=False,
        max_length=MOST_BYTES,
    )  # fmt: skip

    def clean(self) -> dict[str, Any]:
        given = super().clean() or {}
        if self.errors:
            return given
        given["protocol"] = self._read(given)
        return given

    def _read(self, given: dict[str, Any]) -> Protocol | None:
        file = given.get("file")
        if file is not None and file.size > MOST_BYTES:
            self.add_error("file", _t("The file is larger than 2 MB; a plan is not that long."))
            return None
        source = file.read() if file is not None else given.get("text", "")
        if not source:
            raise forms.ValidationError(_t("Choose a file or paste the text of the plan."))
        try:
            return Protocol.parse(load_json(source))
        except PlanFaults as problem:
            for fault in problem.faults[:50]:
                self.add_error(None, words.fault_of(fault))
        except LabError as problem:
            self.add_error(None, _t(str(problem)))
        return None


class VerifyForm(forms.Form):
    """A plan somebody has, to be compared with the locked one."""

    file = forms.FileField(label=_("Your plan.json"), required=False)
    text = forms.CharField(
        label=_("or its text, or a fingerprint of 64 signs"), required=False, widget=area(8),
        strip=False, max_length=MOST_BYTES,
    )  # fmt: skip


class AmendForm(PlanUploadForm):
    """A changed plan, and why it changes."""

    why = forms.CharField(
        label=_("Why does the plan change?"), max_length=4000, widget=area(3),
        help_text=_("Everybody who reads the result will read this too."),
    )  # fmt: skip
    field_order = ("why", "file", "text")


class RemarkForm(MoveForm):
    remark = forms.CharField(label=_("What must change"), max_length=4000, widget=area(5))
    path = forms.CharField(
        label=_("Where in the plan"), max_length=120, required=False,
        help_text=_("For example metrics[0].threshold."),
    )  # fmt: skip


class DrawForm(MoveForm):
    seed = forms.CharField(label=_("Drawn number"), max_length=200)


# The run and after ----------------------------------------------------------------------------


class EndEarlyForm(MoveForm):
    rule = forms.ChoiceField(label=_("By which rule"))
    reason = forms.CharField(label=_("What happened"), max_length=4000, widget=area(4))

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        plan = self.thing.locked_plan()
        named = plan.content.get("stop_reasons", []) if plan is not None else []
        self.fields["rule"].choices = [
            *((reason, reason) for reason in named), (FORCE_MAJEURE, _t("force majeure"))
        ]  # fmt: skip


class GapsForm(MoveForm):
    words = forms.CharField(
        label=_("Why are readings missing?"), max_length=4000, widget=area(4),
        help_text=_("The explanation will stand beside the result."),
    )  # fmt: skip


class CommentForm(MoveForm):
    is_dissent = forms.TypedChoiceField(
        label=_("Do you object to the result?"), coerce=lambda value: value == "yes",
        widget=forms.RadioSelect,
        choices=[("no", _("No objection")), ("yes", _("I object"))],
    )  # fmt: skip
    words = forms.CharField(
        label=_("Words"), max_length=4000, required=False, widget=area(4),
        help_text=_("An objection needs them; it stays beside the result."),
    )  # fmt: skip


class LessonForm(MoveForm):
    tried = forms.CharField(label=_("What was tried"), max_length=4000, widget=area(4))
    why = forms.CharField(label=_("Why it came out so"), max_length=4000, widget=area(4))


class CancelForm(LessonForm):
    code = forms.ChoiceField(label=_("Reason"), choices=CancelCode.choices)
    field_order = ("code", "tried", "why")


class LogForm(forms.Form):
    """A line of the test log."""

    words = forms.CharField(label=_("What happened"), max_length=4000, widget=area(3))
    slot = forms.ModelChoiceField(
        SiteSlot.objects.none(), label=_("Where"), required=False, empty_label=_("everywhere"),
    )  # fmt: skip

    def __init__(self, *args: Any, pilot: Pilot, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["slot"].queryset = pilot.slots.exclude(state=SlotState.RELEASED).select_related(
            "site"
        )


class IncidentForm(LogForm):
    """What went wrong, when and where."""

    severity = forms.ChoiceField(label=_("Severity"), choices=Severity.choices)
    happened_at = forms.DateTimeField(
        label=_("When, Moscow time"), help_text=_("For example 15.12.2026 10:30.")
    )
    field_order = ("severity", "happened_at", "slot", "words")


class CloseIncidentForm(MoveForm):
    action = forms.CharField(label=_("What was done"), max_length=4000, widget=area(4))


# Which form each move of a pilot asks for; moves with pages of their own are not here.
MOVE_FORMS: dict[str, type[MoveForm]] = {
    "appoint": AppointForm,
    "return_plan": RemarkForm,
    "link_agreement": AgreementForm,
    "set_budget": BudgetForm,
    "add_milestone": MilestoneForm,
    "reach_milestone": ReachForm,
    "add_risk": RiskForm,
    "add_check": CheckForm,
    "tick": TickForm,
    "draw": DrawForm,
    "suspend": ReasonForm,
    "end_early": EndEarlyForm,
    "explain_gaps": GapsForm,
    "comment": CommentForm,
    "cancel": CancelForm,
    "tell_lesson": LessonForm,
    "close_without_result": ReasonForm,
}
