"""A long form in parts: what is done, begun, empty or to be put right stands beside it."""

from __future__ import annotations

from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _

from pochin.ui import pieces

# Name in the address, caption, questions, the same in English.
Part = tuple[str, Any, tuple[str, ...], tuple[str, ...]]


class InParts(forms.BaseForm):
    """The questions of a form in the parts it names."""

    PARTS: tuple[Part, ...] = ()

    @property
    def parts(self) -> list[dict[str, Any]]:
        """The parts with their questions; those in English stay folded until they are used."""
        return [
            {
                "anchor": anchor,
                "title": title,
                "asked": [self[name] for name in asked],
                "english": [self[name] for name in english],
                "is_open": any(self[name].errors or self[name].value() for name in english),
            }
            for anchor, title, asked, english in self.PARTS
        ]

    @property
    def tasks(self) -> list[pieces.Task]:
        """The same parts as a list of tasks: what is done, begun, empty or to be put right."""
        return [self._task(anchor, title, asked) for anchor, title, asked, _english in self.PARTS]

    def _task(self, anchor: str, title: Any, asked: tuple[str, ...]) -> pieces.Task:
        # What is chosen beforehand is no work of the writer's.
        open_ = {n for n in asked if not isinstance(self.fields[n], forms.TypedChoiceField)}
        said = {name for name in open_ if self[name].value() not in (None, "", False)}
        needed = {name for name in asked if self.fields[name].required}
        filled = {name for name in asked if self[name].value() not in (None, "", False)}
        if any(self[name].errors for name in asked):
            state, tone = _("To be put right"), "bad"
        elif needed <= filled and said:
            state, tone = _("Done"), "neutral"
        elif not needed and not said:
            state, tone = _("Optional"), "neutral"
        else:
            state, tone = (_("In work"), "waiting") if said else (_("Not begun"), "neutral")
        return pieces.Task(
            title=title, href=f"#{anchor}", status=state, tone=tone, done=state == _("Done")
        )
