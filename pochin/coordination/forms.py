"""What people fill in about meetings, tasks and what they say."""

from __future__ import annotations

from typing import Any

from django import forms
from django.utils import timezone
from django.utils.translation import gettext as _t
from django.utils.translation import gettext_lazy as _

from pochin.coordination import reach
from pochin.coordination.lifecycle.meetings import ANSWERS
from pochin.coordination.models import (
    AgendaItem,
    Meeting,
    Priority,
    Resolution,
    Task,
    WorkingGroup,
)
from pochin.participants.directory import organisation_named
from pochin.participants.models import Organisation, Person
from pochin.ui.choices import offer, offer_words
from pochin.ui.moves import MoveForm
from pochin.ui.together import Together
from pochin.ui.widgets import area


def find_person(email: str, programme: Any) -> Person:
    """Somebody with a role in the programme or a seat in an organisation of the register."""
    found = Person.objects.filter(email=email.lower(), is_active=True)
    known = found.filter(roles__programme=programme) | found.filter(seats__isnull=False)
    person = known.distinct().first()
    if person is None:
        raise forms.ValidationError(
            _t("Nobody with this e-mail takes part in the programme. Check the address.")
        )
    return person


class PersonField(forms.EmailField):
    """A person by their e-mail."""

    def __init__(self, **kwargs: Any) -> None:
        super().__init__(**{"help_text": _("E-mail of the person."), **kwargs})


class Found:
    """Exchanges e-mails for people and numbers for things, each with its own sentence."""

    people: tuple[str, ...] = ()
    cleaned_data: dict[str, Any]
    programme: Any
    user: Any

    def clean(self) -> dict[str, Any]:
        given = super().clean() or self.cleaned_data  # type: ignore[misc]
        for name in self.people:
            if given.get(name):
                try:
                    given[name] = find_person(given[name], self.programme)
                except forms.ValidationError as error:
                    self.add_error(name, error)  # type: ignore[attr-defined]
        if "about" in self.fields:  # type: ignore[attr-defined]
            given["about"] = self._about(given.get("about", ""))
        return given

    def _about(self, written: str) -> Any:
        if not written:
            return None
        thing = reach.by_code(written, self.user)
        if thing is None:
            words = _t("Nothing you may see has the number %(number)s.")
            self.add_error("about", words % {"number": written})  # type: ignore[attr-defined]
        return thing


ABOUT = {
    "label": _("What it is about"),
    "required": False,
    "max_length": 20,
    "help_text": _("The number of a need, an application, a pilot, an agreement, a deal."),
}


MOMENT = _("Moscow time, for example 15.12.2026 10:30.")


class MeetingForm(Found, Together):
    """When, where, who leads it."""

    chair = PersonField(label=_("Who leads the meeting"))
    people = ("chair",)

    class Meta:
        model = Meeting
        fields = ["title_ru", "title_en", "group", "starts_at", "ends_at", "place", "link"]
        labels = {"ends_at": _("Ends")}
        help_texts = {"starts_at": MOMENT, "ends_at": MOMENT}

    def __init__(self, *args: Any, programme: Any, user: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.programme, self.user = programme, user
        seen = WorkingGroup.objects.visible_to(user)
        offer(self, "group", seen.filter(programme=programme))
        link: Any = self.fields["link"]
        link.assume_scheme = "https"
        if self.instance.pk:
            self.initial["chair"] = self.instance.chair.email
        else:
            self.initial.setdefault("chair", user.email)

    def clean(self) -> dict[str, Any]:
        given = super().clean()
        starts, ends = given.get("starts_at"), given.get("ends_at")
        if starts and ends and ends <= starts:
            self.add_error("ends_at", _t("The meeting ends before it begins. Check both times."))
        return given


class ItemForm(Found, MoveForm):
    title_ru = forms.CharField(label=_("Point in Russian"), max_length=250)
    title_en = forms.CharField(label=_("Point in English"), max_length=250, required=False)
    about = forms.CharField(**ABOUT)  # type: ignore[arg-type]


class OneItemForm(MoveForm):
    """One of the points of the agenda."""

    item = forms.ModelChoiceField(label=_("Agenda item"), queryset=AgendaItem.objects.none())

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        offer(self, "item", self.thing.items.order_by("place"))


class RecuseForm(OneItemForm):
    reason = forms.CharField(
        label=_("Why"), max_length=500, help_text=_("These words stand in the minutes.")
    )


class InviteForm(Found, MoveForm):
    person = PersonField(label=_("Whom to invite"))
    people = ("person",)

    @property
    def programme(self) -> Any:
        return self.thing.programme


class TakeOffForm(MoveForm):
    """One of those who are invited."""

    person = forms.ModelChoiceField(
        label=_("Whom to remove"),
        queryset=Person.objects.none(),
        help_text=_("Where the invitation was sent, we write to the person that it is withdrawn."),
    )

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        keys = self.thing.invitees.values("person")
        offer(self, "person", Person.objects.filter(pk__in=keys).order_by("name_ru"))


class HelperForm(InviteForm):
    person = PersonField(label=_("Who helps"))


class HandOverForm(InviteForm):
    person = PersonField(label=_("Who answers for it from now on"))


class AnswerForm(MoveForm):
    answer = forms.ChoiceField(label=_("Will you come?"), choices=ANSWERS, widget=forms.RadioSelect)


class HoldForm(MoveForm):
    present = forms.ModelMultipleChoiceField(
        label=_("Who was there"),
        queryset=Person.objects.none(),
        widget=forms.CheckboxSelectMultiple,
        required=False,
    )

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        keys = self.thing.invitees.values("person")
        offer(self, "present", Person.objects.filter(pk__in=keys).order_by("name_ru"))

    def given(self) -> dict[str, Any]:
        return {"present": list(self.cleaned_data["present"])}


class MinutesForm(MoveForm):
    minutes_ru = forms.CharField(label=_("Minutes in Russian"), widget=area(12), max_length=30000)
    minutes_en = forms.CharField(
        label=_("Minutes in English"), widget=area(12), max_length=30000, required=False
    )

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.initial = {n: getattr(self.thing, n) for n in ("minutes_ru", "minutes_en")}


class ResolutionForm(Found, MoveForm):
    text_ru = forms.CharField(label=_("What was decided, in Russian"), widget=area(3),
                              max_length=2000)  # fmt: skip
    text_en = forms.CharField(
        label=_("What was decided, in English"), widget=area(3), max_length=2000, required=False
    )
    responsible = PersonField(label=_("Responsible"))
    due_on = forms.DateField(label=_("Due"))
    item = forms.ModelChoiceField(
        label=_("Agenda item"), queryset=AgendaItem.objects.none(), required=False
    )
    people = ("responsible",)

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        offer(self, "item", self.thing.items.order_by("place"))

    @property
    def programme(self) -> Any:
        return self.thing.programme


class OneResolutionForm(MoveForm):
    resolution = forms.ModelChoiceField(label=_("Resolution"), queryset=Resolution.objects.none())

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        offer(self, "resolution", self.thing.resolutions.order_by("place"))


class TaskForm(Found, forms.ModelForm):
    """What is to be done, by whom, until when, who accepts it."""

    responsible = PersonField(label=_("Responsible"))
    controller = PersonField(label=_("Controller"), help_text=_("E-mail of who accepts the task."))
    about = forms.CharField(**ABOUT)  # type: ignore[arg-type]
    priority = forms.TypedChoiceField(
        label=_("Priority"), choices=Priority.choices, coerce=int, initial=Priority.USUAL
    )
    people = ("responsible", "controller")

    class Meta:
        model = Task
        fields = ["title_ru", "title_en", "words", "due_on"]
        widgets = {"words": area(4)}

    def __init__(self, *args: Any, programme: Any, user: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.programme, self.user = programme, user
        if not self.is_bound:
            self.initial["controller"] = user.email


class DoneForm(MoveForm):
    words = forms.CharField(label=_("What was done"), widget=area(5), max_length=4000)


class MoveDueForm(MoveForm):
    due_on = forms.DateField(label=_("New day"))
    reason = forms.CharField(label=_("Why"), widget=area(3), max_length=2000)

    def clean_due_on(self) -> Any:
        due_on = self.cleaned_data["due_on"]
        if due_on < timezone.localdate():
            raise forms.ValidationError(
                _t("The day it is due has passed already. Choose a later one.")
            )
        return due_on


class ChooseMoveForm(forms.Form):
    """What to do with the picked rows: each move with how many of them it is open for."""

    move = forms.ChoiceField(
        label=_("What is to be done?"),
        widget=forms.RadioSelect,
        error_messages={
            "required": _("Choose what is to be done with the picked rows."),
            "invalid_choice": _("This is no longer possible. Choose something else."),
        },
    )

    def __init__(self, *args: Any, offered: list[tuple[str, str, int]], **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        offer_words(
            self,
            "move",
            [(name, _t("%(move)s: %(n)d") % {"move": label, "n": n}) for name, label, n in offered],
        )
        if len(offered) == 1:
            self.initial["move"] = offered[0][0]


class GroupForm(Together):
    class Meta:
        model = WorkingGroup
        fields = ["name_ru", "name_en", "purpose_ru", "purpose_en"]
        widgets = {"purpose_ru": area(3), "purpose_en": area(3)}


class SeatForm(Found, forms.Form):
    """A person of the group, and whom they speak for."""

    person = PersonField(label=_("Person"))
    inn = forms.CharField(label=_("INN or name of the organisation"), max_length=250)
    is_chair = forms.BooleanField(label=_("Leads the group"), required=False)
    people = ("person",)

    def __init__(self, *args: Any, programme: Any, user: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.programme, self.user = programme, user

    def clean(self) -> dict[str, Any]:
        given = super().clean()
        seen = Organisation.objects.visible_to(self.user)
        given["organisation"] = organisation_named(seen, given.get("inn", ""))
        if given.get("inn") and given["organisation"] is None:
            self.add_error("inn", _t("No organisation with this INN or name is in the register."))
        return given


class UnseatForm(forms.Form):
    """One of those who sit in the group."""

    person = forms.ModelChoiceField(label=_("Person"), queryset=Person.objects.none())

    def __init__(self, *args: Any, group: WorkingGroup, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        keys = group.seats.values("person")
        offer(self, "person", Person.objects.filter(pk__in=keys).order_by("name_ru"))


class RemarkForm(forms.Form):
    """What one says, and who is told of it beside those who look."""

    text = forms.CharField(label=_("Your words"), widget=area(3), max_length=4000)
    told = forms.ModelMultipleChoiceField(
        label=_("Tell"),
        queryset=Person.objects.none(),
        required=False,
        widget=forms.CheckboxSelectMultiple,
        help_text=_("Only people who may read it are listed here."),
    )

    def __init__(self, *args: Any, concerned: list[Person], **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        keys = [person.pk for person in concerned]
        offer(self, "told", Person.objects.filter(pk__in=keys).order_by("name_ru"))
