"""What a pilot is, who takes part, what it costs and what it waits for."""

from __future__ import annotations

from typing import Any

from django import forms
from django.db.models import QuerySet
from django.utils import timezone
from django.utils.translation import gettext as _t
from django.utils.translation import gettext_lazy as _

from pochin.agreements.models import Agreement, between
from pochin.needs.models import Need
from pochin.participants.models import Organisation, Person, Programme
from pochin.participants.policy import Role
from pochin.pilots.models import (
    BudgetSource,
    CheckKind,
    Pilot,
    SlotRole,
    Weight,
)
from pochin.pilots.money import cost_currency, cost_items, cost_name
from pochin.sites.models import Site
from pochin.solutions.models import Solution
from pochin.ui.choices import offer, offer_words
from pochin.ui.figures import FigureField
from pochin.ui.moves import MoveForm
from pochin.ui.order import in_order
from pochin.ui.together import Together
from pochin.ui.widgets import area


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
        widgets = {"summary_ru": area(4), "summary_en": area(4)}
        help_texts = {
            "title_ru": _("One line that names what is tried."),
            "sponsor": _("Who wants the answer and may cancel the pilot before its run."),
            "is_public": _("From the lock of the plan on, everybody sees that it is held."),
        }

    def __init__(self, *args: Any, programme: Programme, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        offer(self, "need", Need.objects.filter(programme=programme).order_by("-number"))
        offer(self, "solution", Solution.objects.listed().order_by("name_ru"))
        members = Organisation.objects.filter(memberships__programme=programme)
        offer(self, "organisation", members.distinct().order_by("name_ru"))
        offer(
            self,
            "sponsor",
            (holders(programme, Role.NEED_OWNER) | holders(programme, Role.DIRECTOR)).distinct(),
        )
        self.fields["organisation"].required = not self.instance.is_archive
        self.fields["sponsor"].required = True


class EditForm(Together):
    """What may be said anew while the pilot is prepared."""

    class Meta:
        model = Pilot
        fields = [
            "title_ru", "title_en", "summary_ru", "summary_en", "purpose", "regime",
            "baseline_words", "waiver", "is_public",
        ]  # fmt: skip
        widgets = {
            "summary_ru": area(4), "summary_en": area(4), "baseline_words": area(3),
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

    def clean(self) -> dict[str, Any]:
        given = super().clean() or self.cleaned_data
        in_order(self, "starts_on", "ends_on", _t("The last day is before the first. Check both."))
        return given


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
            offer(self, name, holders(pilot.programme, role))
        offer(
            self,
            "vendor_manager",
            Person.objects.filter(
                seats__organisation=pilot.organisation_id, seats__until__isnull=True
            ).distinct(),
        )
        if pilot.organisation_id is None:
            del self.fields["vendor_manager"]
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
        found: QuerySet[Agreement] = Agreement.objects.none()
        if pilot.organisation is not None:
            found = between(pilot.organisation, pilot.programme.centre)
        offer(self, "agreement", found.filter(programme=pilot.programme))


class BudgetForm(MoveForm):
    source = forms.ChoiceField(label=_("Who pays"), choices=BudgetSource.choices)
    planned = FigureField(label=_("Planned, roubles"), min_value=0)
    spent = FigureField(label=_("Spent so far, roubles"), min_value=0, initial=0)


class CostForm(MoveForm):
    """What an item of the plan's cost model turned out to cost."""

    item = forms.ChoiceField(label=_("Item of the plan"))
    amount = FigureField(label=_("What it costs"), min_value=0)
    source = forms.CharField(
        label=_("How it is known"), max_length=300, help_text=_("A contract, a bill, an offer.")
    )

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        plan = self.thing.locked_plan()
        offer_words(
            self, "item", [(one["name"], cost_name(one["name"])) for one in cost_items(plan)]
        )
        self.fields["amount"].help_text = _t(
            "In %(currency)s; of a yearly cost, for one year. The plan's guess gives way to it."
        ) % {"currency": cost_currency(plan)}


class MilestoneForm(MoveForm):
    words = forms.CharField(label=_("What is to be reached"), max_length=200)
    due_on = forms.DateField(label=_("By"), help_text=_("For example 15.12.2026."))


class NumberedForm(MoveForm):
    """Names one of the pilot's own things by its number."""

    argument: str = ""

    number = forms.TypedChoiceField(coerce=int, label=_("Which"))

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        offer_words(self, "number", [(one.number, str(one)) for one in self.own()])

    def own(self) -> QuerySet[Any]:
        raise NotImplementedError

    def given(self) -> dict[str, Any]:
        given = dict(self.cleaned_data)
        return {self.argument: self.own().get(number=given.pop("number")), **given}


class ReachForm(NumberedForm):
    argument = "milestone"
    reached_on = forms.DateField(label=_("Reached on"), initial=timezone.localdate)

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
        help_text=_("For a post office its postcode, for example 101000."),
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
