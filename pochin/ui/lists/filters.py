"""Questions a list may be asked: pick of named answers, say yes, name a span of days."""

# ruff: noqa: ARG002 - hooks and their overrides take what their caller gives.

from __future__ import annotations

import datetime as dt
import re
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from typing import Any, ClassVar

from django.core.exceptions import BadRequest
from django.db.models import QuerySet
from django.http import QueryDict
from django.utils import timezone
from django.utils.translation import gettext as _

from pochin.ui import formats
from pochin.ui.seen import made_once


class NotAList(BadRequest):
    """The address asks for something this list does not have; the words never vary."""


def refuse() -> NotAList:
    return NotAList("unknown parameter")


FIRST_YEAR, LAST_YEAR = 1000, 9000
# A letter and a dash may stand before the digits; more digits no column holds.
NUMBER = re.compile(r"(?:[A-Za-zА-Яа-я][-\s]?)?0*([0-9]{1,9})")

Choices = Iterable[tuple[Any, Any]]
# Asks a filter for its answers, once for the page.
Answers = Callable[["Filter"], list[tuple[str, Any]]]


@dataclass(frozen=True, kw_only=True, eq=False)
class Filter:
    """A question a list may be asked: pick one or several of the named answers.

    Args:
        name: Its name in the address.
        label: The word on its pill.
        choices: Pairs of value and label, or a function of the reader that answers them.
            Labels of dynamic choices must come from what the reader may see.
        field: The field that must hold one of the picked values.
        apply: Instead of `field`: takes the queryset and the list of picked values, reads no
            table, and asks for nothing else than the reader's day, or `this_minute`.
        many: Several answers may be picked.
        rare: It waits behind “More”, until the address asks it.
        to_all: The function answers every reader the same.
    """

    name: str
    label: Any
    choices: Choices | Callable[[Any], Choices] = ()
    field: str = ""
    apply: Callable[[Any, list[str]], QuerySet] | None = None
    many: bool = True
    rare: bool = False
    to_all: bool = False
    widget: ClassVar[str] = "options"

    @property
    def names(self) -> tuple[str, ...]:
        return (self.name,)

    @property
    def is_fixed(self) -> bool:
        """Whether it asks every reader the same."""
        return self.to_all or not callable(self.choices)

    def pairs(self, user: Any) -> list[tuple[str, Any]]:
        found = self.choices(user) if callable(self.choices) else self.choices
        return [(str(value), label) for value, label in found if str(value)]

    def read(self, asked: QueryDict, answers: Answers) -> dict[str, list[str]]:
        """Take the picked values from the address; refuse one that is not among the answers."""
        picked = [value for value in asked.getlist(self.name) if value]
        if not picked:
            return {}
        if not set(picked) <= {value for value, _label in answers(self)}:
            raise refuse()
        if not self.many and len(picked) > 1:
            raise refuse()
        return {self.name: picked}

    def narrowed(self, things: QuerySet, picked: dict[str, list[str]]) -> QuerySet:
        """The same as `narrow`, gone through once a minute for all who pick the same."""
        by = (self, self.of(picked), timezone.get_current_timezone_name(), this_minute())
        return made_once(things, by, lambda things: self.narrow(things, picked))

    def of(self, picked: dict[str, list[str]]) -> tuple[tuple[str, ...], ...]:
        """What of all that is picked is picked here."""
        return tuple([(name, *picked[name]) for name in self.names if name in picked])

    def narrow(self, things: QuerySet, picked: dict[str, list[str]]) -> QuerySet:
        """Answer those of the things that the picked values leave."""
        values = picked[self.name]
        if self.apply:
            return self.apply(things, values)
        return things.filter(**{f"{self.field or self.name}__in": values})

    def said(self, picked: dict[str, list[str]], answers: Answers) -> str:
        labels = dict(answers(self))
        return ", ".join(str(labels[value]) for value in picked[self.name])


@dataclass(frozen=True, kw_only=True, eq=False)
class Flag(Filter):
    """A filter with one answer: yes. `apply` takes the queryset alone in its list of values."""

    many: bool = False

    def pairs(self, user: Any) -> list[tuple[str, Any]]:
        return [("yes", self.label)]

    def said(self, picked: dict[str, list[str]], answers: Answers) -> str:
        return ""


@dataclass(frozen=True, kw_only=True, eq=False)
class Days(Filter):
    """A filter by a day: from and to, both included; in the address `<name>_from`, `<name>_to`."""

    widget: ClassVar[str] = "days"

    @property
    def names(self) -> tuple[str, ...]:
        return (f"{self.name}_from", f"{self.name}_to")

    def pairs(self, user: Any) -> list[tuple[str, Any]]:
        return []

    def read(self, asked: QueryDict, answers: Answers) -> dict[str, list[str]]:
        picked = {}
        for name in self.names:
            if text := asked.get(name, ""):
                picked[name] = [_day(text).isoformat()]
        return picked

    def narrow(self, things: QuerySet, picked: dict[str, list[str]]) -> QuerySet:
        on = self.field or self.name
        first, last = (
            dt.date.fromisoformat(picked[name][0]) if name in picked else None
            for name in self.names
        )
        if moment := on.removesuffix("__date") if on.endswith("__date") else "":
            # Between two moments, so that an index serves it; the days are the reader's.
            if first:
                things = things.filter(**{f"{moment}__gte": midnight(first)})
            if last:
                things = things.filter(**{f"{moment}__lt": midnight(last + dt.timedelta(days=1))})
            return things
        if first:
            things = things.filter(**{f"{on}__gte": first})
        return things.filter(**{f"{on}__lte": last}) if last else things

    def said(self, picked: dict[str, list[str]], answers: Answers) -> str:
        first, last = (
            formats.day(dt.date.fromisoformat(picked[name][0])) if name in picked else ""
            for name in self.names
        )
        if first and last:
            return f"{first}–{last}"
        if first:
            return _("from %(day)s") % {"day": first}
        return _("to %(day)s") % {"day": last}


@dataclass(frozen=True, kw_only=True, eq=False)
class Numbered(Filter):
    """A filter by the number people know a thing by: “Н-042”, “N-42” or 42 mean the same.

    `field` is the column that holds the bare number; it needs an index. `code` writes it out.
    """

    many: bool = False
    code: Callable[[int], str] = str
    widget: ClassVar[str] = "number"

    def pairs(self, user: Any) -> list[tuple[str, Any]]:
        return []

    def read(self, asked: QueryDict, answers: Answers) -> dict[str, list[str]]:
        text = asked.get(self.name, "").strip()
        if not text:
            return {}
        found = NUMBER.fullmatch(text)
        if found is None:
            raise refuse()
        return {self.name: [str(int(found[1]))]}

    def narrow(self, things: QuerySet, picked: dict[str, list[str]]) -> QuerySet:
        return things.filter(**{self.field or self.name: int(picked[self.name][0])})

    def said(self, picked: dict[str, list[str]], answers: Answers) -> str:
        return self.code(int(picked[self.name][0]))


def midnight(day: dt.date) -> dt.datetime:
    """The moment at which a day begins for the reader."""
    return timezone.make_aware(dt.datetime.combine(day, dt.time.min))


def this_minute() -> dt.datetime:
    """The minute that is now: who asks a list twice within it asks it the same."""
    return timezone.now().replace(second=0, microsecond=0)


def _day(text: str) -> dt.date:
    for pattern in ("%Y-%m-%d", "%d.%m.%Y"):
        try:
            day = dt.datetime.strptime(text.strip(), pattern).date()
        except ValueError:
            continue
        # Nothing here is older or so far ahead, and the first and last days have no midnight.
        if FIRST_YEAR <= day.year <= LAST_YEAR:
            return day
    raise refuse()
