"""Who may do what: rules that read as words, combine, and explain a refusal."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from django.core.exceptions import PermissionDenied
from django.utils.text import format_lazy
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy


class System:
    """The house itself, acting because a clock ran out or an entry was written.

    It has what every actor has. ``hats`` are the words under which the house knows an actor, each
    tied to what it is worn for: ``coordinator@3`` (in programme 3), ``sign@org-7``, ``person@12``.
    """

    pk = None
    is_active = True
    is_authenticated = False
    hats = frozenset({"system"})

    def __str__(self) -> str:
        return _("the system")


SYSTEM = System()


class Forbidden(PermissionDenied):
    """The user may not do this; the text says who may."""


@dataclass(frozen=True, slots=True)
class Rule:
    """A test of a user against a thing, with the words that name those who pass.

    Rules combine: ``applicant | centre`` passes either, ``expert & ~applicant``
    passes experts who are not the applicant.
    """

    words: Any
    test: Callable[[Any, Any], bool]

    def __call__(self, user: Any, thing: Any = None) -> bool:
        return bool(user.is_active and self.test(user, thing))

    def __or__(self, other: Rule) -> Rule:
        words = format_lazy(gettext_lazy("{} or {}"), self.words, other.words)
        return Rule(words, lambda user, thing: self(user, thing) or other(user, thing))

    def __and__(self, other: Rule) -> Rule:
        words = format_lazy(gettext_lazy("{}, {}"), self.words, other.words)
        return Rule(words, lambda user, thing: self(user, thing) and other(user, thing))

    def __invert__(self) -> Rule:
        words = format_lazy(gettext_lazy("not {}"), self.words)
        return Rule(words, lambda user, thing: not self(user, thing))

    def demand(self, user: Any, thing: Any = None) -> None:
        """Pass quietly, or raise Forbidden with the words of those who may."""
        if not self(user, thing):
            raise Forbidden(_("This may be done only by %(who)s.") % {"who": self.words})


def rule(words: Any) -> Callable[[Callable[[Any, Any], bool]], Rule]:
    """Name a test: ``words`` complete the sentence “This may be done only by …”."""
    return lambda test: Rule(words, test)


@rule(gettext_lazy("the system"))
def system(user: Any, thing: Any) -> bool:
    return "system" in user.hats


@rule(gettext_lazy("anyone"))
def anyone(user: Any, thing: Any) -> bool:
    return True
