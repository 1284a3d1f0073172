"""What the frame of every page needs: sections, the reader's menu, the demonstration's mark."""

from __future__ import annotations

from collections.abc import Iterable
from functools import lru_cache
from typing import Any, NamedTuple

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
    ("decisions:results", _l("Results")),
    ("news:index", _l("News")),
]
COMPANY = [
    ("home:page", _l("Today")),
    ("needs:index", _l("Needs")),
    ("applications:index", _l("Applications")),
    ("pilots:index", _l("Pilots")),
    ("solutions:index", _l("Solutions")),
]
STAFF = [
    ("home:page", _l("Today")),
    ("needs:index", _l("Needs")),
    ("applications:index", _l("Applications")),
    ("pilots:index", _l("Pilots")),
    ("portfolio:page", _l("Portfolio")),
]
EXPERT = [
    ("home:page", _l("Today")),
    ("reviews:index", _l("Reviews")),
    ("needs:index", _l("Needs")),
]
# The chapters behind "More", for all who are signed in or for those who run a programme.
CHAPTERS = (
    (
        _l("Both sides together"),
        (
            ("agreements:index", _l("Agreements"), "all"),
            ("coordination:turns", _l("Whose turn"), "all"),
            ("coordination:index", _l("Meetings"), "all"),
            ("coordination:tasks", _l("Tasks"), "all"),
            ("coordination:groups", _l("Working groups"), "all"),
        ),
    ),
    (
        _l("Into use and abroad"),
        (
            ("deals:index", _l("Deals"), "all"),
            ("exports:index", _l("Exports"), "all"),
            ("decisions:results", _l("Results"), "all"),
            ("markets:index", _l("Codes of goods"), "all"),
        ),
    ),
    (
        _l("Registers"),
        (
            ("participants:organisations", _l("Organisations"), "all"),
            ("solutions:index", _l("Solutions"), "all"),
            ("sites:index", _l("Sites"), "all"),
            ("reviews:index", _l("Reviews"), "staff"),
        ),
    ),
    (
        _l("The centre"),
        (
            ("news:index", _l("News"), "all"),
            ("participants:programmes", _l("Programmes"), "all"),
            ("home:lifecycles", _l("How things live here"), "all"),
            ("jobs:index", _l("Background work"), "administrator"),
        ),
    ),
)
# What stands in the reader's own menu.
OWN = (
    ("participants:profile", _l("My profile")),
    ("notices:index", _l("Notices")),
    ("notices:calendar", _l("My calendar")),
    ("participants:tokens", _l("Tokens for programs")),
    ("account_change_password", _l("Password")),
    ("mfa_index", _l("Second factor")),
)


FOOTER = (
    ("home:how", _l("How we count")),
    ("home:accessibility", _l("Accessibility")),
    ("home:limits", _l("What we do not promise")),
)

LABELS = {
    name: label
    for entries in (PUBLIC, COMPANY, STAFF, EXPERT, OWN, FOOTER, *(e for _words, e in CHAPTERS))
    for name, label, *_whom in entries
}


class Chapter(NamedTuple):
    """A heading of the menu of chapters and what stands under it."""

    words: str
    links: tuple[Link, ...]

    @property
    def is_current(self) -> bool:
        return any(link.current for link in self.links)


def frame(request: HttpRequest) -> dict[str, Any]:
    """The frame of a page for this reader; costs no query beyond the hats."""
    user, language, path = request.user, get_language() or "", request.path
    sections = _sections(user)
    return {
        "nav": _links(language, sections, path),
        "chapters": _chapters(user, {name for name, _words in sections}, language, path),
        "user_menu": _links(language, OWN, path) if user.is_authenticated else (),
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


def _chapters(user: Any, above: set[str], language: str, path: str) -> tuple[Chapter, ...]:
    """The chapters that do not stand in the bar themselves, under their headings."""
    if not user.is_authenticated:
        return ()
    kinds = {"staff": bool(programmes(user)), "administrator": user.is_administrator}
    whom = {"all", *(kind for kind, is_one in kinds.items() if is_one)}
    found = []
    for words, entries in CHAPTERS:
        shown = [entry for entry in entries if entry[0] not in above and entry[2] in whom]
        if links := _links(language, shown, path):
            found.append(Chapter(str(words), tuple(links)))
    return tuple(found)


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
