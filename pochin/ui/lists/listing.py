"""A list: what is found, how its table reads, what is answered."""

# ruff: noqa: ARG002 - hooks and their overrides take what their caller gives.

from __future__ import annotations

from collections.abc import Hashable, Iterator, Sequence
from functools import cached_property
from typing import Any

from django.db.models import QuerySet
from django.http import HttpResponseBase
from django.middleware.csrf import get_token
from django.shortcuts import redirect
from django.utils.cache import patch_vary_headers
from django.utils.safestring import SafeString
from django.utils.translation import gettext as _
from django.utils.translation import pgettext

from pochin.core import tongue
from pochin.ui import addresses, files_out, formats, saved
from pochin.ui.counting import counted
from pochin.ui.icons import icon
from pochin.ui.lists import drawn, paging, rows
from pochin.ui.lists.asking import Asking, Bulk, View
from pochin.ui.lists.columns import Column
from pochin.ui.lists.drawn import Header, PageLink, Pill, Question
from pochin.ui.lists.filters import Filter, Flag, refuse
from pochin.ui.lists.paging import LIMIT, Ranked
from pochin.ui.parts import said
from pochin.ui.quick import Row
from pochin.ui.shortcuts import page

FEW = 200  # what a search without ranks counts exactly


class Listing(Asking):
    """A list with search, filters, sort, pages and files. Declare one by a subclass.

    The queryset comes narrowed to what the reader may see, with `select_related` given; the
    listing never reads another one.
    """

    token = ""  # of the page's own forms, where the page has made one

    # What a room may change --------------------------------------------------------------

    def search(self, things: QuerySet, words: str) -> QuerySet | Ranked | None:
        """Answer what matches the words; None says that this list has no search box."""
        return None

    def href(self, thing: Any) -> str:
        """Answer where the main column leads; empty: nowhere."""
        return ""

    def key(self, thing: Any) -> str:
        """Answer what a ticked row is called in the form of a bulk action."""
        return str(thing.pk)

    def prepare(self, things: list[Any]) -> list[Any]:
        """Read once for the whole page what the cells need, and hang it on the things."""
        return things

    def beside(self, found: Sequence[Row]) -> Sequence[Hashable]:
        """Answer what each of these rows is made of besides what was read of the thing.

        Asked every time, and hung on the thing as `beside`; of a steady list only what is drawn
        anew is made into things and prepared.
        """
        return [None] * len(found)

    def all_views(self) -> list[View]:
        """Answer the tabs over the list; the views a person keeps follow them."""
        return list(self.views)

    def taken_out(self, kind: str) -> None:
        """Note that a file was taken, where that is to be remembered."""

    # What is found -----------------------------------------------------------------------

    @cached_property
    def filtered(self) -> QuerySet:
        """The visible things that match the filters, unordered."""
        things = self.visible
        for filter_ in self.filters:
            if self.in_force(filter_):
                things = filter_.narrowed(things, self.picked)
        return things

    @cached_property
    def sought(self) -> QuerySet | Ranked:
        """What the search answers for the words that are asked for."""
        sought = self.search(self.filtered, self.words)
        if sought is None:
            raise refuse()
        return sought

    @cached_property
    def found(self) -> QuerySet:
        """The visible things that match search and filters, unordered."""
        if not self.words:
            return self.filtered
        sought = self.sought
        return sought if isinstance(sought, QuerySet) else sought.narrow(self.filtered)

    @cached_property
    def keys(self) -> list[paging.Key]:
        """The fields of the order, the last of which tells any two rows apart."""
        column, backwards = self.order
        if column is None:
            return paging.keys_of(self.filtered, ["-pk"])
        names = [_turned(name, backwards) for name in column.order]
        names.append("-pk" if names[0].startswith("-") else "pk")
        return paging.keys_of(self.filtered, names)

    @cached_property
    def best(self) -> Ranked | None:
        """What the search found and put in order, where it does."""
        if not self.words or isinstance(self.sought, QuerySet):
            return None
        return self.sought

    @property
    def ranked(self) -> Ranked | None:
        """The same, where no other order is asked for."""
        return None if self.asked.get("sort") else self.best

    @property
    def most(self) -> int:
        """Counting goes no further; a search counts no more than it would rank."""
        if self.best and self.best.has_more:
            return len(self.best.keys)
        return FEW if self.words else LIMIT

    @cached_property
    def ordered(self) -> QuerySet:
        if self.ranked:
            return self.narrowed(self.found)
        return self.narrowed(self.found.order_by(*(key.clause() for key in self.keys)))

    def narrowed(self, things: QuerySet) -> QuerySet:
        return paging.narrowed(things, self.reads, self.keys)

    @cached_property
    def page(self) -> paging.Page:
        """The rows of this page, and whether there are others before and behind."""
        return paging.fetch(self)

    @property
    def things(self) -> list[Any]:
        return self.page.things

    @cached_property
    def total(self) -> int:
        """How many there are: exactly up to `most`; one more stands for more."""
        if self.best:
            return len(self.best.keys) + self.best.has_more
        if self.page.number == 1 and not self.page.has_next:
            return len(self.page.rows)
        return counted(self.found, self.most + 1)

    @cached_property
    def total_words(self) -> str:
        if self.total > self.most:
            return _("more than %(n)s") % {"n": formats.number(self.most)}
        return formats.number(self.total)

    # What the page draws -----------------------------------------------------------------

    @cached_property
    def markup(self) -> SafeString:
        """The whole list."""
        token = (self.token or get_token(self.request)) if self.may_keep else ""
        with tongue.settled(), addresses.settled():
            return drawn.listing(self, token)

    @cached_property
    def shown(self) -> list[Column]:
        return [column for column in self.columns if column.shown]

    @cached_property
    def actions(self) -> tuple[Bulk, ...]:
        """What this reader may do with several rows at once; asked once for the page."""
        return tuple(self.bulk)

    @cached_property
    def rows(self) -> list[str]:
        """The rows of the table, each ready to be put on the page as it is."""
        return rows.drawn(self, self.page.rows)

    @cached_property
    def around(self) -> drawn.Around:
        """What stands around the rows and follows from the address alone."""
        columns = tuple([column.name for column in self.shown])
        asked = tuple(self._in_address), self.bare, bool(self.ranked)
        kind: Any = type(self)
        around = drawn.kept_by(kind, columns, formats.language(), *asked)
        if not around:
            around.append(drawn.around(self))
        return around[0]

    @property
    def headers(self) -> list[Header]:
        return [self._header(column) for column in self.shown]

    def _header(self, column: Column) -> Header:
        css = f"{column.css}{column.align}".strip()
        if not column.sort:
            return Header(column.label, css)
        current, backwards = self.order
        if current is not column or self.ranked:
            return Header(column.label, css, self.address(sort=column.name))
        down = column.order[0].startswith("-") != backwards
        other = column.name if backwards else f"-{column.name}"
        mark = icon("arrow-down" if down else "arrow-up", size=14)
        return Header(
            column.label, css, self.address(sort=other), "descending" if down else "ascending", mark
        )

    @property
    def sorts(self) -> list[tuple[str, Any, bool]]:
        """The choices of the sort box on a phone: value, words, whether it was asked for."""
        (current, backwards), is_asked = self.order, bool(self.asked.get("sort"))
        return [
            (f"-{column.name}" if column is current and backwards else column.name,
             column.label, is_asked and column is current)
            for column in self.shown if column.sort
        ]  # fmt: skip

    @property
    def choices(self) -> str:
        """The filters as they are drawn, kept by all that they are made of."""
        picked = tuple([(name, *values) for name, values in self.picked.items()])
        answers = tuple([tuple(self.answers(f)) for f in self.filters if not f.is_fixed])
        kept = drawn.kept_by(tuple(self.filters), self.name, formats.language(), picked, answers)
        if not kept:
            kept.append(drawn.choices(*self.panels))
        return str(kept[0])

    @cached_property
    def panels(self) -> tuple[list[str], list[str]]:
        """The filters as they are drawn: those in sight, and the rare ones nobody asked."""
        near: list[str] = []
        far: list[str] = []
        for filter_ in self.filters:
            side = far if filter_.rare and not self.in_force(filter_) else near
            side.append(self._panel(filter_))
        return near, far

    def _panel(self, filter_: Filter) -> str:
        answers = () if filter_.is_fixed else tuple(self.answers(filter_))
        panel = drawn.kept_by(
            filter_, self.name, formats.language(), filter_.of(self.picked), answers
        )
        if not panel:
            panel.append(drawn.choice(self.name, self._question(filter_)))
        return str(panel[0])

    def _question(self, filter_: Filter) -> Question:
        on = self.in_force(filter_)
        if filter_.widget == "days":
            words = (_("From"), pgettext("days", "To"))
            values = [
                (name, word, self.picked.get(name, [""])[0])
                for name, word in zip(filter_.names, words, strict=True)
            ]
            return Question(filter_.name, filter_.label, "days", "", values=values, picked=on)
        chosen = self.picked.get(filter_.name, [])
        if filter_.widget == "number":
            said = filter_.said(self.picked, self.answers) if on else ""
            asked = [(filter_.name, _("Number"), said)]
            return Question(filter_.name, filter_.label, "number", "", values=asked, picked=on)
        options = [(value, label, value in chosen) for value, label in self.answers(filter_)]
        kind = "checkbox" if filter_.many or isinstance(filter_, Flag) else "radio"
        return Question(filter_.name, filter_.label, "options", kind, options, picked=on)

    @cached_property
    def pills(self) -> list[Pill]:
        """The filters in force, each with the address that takes it away."""
        pills = []
        if self.words:
            pills.append(Pill(f"«{self.words}»", self.address(without=["q"])))
        for filter_ in self.filters:
            if self.in_force(filter_):
                words = filter_.said(self.picked, self.answers)
                words = f"{filter_.label}: {words}" if words else str(filter_.label)
                pills.append(Pill(words, self.address(without=filter_.names)))
        return pills

    @property
    def has_search(self) -> bool:
        return type(self).search is not Listing.search

    @cached_property
    def tabs(self) -> list[dict[str, Any]]:
        views = self.all_views()
        if not views and not self.kept_views:
            return []
        here = self.address(without=["sort"])
        here = "" if here == self.bare else here.partition("?")[2]
        if self.kept_views and not any(view.query == "" for view in views):
            views = [View(label=_("All")), *views]
        chosen = any(self.is_view(view) for view in self.kept_views)
        built_in = [
            {"label": view.label, "count": view.count,
             "current": not chosen and view.query == here,
             "url": f"{self.path}?{view.query}" if view.query else self.bare}
            for view in views
        ]  # fmt: skip
        return built_in + [
            {"label": said(view.label), "count": None, "current": self.is_view(view),
             "url": f"{self.path}?{view.query}"}
            for view in self.kept_views
        ]  # fmt: skip

    @property
    def files(self) -> list[tuple[str, str]]:
        return [(kind.upper(), self.address(file=kind)) for kind in files_out.KINDS]

    @property
    def span_words(self) -> str:
        """Say which rows of how many these are."""
        first, count = self.page.first, len(self.page.rows)
        if not count:
            return ""
        return _("%(first)s–%(last)s of %(total)s") % {
            "first": formats.number(first),
            "last": formats.number(first + count - 1),
            "total": self.total_words,
        }

    @cached_property
    def pages(self) -> list[PageLink]:
        return paging.links(self)

    @property
    def ways(self) -> SafeString:
        follows = paging.follows(self)
        if follows is None:
            return drawn.pages(self.span_words, self.pages)
        asked = tuple(self._in_address), self.bare
        ways = drawn.kept_by(paging.links, formats.language(), self.total_words, asked, follows)
        if not ways:
            ways.append(drawn.pages(self.span_words, self.pages))
        return ways[0]

    # What is answered --------------------------------------------------------------------

    def respond(self, template: str, part: str = "", **context: Any) -> HttpResponseBase:
        """Answer the page, for htmx only the list (or a named `part`), or the file asked for."""
        if pressed := saved.press(self):
            return pressed
        if kind := self.asked.get("file", ""):
            return self.file(kind)
        if self.default and not self.asked:
            return redirect(f"{self.path}?{self.default.query}")
        headers = self.request.headers
        in_part = "HX-Request" in headers and "HX-History-Restore-Request" not in headers
        if in_part:
            template = f"{template}#{part}" if part else self.template
        answer = page(self.request, template, listing=self, **context)
        if in_part:
            answer["HX-Push-Url"] = self.address(**self._place)
        patch_vary_headers(answer, ["HX-Request"])
        return answer

    @property
    def _place(self) -> dict[str, str]:
        names = ("page", "after", "before")
        return {name: str(self.asked[name]) for name in names if self.asked.get(name)}

    def file(self, kind: str) -> HttpResponseBase:
        """Answer all that is found, in the same order, as a file."""
        if kind not in files_out.KINDS:
            raise refuse()
        columns = [column for column in self.columns if column.taken]
        heads = [str(column.label) for column in columns]
        self.taken_out(kind)
        return files_out.answer(kind, self.name, heads, self._lines(columns))

    def _lines(self, columns: list[Column]) -> Iterator[list[Any]]:
        things = self.ordered.iterator(chunk_size=2000)
        while batch := [thing for _n, thing in zip(range(2000), things, strict=False)]:
            for thing in rows.prepared(self, batch):
                yield [column.read(thing) for column in columns]


def _turned(name: str, backwards: bool) -> str:
    bare = name.removeprefix("-")
    return bare if name.startswith("-") == backwards else f"-{bare}"
