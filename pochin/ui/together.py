"""Two people who write one thing at once: the second is told, and overwrites nothing unseen."""

from __future__ import annotations

import datetime as dt
import hashlib
import json
from typing import Any

from django import forms
from django.utils.translation import gettext as _

from pochin.ui import formats

SEEN = "seen"


class Together(forms.ModelForm):
    """A form of a thing that others may be writing too.

    It carries what its fields said when it was opened. Where one of them says something else by
    the time it is sent, the form comes back with what was typed and with what stands there now;
    sent once more, it is saved.
    """

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        if self.instance.pk:
            said = json.dumps(self._said())
            self.fields[SEEN] = forms.CharField(
                required=False, widget=forms.HiddenInput, initial=said
            )

    def _said(self) -> dict[str, str]:
        """What each field says now, as a short fingerprint."""
        found = {}
        for field in self.instance._meta.concrete_fields:
            if field.name in self.fields and field.name in (self._meta.fields or ()):
                value = str(field.value_from_object(self.instance))
                found[field.name] = hashlib.sha256(value.encode()).hexdigest()[:16]
        return found

    def clean(self) -> dict[str, Any]:
        given = super().clean() or self.cleaned_data
        seen = given.pop(SEEN, "")
        for name in self._changed_since(seen):
            if given.get(name) != getattr(self.instance, name):
                words = _("Somebody changed it while you were writing. Now it says: %(value)s")
                self.add_error(name, words % {"value": self._shown(name)})
        if seen and self.errors and isinstance(self.data, dict):
            # What stands there now has been seen; sent once more, the form is saved.
            typed = self.data.copy()
            typed[self.add_prefix(SEEN)] = json.dumps(self._said())
            self.data = typed
        return given

    def _changed_since(self, seen: str) -> list[str]:
        try:
            before = json.loads(seen or "{}")
        except ValueError:
            return []
        now = self._said()
        return [
            name
            for name in now
            if isinstance(before, dict) and before.get(name, now[name]) != now[name]
        ]

    def _shown(self, name: str) -> str:
        """The value of a field as a person reads it."""
        named = getattr(self.instance, f"get_{name}_display", None)
        value = named() if named is not None else getattr(self.instance, name)
        if isinstance(value, dt.datetime):
            return formats.moment(value)
        if isinstance(value, dt.date):
            return formats.day(value)
        text = " ".join(str(formats.DASH if value in (None, "") else value).split())
        return text if len(text) <= 300 else f"{text[:300]}…"
