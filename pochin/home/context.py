"""What the frame of every page needs: sections, the reader's menu, the demonstration's mark."""

from __future__ import annotations

from collections.abc import Callable, Collection
from dataclasses import dataclass
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
            ("keeping:index", _l("The installation"), "administrator"),
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
    ("open_data", _l("Open data and API")),
    ("home:accessibility", _l("Accessibility")),
    ("home:limits", _l("What we do not promise")),
)

NAMES = tuple({
    name: None
    for entries in (PUBLIC, COMPANY, STAFF, EXPERT, OWN, FOOTER, *(e for _words, e in CHAPTERS))
    for name, *_more in entries
})  # fmt: skip


class Chapter(NamedTuple):
    """A heading of the menu of chapters and what stands under it."""

    words: str
    links: tuple[Link, ...]

    @property
    def is_current(self) -> bool:
        return any(link.current for link in self.links)


class Reader(NamedTuple):
    """A reader as far as the menus tell one from another; a guest has no hats."""

    hats: frozenset[str]


@dataclass(frozen=True, eq=False, slots=True)
class Menus:
    """What leads on from a page: the same object for all pages with the same menus, so that what
    is drawn of it can be kept."""

    nav: list[Link]
    chapters: tuple[Chapter, ...]
    user_menu: list[Link]
    user_role: str
    footer: tuple[Link, ...]
    imprint: tuple[tuple[str, str], ...]

    @property
    def is_in_chapters(self) -> bool:
        return any(chapter.is_current for chapter in self.chapters)


def frame(request: HttpRequest) -> dict[str, Any]:
    """The frame of a page for this reader; costs no query beyond the hats."""
    user: Any = request.user
    routes, path = get_urlconf() or settings.ROOT_URLCONF, request.path
    here = frozenset(url for url in _urls(NAMES, routes) if _is_here(url, path))
    menus = _menus(get_language() or "", routes, Reader(user.hats), here)
    return {"menus": menus, "demo": settings.DEMO}


@lru_cache(maxsize=1024)
def _menus(language: str, routes: str, reader: Reader, here: frozenset[str]) -> Menus:
    """The menus of a reader; `here` are the addresses that lead to where the reader stands."""

    def links(entries: Collection[tuple[Any, ...]]) -> list[Link]:
        urls = _urls(tuple(entry[0] for entry in entries), routes)
        return [
            Link(label=str(entry[1]), url=url, current=url in here)
            for entry, url in zip(entries, urls, strict=True)
            if url
        ]

    sections = _sections(reader)
    return Menus(
        nav=links(sections),
        chapters=_chapters(reader, {name for name, _words in sections}, links),
        user_menu=links(OWN) if reader.hats else [],
        user_role=_role(reader),
        footer=tuple(links(FOOTER)),
        imprint=_imprint(),
    )


def _imprint() -> tuple[tuple[str, str], ...]:
    """Who publishes the site, as far as the installation says it."""
    words = {
        "publisher": _("Publisher"),
        "registration": _("Registration"),
        "editor": _("Editor"),
        "contact": _("Contact"),
        "age": "",
    }
    said = settings.IMPRINT
    return tuple((label, said[name]) for name, label in words.items() if said.get(name))


def _chapters(
    reader: Reader, above: set[str], links: Callable[[list[Any]], list[Link]]
) -> tuple[Chapter, ...]:
    """The chapters that do not stand in the bar themselves, under their headings."""
    if not reader.hats:
        return ()
    kinds = {"staff": bool(programmes(reader)), "administrator": "administrator" in reader.hats}
    whom = {"all", *(kind for kind, is_one in kinds.items() if is_one)}
    found = []
    for words, entries in CHAPTERS:
        shown = [entry for entry in entries if entry[0] not in above and entry[2] in whom]
        if under := links(shown):
            found.append(Chapter(str(words), tuple(under)))
    return tuple(found)


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


def _sections(reader: Reader) -> list[tuple[str, Any]]:
    if not reader.hats:
        return PUBLIC
    held = {hat.partition("@")[0] for hat in reader.hats}
    if held & set(Role) == {Role.EXPERT}:
        return EXPERT
    if programmes(reader):
        return STAFF
    return COMPANY if organisations(reader) else [("home:page", _l("Today")), *PUBLIC]


def _role(reader: Reader) -> str:
    """The reader's first role, to stand under the name."""
    held = {hat.partition("@")[0] for hat in reader.hats}
    return next((str(role.label) for role in Role if role in held), "")
