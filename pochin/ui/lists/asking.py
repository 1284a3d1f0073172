"""What the address asks of a list: words, filters, order; and the addresses that ask otherwise."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from functools import cached_property, lru_cache
from typing import Any, ClassVar
from urllib.parse import quote_plus, urlencode

from django.db.models import QuerySet
from django.http import HttpRequest, QueryDict
from django.utils.translation import gettext_lazy

from pochin.ui import saved
from pochin.ui.lists.columns import Column
from pochin.ui.lists.filters import Filter, refuse

RESERVED = frozenset({"q", "sort", "page", "after", "before", "file", "all"})
PAGE = 50


@dataclass(frozen=True, kw_only=True)
class View:
    """A tab over a list: a name and the query it stands for; `count` where it is known."""

    label: Any
    query: str = ""
    count: int | None = None


@dataclass(frozen=True, kw_only=True)
class Bulk:
    """Something that can be done to several picked rows; `href` leads to a page that confirms."""

    label: Any
    href: str
    tone: str = ""


class Asking:
    """How a list is declared, and what its address asks of it."""

    name: ClassVar[str] = "list"
    columns: ClassVar[Sequence[Column]] = ()
    filters: ClassVar[Sequence[Filter]] = ()
    views: ClassVar[Sequence[View]] = ()
    sort: ClassVar[str] = ""
    # The fields that cells and files read; empty: all. A list that names them reads no others.
    reads: ClassVar[Sequence[str]] = ()
    # Rows of which the same is read are drawn the same: nothing else stands in a cell, but for the
    # reader's language and zone and the day. Such a row is drawn once, and put on pages as it was.
    steady: ClassVar[bool] = False
    page_size: ClassVar[int] = PAGE
    search_label: ClassVar[Any] = gettext_lazy("Find in this list")
    empty_title: ClassVar[Any] = gettext_lazy("Nothing here yet")
    empty_text: ClassVar[Any] = ""
    also: ClassVar[Sequence[str]] = ()  # other parameters of the page it stands on
    template: ClassVar[str] = "ui/listing.html"

    @property
    def bulk(self) -> Sequence[Bulk]:
        """What the reader may do for several picked rows at once."""
        return ()

    def __init__(self, request: HttpRequest, things: QuerySet, *, path: str = "") -> None:
        self.request = request
        self.user = getattr(request, "user", None)
        self.visible = things
        self.path = path or request.path
        self._answers: dict[str, list[tuple[str, Any]]] = {}
        self.asked = self._check(request.GET)
        self.words = self.asked.get("q", "").strip()[:200]
        self.picked = self._pick()
        self.order = self._order()

    def _check(self, asked: QueryDict) -> QueryDict:
        if not asked:
            return asked
        known = _known(tuple(self.also), tuple(self.filters))
        for name, values in asked.lists():
            if name not in known or (name in RESERVED and len(values) > 1):
                raise refuse()
            if any("\x00" in value for value in values):
                raise refuse()
        return asked

    def _pick(self) -> dict[str, list[str]]:
        picked: dict[str, list[str]] = {}
        if self.asked:
            for filter_ in self.filters:
                if any(name in self.asked for name in filter_.names):
                    picked |= filter_.read(self.asked, self.answers)
        return picked

    def answers(self, filter_: Filter) -> list[tuple[str, Any]]:
        """What a filter may be answered with; asked once for the page."""
        found = self._answers.get(filter_.name)
        if found is None:
            found = self._answers[filter_.name] = filter_.pairs(self.user)
        return found

    def _order(self) -> tuple[Column | None, bool]:
        asked = self.asked.get("sort", "") or self.sort
        name = asked.removeprefix("-")
        column = next((c for c in self.columns if c.name == name and c.sort), None)
        if asked and column is None:
            raise refuse()
        return column, asked.startswith("-")

    def in_force(self, filter_: Filter) -> bool:
        """Whether the address asks this of the list."""
        return bool(self.picked) and any(name in self.picked for name in filter_.names)

    # The views a person keeps ------------------------------------------------------------

    @property
    def kind(self) -> str:
        """Under what the views people keep of this list are found."""
        return type(self).__name__

    @cached_property
    def kept_views(self) -> list[saved.Kept]:
        """The views the reader keeps of this list."""
        return saved.of(self)

    @cached_property
    def default(self) -> saved.Kept | None:
        """The view with which the reader wants this list opened."""
        return next((view for view in self.kept_views if view.is_default), None)

    @cached_property
    def query(self) -> str:
        """What is asked now, as a view keeps it; empty where it is the whole list."""
        return self.here.partition("?")[2] if self.here != self.bare else ""

    @property
    def may_keep(self) -> bool:
        """Whether what is asked now can be kept under a name."""
        return bool(getattr(self.user, "is_authenticated", False) and self.query)

    def is_view(self, view: saved.Kept) -> bool:
        """Whether this kept view is what is asked now."""
        return view.query == self.query

    # Addresses ---------------------------------------------------------------------------

    @cached_property
    def bare(self) -> str:
        """The address of the whole list; it says so where the list opens with a view."""
        query = [*self.kept, *([("all", "yes")] if self.default else [])]
        return f"{self.path}?{urlencode(query)}" if query else self.path

    @cached_property
    def here(self) -> str:
        """The address of what is found now, from its first page."""
        return self.address()

    def address(self, *, without: Iterable[str] = (), **changed: Any) -> str:
        """Answer the address of this list with something changed; pages start anew."""
        left_out = {*without, *changed}
        said = [pair for name, pair in self._in_address if name not in left_out]
        said += [_pair(name, value) for name, value in changed.items() if value not in ("", None)]
        if not said:
            return self.bare
        return f"{self.path}?{'&'.join([*self._kept, *said])}"

    @cached_property
    def _in_address(self) -> list[tuple[str, str]]:
        """What is asked now without the place in the pages: names, and how they stand there.

        Written once: a page has a dozen addresses, and each carries the words of the search.
        """
        query: list[tuple[str, Any]] = [("q", self.words)] if self.words else []
        query += [(name, value) for name, values in self.picked.items() for value in values]
        sort = self.asked.get("sort", "")
        query += [("sort", sort)] if sort else []
        return [(name, _pair(name, value)) for name, value in query]

    @cached_property
    def _kept(self) -> list[str]:
        return [_pair(name, value) for name, value in self.kept]

    @cached_property
    def kept(self) -> list[tuple[str, str]]:
        """The page's own parameters, which every address of the list carries on."""
        return [(name, str(self.asked[name])) for name in self.also if self.asked.get(name)]


@lru_cache(maxsize=256)
def _known(also: tuple[str, ...], filters: tuple[Filter, ...]) -> frozenset[str]:
    """The parameters that an address of such a list may have."""
    return RESERVED.union(also, *(filter_.names for filter_ in filters))


def _pair(name: str, value: Any) -> str:
    return f"{quote_plus(name)}={quote_plus(str(value))}"
