"""What people fill in about news."""

from __future__ import annotations

import re
from typing import Any

from django import forms
from django.apps import apps
from django.utils import timezone
from django.utils.translation import gettext as _t
from django.utils.translation import gettext_lazy as _

from pochin.core.numbers import LETTERS
from pochin.files import kinds
from pochin.files.intake import receive
from pochin.news import saved_pages
from pochin.news.models import Piece
from pochin.ui.moves import MoveForm
from pochin.ui.together import Together
from pochin.ui.widgets import area

# What news may be about, by the letter of its number.
ABOUT = {
    "need": "needs.Need", "pilot": "pilots.Pilot", "agreement": "agreements.Agreement",
    "deal": "deals.Deal", "export": "exports.Project",
}  # fmt: skip
# Those count up within a programme, so the number means the one of the programme of the news.
OF_THE_PROGRAMME = {"agreement", "deal", "export"}


class PieceForm(Together):
    """A piece of news; English may come later, but before it goes out."""

    class Meta:
        model = Piece
        fields = [
            "rubric", "title_ru", "title_en", "lead_ru", "lead_en", "body_ru", "body_en",
            "happened_on", "is_borrowed", "source", "source_url",
        ]  # fmt: skip
        widgets = {
            "lead_ru": area(3),
            "lead_en": area(3),
            "body_ru": area(12),
            "body_en": area(12),
        }
        help_texts = {
            "title_ru": _("What happened, in one line."),
            "body_ru": _("An empty line begins a new paragraph."),
            "source": _("The name of the site or the paper, as it is to be read."),
            "source_url": _(
                "The address of the very page, for example https://example.org/news/5."
            ),
        }

    def clean(self) -> dict[str, Any]:
        given = super().clean() or {}
        if given.get("source_url") and not given.get("source"):
            self.add_error("source", _t("Name the source that the address leads to."))
        return given


class CoverForm(MoveForm):
    """A picture and what it shows."""

    picture = forms.FileField(
        label=_("Picture"),
        required=False,
        help_text=_("PNG, JPEG or WebP. Leave it empty to take the picture away."),
    )
    alt_ru = forms.CharField(
        label=_("what the picture shows, in Russian"), max_length=300, required=False
    )
    alt_en = forms.CharField(
        label=_("what the picture shows, in English"), max_length=300, required=False
    )

    def clean(self) -> dict[str, Any]:
        given = super().clean() or {}
        if given.get("picture"):
            for name in ("alt_ru", "alt_en"):
                if not given.get(name):
                    self.add_error(name, _t("Say what the picture shows."))
        return given

    def given(self) -> dict[str, Any]:
        picture = self.cleaned_data["picture"]
        file = (
            receive(picture, by=self.user, at=timezone.now(), accept=kinds.PICTURES)
            if picture
            else None
        )
        words = {name: self.cleaned_data[name] if file else "" for name in ("alt_ru", "alt_en")}
        return {"cover": file, **words}


class LinkForm(MoveForm):
    """What the news is about, by numbers."""

    things = forms.CharField(
        label=_("Numbers of needs, pilots, agreements, deals and exports"),
        required=False,
        max_length=300,
        help_text=_("For example: Н-042, П-118, С-001. Each reader sees those they may open."),
    )

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        if self.thing is not None and not self.is_bound:
            named = [mention.thing for mention in self.thing.mentions.order_by("pk")]
            self.initial["things"] = ", ".join(thing.code for thing in named if thing)

    def clean_things(self) -> list[Any]:
        words = [word for word in re.split(r"[,;\s]+", self.cleaned_data["things"]) if word]
        return [self._find(word) for word in words]

    def _find(self, word: str) -> Any:
        asked = re.fullmatch(r"([A-Za-zА-Яа-я])-?(\d{1,6})", word)
        for kind, label in ABOUT.items():
            if asked and asked[1].upper() in LETTERS[kind][:2]:
                found = apps.get_model(label).objects.visible_to(self.user)
                if kind in OF_THE_PROGRAMME:
                    found = found.filter(programme=self.thing.programme_id)
                if thing := found.filter(number=int(asked[2])).first():
                    return thing
        raise forms.ValidationError(_t("There is no %(number)s you can see.") % {"number": word})


class ScheduleForm(MoveForm):
    publish_at = forms.DateTimeField(
        label=_("Goes out at"), help_text=_("In your time zone, for example 01.12.2026 10:00.")
    )


class DiscussForm(MoveForm):
    """Until when remarks are taken."""

    discussed_until = forms.DateTimeField(
        label=_("Remarks are taken until"),
        required=False,
        help_text=_("In your time zone. Leave it empty to close the discussion."),
    )


class RemarkForm(forms.Form):
    text = forms.CharField(
        label=_("Your remark"),
        widget=area(4),
        max_length=2000,
        help_text=_("Everybody will read it with your name, after the editor has looked."),
    )


class SavedPageForm(forms.Form):
    """A page saved from another site, and where it came from."""

    page = forms.FileField(
        label=_("The saved page"),
        help_text=_("One HTML file, as the browser saves it; pictures are not taken."),
    )
    source_url = forms.URLField(
        label=_("Address of the page"),
        required=False,
        max_length=500,
        assume_scheme="https",
        help_text=_("Where you found it. Without it the news cannot be handed to the editor."),
    )

    def read(self) -> saved_pages.SavedPage:
        """What the page says; the address that was given rules over its own."""
        sent = self.cleaned_data["page"]
        found = saved_pages.read(sent.read(saved_pages.LARGEST + 1))
        found.source_url = self.cleaned_data["source_url"] or found.source_url
        return found
