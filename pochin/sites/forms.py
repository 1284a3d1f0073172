"""What people fill in about a site."""

from __future__ import annotations

from typing import Any

from django import forms
from django.db.models import Q
from django.utils.translation import gettext as _t
from django.utils.translation import gettext_lazy as _

from pochin.participants import regions
from pochin.participants.forms import region_choices, zone_choices
from pochin.participants.models import Organisation, Person, Programme
from pochin.participants.policy import Role, programmes
from pochin.sites.models import Feed, Frequency, Site
from pochin.ui import formats
from pochin.ui.choices import offer, offer_words
from pochin.ui.moves import MoveForm
from pochin.ui.order import in_order
from pochin.ui.together import Together
from pochin.ui.widgets import area


def optional_zones() -> list[tuple[str, Any]]:
    return [("", _t("as in the region")), *zone_choices()]


class SiteForm(Together):
    """A place: where it is, what it is, what can be tried there."""

    region = forms.ChoiceField(label=_("Region"), choices=region_choices)
    zone = forms.ChoiceField(label=_("Time zone"), choices=optional_zones, required=False)

    class Meta:
        model = Site
        fields = [
            "postcode", "kind", "name_ru", "name_en", "region", "area", "city", "address_ru",
            "address_en", "latitude", "longitude", "zone", "size", "hours", "systems",
            "restrictions_ru", "restrictions_en", "capacity", "owner", "is_public",
        ]  # fmt: skip
        widgets = {"restrictions_ru": area(3), "restrictions_en": area(3)}
        help_texts = {
            "postcode": _("Six digits; leave it empty for a place without a postcode."),
            "systems": _("For example: cash desk, sorting journal, cameras."),
            "restrictions_ru": _("Safety, personal data, secrecy: what a pilot must keep to."),
            "capacity": _("How many pilots the place can hold at once."),
            "owner": _("Its head consents to pilots."),
        }

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        kinds = ["site_owner", "anchor", "authority", "technopark", "university"]
        owners = Organisation.objects.filter(
            Q(kinds__code__in=kinds) | Q(programmes__isnull=False) | Q(pk=self.instance.owner_id)
        )
        offer(self, "owner", owners.distinct().order_by("name_ru"))
        if self.instance.pk:
            del self.fields["postcode"]

    def clean_capacity(self) -> int:
        capacity = self.cleaned_data["capacity"]
        if not capacity:
            raise forms.ValidationError(
                _t("A place with room for no pilot is no site: write at least 1.")
            )
        return capacity

    def clean(self) -> dict[str, Any]:
        given = super().clean() or {}
        if (given.get("latitude") is None) != (given.get("longitude") is None):
            self.add_error("longitude", _t("Give both latitude and longitude, or neither."))
        for name, most in (("latitude", 90), ("longitude", 180)):
            if abs(given.get(name) or 0) > most:
                self.add_error(name, _t("In degrees, between −%(n)d and %(n)d.") % {"n": most})
        postcode = given.get("postcode")
        if postcode and Site.objects.filter(postcode=postcode).exclude(pk=self.instance.pk):
            self.add_error(
                "postcode", _t("There is a site with the postcode %(n)s already.") % {"n": postcode}
            )
        given["zone"] = given.get("zone") or regions.zone(given.get("region", ""))
        return given


class CheckForm(MoveForm):
    """Which programme answers for the place from now on."""

    programme = forms.ModelChoiceField(label=_("Programme"), queryset=Programme.objects.none())

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        mine = programmes(self.user, Role.COORDINATOR)
        offer(self, "programme", Programme.objects.filter(pk__in=mine).order_by("code"))


class PersonForm(MoveForm):
    """Somebody of the programme or of the unit the place belongs to."""

    person = forms.ModelChoiceField(label=_("Person"), queryset=Person.objects.none())

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        keeps = Q(roles__programme=self.thing.programme_id, roles__state="held")
        works = Q(seats__organisation=self.thing.owner_id, seats__state="held")
        people = Person.objects.filter(keeps | works, is_active=True)
        offer(self, "person", people.distinct().order_by("name_ru"))


class DeputyForm(MoveForm):
    """One of the present deputies."""

    person = forms.ModelChoiceField(label=_("Deputy"), queryset=Person.objects.none())

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        held = self.thing.deputies.filter(until__isnull=True).values("person")
        offer(self, "person", Person.objects.filter(pk__in=held).order_by("name_ru"))


class InstructForm(MoveForm):
    instruction = forms.CharField(
        label=_("Safety instruction"),
        max_length=200,
        help_text=_("Its name and number, for example «ИОТ-12 for sorting lines»."),
    )
    instructed_on = forms.DateField(label=_("In force from"))


class BlackOutForm(MoveForm):
    starts_on = forms.DateField(label=_("First day"))
    ends_on = forms.DateField(label=_("Last day"))
    why_ru = forms.CharField(label=_("Why, in Russian"), max_length=200)
    why_en = forms.CharField(label=_("Why, in English"), max_length=200, required=False)

    def clean(self) -> dict[str, Any]:
        given = super().clean() or {}
        words = _t("The last black-out day must not be before the first.")
        in_order(self, "starts_on", "ends_on", words)
        return given


class LiftForm(MoveForm):
    """Which black-out days are taken back."""

    number = forms.TypedChoiceField(label=_("Black-out days"), coerce=int)

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        offer_words(
            self,
            "number",
            [
                (b.number, f"{formats.day(b.starts_on)} – {formats.day(b.ends_on)}: {b}")
                for b in self.thing.black_outs.order_by("starts_on")
            ],
        )


class FeedForm(MoveForm):
    """A series of measurements the place can give."""

    code = forms.SlugField(label=_("Code of the metric"), max_length=40)
    name_ru = forms.CharField(label=_("What is measured, in Russian"), max_length=200)
    name_en = forms.CharField(
        label=_("What is measured, in English"), max_length=200, required=False
    )
    unit_ru = forms.CharField(label=_("Unit, in Russian"), max_length=40, required=False)
    unit_en = forms.CharField(label=_("Unit, in English"), max_length=40, required=False)
    frequency = forms.ChoiceField(label=_("How often"), choices=Frequency.choices)
    since = forms.DateField(label=_("Since"))
    system = forms.CharField(label=_("From which system"), max_length=120, required=False)

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["code"].help_text = _t("Latin letters, for example queue-minutes.")

    def clean_code(self) -> str:
        code = self.cleaned_data["code"]
        if Feed.objects.filter(site=self.thing, code=code).exists():
            raise forms.ValidationError(
                _t("The site already gives a series called %(code)s.") % {"code": code}
            )
        return code
