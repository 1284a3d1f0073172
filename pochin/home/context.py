"""What the frame of every page needs: sections, the reader's menu, the demonstration's mark."""

from __future__ import annotations

from collections.abc import Iterable
from functools import lru_cache
from typing import Any

from django.conf import settings
from django.http import HttpRequest
from django.urls import NoReverseMatch, get_urlconf, reverse
from django.utils.translation import get_language
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy as _l

from pochin.participants.policy import Role, organisations, programmes
from pochin.ui.pieces import Link

PUBLIC = [
    ("needs:index", _l("Needs")),
    ("solutions:index", _l("Solutions")),
    ("news:index", _l("News")),
]
COMPANY = [
    ("home:page", _l("Today")),
    ("needs:index", _l("Needs")),
    ("applications:index", _l("Applications")),
    ("pilots:index", _l("Pilots")),
    ("agreements:index", _l("Agreements")),
    ("solutions:index", _l("Solutions")),
]
STAFF = [
    ("home:page", _l("Today")),
    ("needs:index", _l("Needs")),
    ("applications:index", _l("Applications")),
    ("pilots:index", _l("Pilots")),
    ("agreements:index", _l("Agreements")),
    ("portfolio:page", _l("Portfolio")),
]
EXPERT = [
    ("home:page", _l("Today")),
    ("reviews:index", _l("Reviews")),
    ("needs:index", _l("Needs")),
]
# What stands in the reader's own menu, for whom it is.
MORE = [
    ("participants:profile", _l("My profile"), "all"),
    ("coordination:turns", _l("Whose turn"), "all"),
    ("coordination:index", _l("Meetings"), "all"),
    ("coordination:tasks", _l("Tasks"), "all"),
    ("notices:calendar", _l("My calendar"), "all"),
    ("notices:index", _l("Notices"), "all"),
    ("participants:organisations", _l("Organisations"), "all"),
    ("deals:index", _l("Deals"), "all"),
    ("exports:index", _l("Exports"), "all"),
    ("sites:index", _l("Sites"), "all"),
    ("markets:index", _l("Codes of goods"), "all"),
    ("news:index", _l("News"), "all"),
    ("participants:programmes", _l("Programmes"), "all"),
    ("reviews:index", _l("Reviews"), "staff"),
    ("solutions:index", _l("Solutions"), "staff"),
    ("jobs:index", _l("Background work"), "staff"),
    ("home:lifecycles", _l("How things live here"), "all"),
    ("participants:tokens", _l("Tokens for programs"), "all"),
    ("account_change_password", _l("Password"), "all"),
    ("mfa_index", _l("Second factor"), "all"),
]


FOOTER = (
    ("home:how", _l("How we count")),
    ("home:accessibility", _l("Accessibility")),
    ("home:limits", _l("What we do not promise")),
)

LABELS = {
    name: label
    for entries in (PUBLIC, COMPANY, STAFF, EXPERT, MORE, FOOTER)
    for name, label, *_whom in entries
}


def frame(request: HttpRequest) -> dict[str, Any]:
    """The frame of a page for this reader; costs no query beyond the hats."""
    user, language, path = request.user, get_language() or "", request.path
    return {
        "nav": _links(language, _sections(user), path),
        "user_menu": _links(language, _menu(user), path),
        "user_role": _role(user),
        "demo": settings.DEMO,
        "footer": _links(language, FOOTER, path),
        "imprint": _imprint(language),
    }


@lru_cache(maxsize=8)
def _imprint(_language: str) -> list[tuple[str, str]]:
    """Who publishes the site, as far as the installation says it."""
    words = {
        "publisher": _("Publisher"),
        "registration": _("Registration"),
        "editor": _("Editor"),
        "contact": _("Contact"),
        "age": "",
    }
    said = settings.IMPRINT
    return [(label, said[name]) for name, label in words.items() if said.get(name)]


def _menu(user: Any) -> list[tuple[str, Any, str]]:
    if not user.is_authenticated:
        return []
    is_staff = bool(programmes(user))
    return [entry for entry in MORE if entry[2] == "all" or is_staff]


def _links(language: str, entries: Iterable[tuple[Any, ...]], path: str) -> list[Link]:
    """The entries as links, the one the reader stands in marked."""
    names = tuple(entry[0] for entry in entries)
    urls = _urls(names, get_urlconf() or settings.ROOT_URLCONF)
    return _drawn(language, names, urls, tuple(_is_here(url, path) for url in urls))


@lru_cache(maxsize=256)
def _drawn(
    language: str, names: tuple[str, ...], urls: tuple[str, ...], here: tuple[bool, ...]
) -> list[Link]:
    # The words are the same on every page in one language; only the mark moves.
    return [
        Link(label=str(LABELS[name]), url=url, current=current)
        for name, url, current in zip(names, urls, here, strict=True)
        if url
    ]


@lru_cache(maxsize=64)
def _urls(names: tuple[str, ...], _routes: str) -> tuple[str, ...]:
    """The addresses of these routes; empty where a room is not built into this installation."""
    return tuple(_url(name) for name in names)


def _url(name: str) -> str:
    try:
        return reverse(name)
    except NoReverseMatch:
        return ""


def _is_here(url: str, path: str) -> bool:
    return path == url or (url not in ("", "/") and path.startswith(url))


def _sections(user: Any) -> list[tuple[str, Any]]:
    if not user.is_authenticated:
        return PUBLIC
    held = {hat.partition("@")[0] for hat in user.hats}
    if held & set(Role) == {Role.EXPERT}:
        return EXPERT
    if programmes(user):
        return STAFF
    return COMPANY if organisations(user) else [("home:page", _l("Today")), *PUBLIC]


def _role(user: Any) -> str:
    """The reader's first role, to stand under the name."""
    held = {hat.partition("@")[0] for hat in user.hats}
    return next((str(role.label) for role in Role if role in held), "")
