"""What people fill in about themselves, their organisations and programmes."""

from __future__ import annotations

from itertools import count
from typing import Any, cast
from zoneinfo import available_timezones

from django import forms
from django.utils.translation import gettext as _t
from django.utils.translation import gettext_lazy as _

from pochin.participants import clocks, regions, zones
from pochin.participants.models import (
    Conflict,
    Ground,
    Invitation,
    MembershipKind,
    Organisation,
    OrganisationKind,
    Person,
    Programme,
    ProgrammeState,
    Registration,
)
from pochin.participants.policy import Role
from pochin.ui.choices import offer, offer_words
from pochin.ui.moves import MoveForm
from pochin.ui.order import in_order
from pochin.ui.widgets import area


def region_choices() -> list[tuple[str, Any]]:
    return [("", "—"), *regions.choices()]


def zone_choices() -> list[tuple[str, str]]:
    """The zones of our regions from west to east, then all others by name."""
    ours = sorted({region.zone for region in regions.REGIONS.values()}, key=zones.offset)
    others = {zone for zone in available_timezones() if "/" in zone and zone not in ours}
    named = sorted((zones.name(zone), zone) for zone in others if not zone.startswith("Etc/"))
    return [
        *((zone, zones.name(zone)) for zone in [*ours, "UTC"]),
        *((zone, words) for words, zone in named),
    ]


class PersonForm(forms.ModelForm):
    """What a person says about themselves."""

    zone = forms.ChoiceField(label=_("Time zone"), choices=zone_choices)

    class Meta:
        model = Person
        fields = ["name_ru", "name_en", "phone", "language", "zone"]


def without_blanks(text: str) -> str:
    """An identifier as it is kept: on paper its digits often stand in groups."""
    return "".join(text.split())


class CheckedTogether:
    """INN, KPP and OGRN must belong to one kind of person."""

    cleaned_data: dict[str, Any]

    def clean_inn(self) -> str:
        return without_blanks(self.cleaned_data["inn"])

    def clean_kpp(self) -> str:
        return without_blanks(self.cleaned_data["kpp"])

    def clean_ogrn(self) -> str:
        return without_blanks(self.cleaned_data["ogrn"])

    def clean(self) -> dict[str, Any]:
        given = super().clean() or self.cleaned_data  # type: ignore[misc]
        inn, kpp, ogrn = (given.get(name, "") for name in ("inn", "kpp", "ogrn"))
        if inn and ogrn and (len(inn) == 12) != (len(ogrn) == 15):
            words = _t("An INN of %(inn)d digits does not go with an OGRN of %(ogrn)d.")
            self.add_error("ogrn", words % {"inn": len(inn), "ogrn": len(ogrn)})  # type: ignore[attr-defined]
        if len(inn) == 10 and not kpp and "kpp" not in self.errors:  # type: ignore[attr-defined]
            self.add_error("kpp", _t("An organisation has a KPP: nine characters beside the INN."))  # type: ignore[attr-defined]
        return given


def offer_open(field: Any, wished: str) -> None:
    """The programmes that are open; the one that was meant, or the only one, is chosen already."""
    field.queryset = Programme.objects.filter(state=ProgrammeState.OPEN).order_by("code")
    meant = [one for one in field.queryset if one.code == wished] or list(field.queryset)
    if len(meant) == 1:
        field.initial = meant[0]


class RegistrationForm(CheckedTogether, forms.ModelForm):
    """Who the organisation is, and who you are there."""

    person_name = forms.CharField(
        label=_("Your name and surname"),
        max_length=120,
        help_text=_("The centre answers by it, and it stands under what you sign."),
    )

    class Meta:
        model = Registration
        fields = [
            "programme", "inn", "kpp", "ogrn", "name_ru", "name_en", "position", "may_sign",
            "attorney",
        ]  # fmt: skip
        help_texts = {
            "programme": _("Its coordinator will answer you."),
            "inn": _("10 digits, for example 7707083893; an entrepreneur has 12."),
            "kpp": _("9 characters, for example 773601001; an entrepreneur has none."),
            "ogrn": _("13 digits, 15 for an entrepreneur."),
            "name_ru": _("As people call it, for example ООО «Янтарь»."),
            "attorney": _("Leave it empty if you sign by your post."),
        }

    def __init__(self, *args: Any, by: Person, wished: str = "", **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        offer_open(self.fields["programme"], wished)
        if by.name_ru:
            del self.fields["person_name"]


class OrganisationForm(CheckedTogether, forms.ModelForm):
    """The profile of an organisation; identifiers are changed by the centre alone."""

    region = forms.ChoiceField(label=_("Region"), choices=region_choices, required=False)
    site_url = forms.URLField(label=_("Website"), assume_scheme="https", required=False)
    kinds = forms.MultipleChoiceField(
        label=_("What the organisation is"),
        choices=OrganisationKind.choices,
        required=False,
        widget=forms.CheckboxSelectMultiple,
    )

    class Meta:
        model = Organisation
        fields = [
            "name_ru", "name_en", "full_name_ru", "full_name_en", "legal_form", "country",
            "inn", "kpp", "ogrn", "region", "address", "postcode", "okved", "size", "founded_on",
            "site_url", "about_ru", "about_en", "is_public",
        ]  # fmt: skip
        widgets = {"about_ru": area(), "about_en": area()}
        help_texts = {
            "country": _("Two letters, for example RU."),
            "is_public": _("Your name, profile and membership are shown to everybody."),
        }

    def __init__(self, *args: Any, identifiers: bool, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        if self.instance.pk:
            self.initial["kinds"] = list(self.instance.kinds.values_list("code", flat=True))
        else:
            del self.fields["kinds"]
        if not identifiers:
            for name in ("inn", "kpp", "ogrn", "country"):
                del self.fields[name]

    def clean_country(self) -> str:
        country = self.cleaned_data["country"].upper()
        if not (len(country) == 2 and country.isascii() and country.isalpha()):
            raise forms.ValidationError(_t("Write the country as two letters, for example RU."))
        return country


class JoinForm(forms.Form):
    """In which programme, and as what."""

    programme = forms.ModelChoiceField(label=_("Programme"), queryset=Programme.objects.none())
    kind = forms.ChoiceField(
        label=_("As"),
        choices=MembershipKind.choices,
        widget=forms.RadioSelect,
        initial=MembershipKind.MEMBER,
        help_text=_("An anchor company sets tasks to others and is admitted by two people."),
    )

    def __init__(self, *args: Any, wished: str = "", **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        offer_open(self.fields["programme"], wished)


class KindForm(MoveForm):
    kind = forms.ChoiceField(label=_("As"), choices=MembershipKind.choices)


class QuestionForm(MoveForm):
    question = forms.CharField(label=_("What is missing"), widget=area(4), max_length=4000)


class AnswerForm(MoveForm):
    answer = forms.CharField(label=_("Your answer"), widget=area(4), max_length=4000)

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["answer"].help_text = self.thing.question


class InvitationForm(forms.ModelForm):
    """Whom you invite, and with which rights."""

    class Meta:
        model = Invitation
        fields = ["email", "position", "may_edit", "may_sign", "attorney"]
        help_texts = {
            "may_edit": _("Writes applications and solutions."),
            "may_sign": _("Submits, signs and invites others."),
            "attorney": _("For somebody who signs by a power of attorney."),
        }


class ConflictForm(forms.ModelForm):
    """What ties you to an organisation."""

    organisation = forms.ModelChoiceField(
        label=_("Organisation"), queryset=Organisation.objects.none()
    )

    class Meta:
        model = Conflict
        fields = ["organisation", "ground", "words", "since", "until"]
        widgets = {"ground": forms.RadioSelect, "words": area(3)}

    def __init__(self, *args: Any, user: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        seen = Organisation.objects.visible_to(user).order_by("name_ru")
        offer(self, "organisation", seen)
        offer_words(self, "ground", Ground.choices)

    def clean(self) -> dict[str, Any]:
        given = super().clean() or {}
        in_order(self, "since", "until", _t("The last day must not be before the first."))
        return given


class UntilForm(MoveForm):
    until = forms.DateField(label=_("Last day of the tie"))


class ProgrammeForm(forms.ModelForm):
    """Names, dates and how many reviews an application needs."""

    class Meta:
        model = Programme
        fields = [
            "code", "name_ru", "name_en", "centre", "starts_on", "ends_on", "quorum",
            "spread_limit",
        ]  # fmt: skip
        help_texts = {
            "code": _("Latin letters and digits; it stands in addresses."),
            "spread_limit": _("In points between the highest and the lowest review."),
        }

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        centres = Organisation.objects.filter(kinds__code__in=["authority", "anchor"])
        ours = Organisation.objects.filter(programmes__isnull=False)
        offer(self, "centre", (centres | ours).distinct().order_by("name_ru"))
        if self.instance.pk:
            del self.fields["code"]

    def clean_code(self) -> str:
        code = self.cleaned_data["code"].lower()
        if code == "new":
            raise forms.ValidationError(_t("“new” is taken by the address of this page."))
        return code

    def clean(self) -> dict[str, Any]:
        given = super().clean() or self.cleaned_data
        in_order(self, "starts_on", "ends_on", _t("The last day is before the first. Check both."))
        return given


class LateCriteriaForm(forms.Form):
    """Why a programme gets its criteria only after it was opened."""

    reason = forms.CharField(
        label=_("Why they are set only now"),
        max_length=2000,
        widget=area(3),
        help_text=_("Everybody who reads the programme will see these words and the day."),
    )


class CriterionForm(forms.Form):
    """One criterion; a row left empty is left out."""

    code = forms.SlugField(label=_("Code"), max_length=20, required=False)
    ru = forms.CharField(label=_("Criterion, in Russian"), max_length=120, required=False)
    en = forms.CharField(label=_("Criterion, in English"), max_length=120, required=False)
    weight = forms.IntegerField(label=_("Weight"), min_value=1, max_value=100, required=False)

    def clean(self) -> dict[str, Any]:
        given = super().clean() or {}
        if any(given.values()):
            for name, words in (
                ("ru", _t("Say by what applications are compared.")),
                ("weight", _t("Say how much this criterion weighs.")),
            ):
                if not given.get(name) and name not in self.errors:
                    self.add_error(name, words)
        return given


class CriteriaFormSet(forms.BaseFormSet):
    """All criteria of a programme."""

    def clean(self) -> None:
        codes = [row["code"] for row in self.criteria()]
        if len(codes) != len(set(codes)):
            raise forms.ValidationError(_t("Two criteria have the same code."))

    def criteria(self) -> list[dict[str, Any]]:
        """The rows that are filled in, as the programme keeps them; a code left empty is made."""
        rows = [
            {name: form.cleaned_data[name] for name in ("code", "ru", "en", "weight")}
            for form in self.forms
            if form.is_valid() and form.cleaned_data.get("ru")
        ]
        taken = {row["code"] for row in rows}
        free = (code for n in count(1) if (code := f"criterion{n}") not in taken)
        return [{**row, "code": row["code"] or next(free)} for row in rows]


CriteriaForms = cast(
    "type[CriteriaFormSet]",
    forms.formset_factory(CriterionForm, formset=CriteriaFormSet, extra=0, min_num=8, max_num=8),
)


class ClocksForm(forms.Form):
    """How many working days each clock gives, and why it should."""

    def __init__(self, *args: Any, programme: Programme, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.clocks = clocks.known()
        for clock in self.clocks:
            self.fields[_field(clock.name)] = forms.IntegerField(
                label=clock.words,
                initial=clock.days_in(programme),
                min_value=1,
                max_value=250,
            )
        self.fields["why"] = forms.CharField(label=_("Why"), widget=area(3), max_length=2000)

    def given(self) -> dict[str, Any]:
        """The arguments of the move: only the clocks that differ from the house's own."""
        asked = {clock.name: self.cleaned_data[_field(clock.name)] for clock in self.clocks}
        own = {c.name: asked[c.name] for c in self.clocks if asked[c.name] != c.days}
        return {"clocks": own, "why": self.cleaned_data["why"]}


def _field(clock: str) -> str:
    return "clock-" + clock.replace(" ", "-")


class RoleForm(forms.Form):
    """To whom which role is given."""

    email = forms.EmailField(
        label=_("E-mail of the person"), help_text=_("The person must have signed up.")
    )
    code = forms.ChoiceField(label=_("Role"), choices=Role.choices)

    def clean(self) -> dict[str, Any]:
        given = super().clean() or {}
        if address := given.get("email"):
            given["person"] = Person.objects.filter(email=address.lower()).first()
            if given["person"] is None:
                self.add_error("email", _t("Nobody has signed up with this address."))
        return given
