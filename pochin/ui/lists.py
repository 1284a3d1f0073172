"""Lists: every table of the product is declared once as a `Listing` and behaves the same.

Search, filters, sort and page live in the address; an unknown parameter is refused with the
same words always; what is taken out as CSV, XLSX or JSON is what is seen.
"""

# ruff: noqa: ARG002 - hooks and their overrides take what their caller gives.

from __future__ import annotations

import datetime as dt
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from decimal import Decimal
from functools import cached_property, lru_cache
from typing import Any, ClassVar

from django.core import signing
from django.core.exceptions import BadRequest, FieldDoesNotExist, ValidationError
from django.db import models
from django.db.models import F, Q, QuerySet
from django.db.models.expressions import OrderBy
from django.http import HttpRequest, HttpResponse, QueryDict
from django.shortcuts import redirect
from django.utils import timezone
from django.utils.cache import patch_vary_headers
from django.utils.safestring import SafeString, mark_safe
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from pochin.core import tongue
from pochin.ui import addresses, drawn, files_out, formats, saved
from pochin.ui.drawn import Header, PageLink, Question
from pochin.ui.icons import icon
from pochin.ui.parts import escaped, said
from pochin.ui.quick import counted, quickly
from pochin.ui.shortcuts import page

PAGE = 50
LIMIT = 1000  # Lists count exactly up to here; page numbers end here too.
NUMBERED = LIMIT // PAGE
NOTHING = mark_safe(formats.DASH)

ALIGNED_RIGHT = frozenset({"number", "money", "percent"})
RESERVED = frozenset({"q", "sort", "page", "after", "before", "file", "all"})


class NotAList(BadRequest):
    """The address asks for something this list does not have; the words never vary."""


def _refuse() -> NotAList:
    return NotAList("unknown parameter")


def _path(name: str) -> Callable[[Any], Any]:
    steps = name.split("__")

    def read(thing: Any) -> Any:
        for step in steps:
            if thing is None:
                return None
            thing = getattr(thing, step)
        return thing

    return read


@dataclass(frozen=True, kw_only=True)
class Column:
    """One column of a list.

    Args:
        name: The attribute it shows, `__` for the way through relations, and its name in the
            address when sorted by.
        label: The word above it, lazily translated.
        value: How to read the raw value; by default the attribute `name`.
        cell: What stands on the page; by default the value in the language of the page.
        sort: The field to order by (``"-"`` in front where the first click shows the greatest
            first); empty: the column cannot be sorted by. Several fields as a tuple.
        kind: text, number, money, percent, day or moment.
        main: The column that names the row; it is the head of the card on a phone.
        shown: Stands on the page.
        taken: Is part of the file.
        css: Extra class of the cell, for example ``plot``.
    """

    name: str
    label: Any
    value: Callable[[Any], Any] | None = None
    cell: Callable[[Any], Any] | None = None
    sort: str | tuple[str, ...] = ""
    kind: str = "text"
    main: bool = False
    shown: bool = True
    taken: bool = True
    css: str = ""

    @cached_property
    def read(self) -> Callable[[Any], Any]:
        return self.value or _path(self.name)

    @property
    def order(self) -> tuple[str, ...]:
        return (self.sort,) if isinstance(self.sort, str) else self.sort

    @property
    def align(self) -> str:
        return " r" if self.kind in ALIGNED_RIGHT else ""

    def html(self, thing: Any, reader: Reader) -> SafeString:
        value = self.cell(thing) if self.cell else self.read(thing)
        if value is None or value == "":
            return NOTHING
        if isinstance(value, str):
            return escaped(value)
        if isinstance(value, _REMEMBERED):
            return _words(value, self.kind, *reader)
        return escaped(str(value))


# The reader's language, zone and year: what the words for a value depend on.
Reader = tuple[str, str, int]
_REMEMBERED = (bool, int, float, Decimal, dt.date, dt.datetime)


def _reader() -> Reader:
    return formats.language(), timezone.get_current_timezone_name(), formats.this_year()


@lru_cache(maxsize=16384, typed=True)
def _words(value: Any, kind: str, *_reader: Any) -> SafeString:
    """Write a raw value in the language of the page; lists repeat their values, so remember."""
    return escaped(_written(value, kind))


def _written(value: Any, kind: str) -> str:
    if isinstance(value, bool):
        return _("Yes") if value else _("No")
    if isinstance(value, dt.datetime):
        return formats.short_moment(value)
    if isinstance(value, dt.date):
        return formats.day(value, short=True)
    if kind == "money":
        return formats.money(value)
    return formats.percent(value) if kind == "percent" else formats.number(value)


Choices = Iterable[tuple[Any, Any]]


@dataclass(frozen=True, kw_only=True)
class Filter:
    """A question a list may be asked: pick one or several of the named answers.

    Args:
        name: Its name in the address.
        label: The word on its pill.
        choices: Pairs of value and label, or a function of the reader that answers them.
            Labels of dynamic choices must come from what the reader may see.
        field: The field that must hold one of the picked values.
        apply: Instead of `field`: takes the queryset and the list of picked values.
        many: Several answers may be picked.
    """

    name: str
    label: Any
    choices: Choices | Callable[[Any], Choices] = ()
    field: str = ""
    apply: Callable[[QuerySet, list[str]], QuerySet] | None = None
    many: bool = True
    widget: ClassVar[str] = "options"

    @property
    def names(self) -> tuple[str, ...]:
        return (self.name,)

    def pairs(self, user: Any) -> list[tuple[str, Any]]:
        found = self.choices(user) if callable(self.choices) else self.choices
        return [(str(value), label) for value, label in found if str(value)]

    def read(self, asked: QueryDict, user: Any) -> dict[str, list[str]]:
        """Take the picked values from the address; refuse one that is not among the answers."""
        picked = [value for value in asked.getlist(self.name) if value]
        if not picked:
            return {}
        if not set(picked) <= {value for value, _label in self.pairs(user)}:
            raise _refuse()
        if not self.many and len(picked) > 1:
            raise _refuse()
        return {self.name: picked}

    def narrow(self, things: QuerySet, picked: dict[str, list[str]]) -> QuerySet:
        values = picked[self.name]
        if self.apply:
            return self.apply(things, values)
        return things.filter(**{f"{self.field or self.name}__in": values})

    def said(self, picked: dict[str, list[str]], user: Any) -> str:
        labels = dict(self.pairs(user))
        return ", ".join(str(labels[value]) for value in picked[self.name])


@dataclass(frozen=True, kw_only=True)
class Flag(Filter):
    """A filter with one answer: yes. `apply` takes the queryset alone in its list of values."""

    many: bool = False

    def pairs(self, user: Any) -> list[tuple[str, Any]]:
        return [("yes", self.label)]

    def said(self, picked: dict[str, list[str]], user: Any) -> str:
        return ""


@dataclass(frozen=True, kw_only=True)
class Days(Filter):
    """A filter by a day: from and to, both included; in the address `<name>_from`, `<name>_to`."""

    widget: ClassVar[str] = "days"

    @property
    def names(self) -> tuple[str, ...]:
        return (f"{self.name}_from", f"{self.name}_to")

    def pairs(self, user: Any) -> list[tuple[str, Any]]:
        return []

    def read(self, asked: QueryDict, user: Any) -> dict[str, list[str]]:
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
            if last and last < dt.date.max:
                things = things.filter(**{f"{moment}__lt": midnight(last + dt.timedelta(days=1))})
            return things
        if first:
            things = things.filter(**{f"{on}__gte": first})
        return things.filter(**{f"{on}__lte": last}) if last else things

    def said(self, picked: dict[str, list[str]], user: Any) -> str:
        first, last = (
            formats.day(dt.date.fromisoformat(picked[name][0])) if name in picked else ""
            for name in self.names
        )
        if first and last:
            return f"{first}–{last}"
        if first:
            return _("from %(day)s") % {"day": first}
        return _("to %(day)s") % {"day": last}


def midnight(day: dt.date) -> dt.datetime:
    """The moment at which a day begins for the reader."""
    return timezone.make_aware(dt.datetime.combine(day, dt.time.min))


def _day(text: str) -> dt.date:
    for pattern in ("%Y-%m-%d", "%d.%m.%Y"):
        try:
            return dt.datetime.strptime(text.strip(), pattern).date()
        except ValueError:
            continue
    raise _refuse()


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


@dataclass(frozen=True, slots=True)
class Pill:
    """A filter in force, and the address without it."""

    words: str
    href: str


class Listing:
    """A list with search, filters, sort, pages and files. Declare one by a subclass.

    The queryset comes narrowed to what the reader may see, with `select_related` given; the
    listing never reads another one.
    """

    name: ClassVar[str] = "list"
    columns: ClassVar[Sequence[Column]] = ()
    filters: ClassVar[Sequence[Filter]] = ()
    views: ClassVar[Sequence[View]] = ()
    bulk: ClassVar[Sequence[Bulk]] = ()
    sort: ClassVar[str] = ""
    # The fields that cells and files read; empty: all. A list that names them reads no others.
    reads: ClassVar[Sequence[str]] = ()
    page_size: ClassVar[int] = PAGE
    search_label: ClassVar[Any] = gettext_lazy("Find in this list")
    empty_title: ClassVar[Any] = gettext_lazy("Nothing here yet")
    empty_text: ClassVar[Any] = ""
    also: ClassVar[Sequence[str]] = ()  # other parameters of the page it stands on
    template: ClassVar[str] = "ui/listing.html"

    def __init__(self, request: HttpRequest, things: QuerySet, *, path: str = "") -> None:
        self.request = request
        self.user = getattr(request, "user", None)
        self.visible = things
        self.path = path or request.path
        self.asked = self._check(request.GET)
        self.words = self.asked.get("q", "").strip()[:200]
        self.picked = self._pick()
        self.order = self._order()

    # What a room may change --------------------------------------------------------------

    def search(self, things: QuerySet, words: str) -> QuerySet | None:
        """Narrow to what matches the words; None says that this list has no search box."""
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

    def all_views(self) -> list[View]:
        """Answer the tabs over the list; the views a person keeps follow them."""
        return list(self.views)

    def taken_out(self, kind: str) -> None:
        """Note that a file was taken, where that is to be remembered."""

    # What the address asks ---------------------------------------------------------------

    def _check(self, asked: QueryDict) -> QueryDict:
        known = RESERVED.union(self.also, *(filter_.names for filter_ in self.filters))
        for name, values in asked.lists():
            if name not in known or (name in RESERVED and len(values) > 1):
                raise _refuse()
            if any("\x00" in value for value in values):
                raise _refuse()
        return asked

    def _pick(self) -> dict[str, list[str]]:
        picked: dict[str, list[str]] = {}
        for filter_ in self.filters:
            picked |= filter_.read(self.asked, self.user)
        return picked

    def _order(self) -> tuple[Column | None, bool]:
        asked = self.asked.get("sort", "") or self.sort
        name = asked.removeprefix("-")
        column = next((c for c in self.columns if c.name == name and c.sort), None)
        if asked and column is None:
            raise _refuse()
        return column, asked.startswith("-")

    def _in_force(self, filter_: Filter) -> bool:
        return any(name in self.picked for name in filter_.names)

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

    @property
    def bare(self) -> str:
        """The address of the whole list; it says so where the list opens with a view."""
        query = QueryDict(mutable=True)
        query.update(dict(self.kept))
        if self.default:
            query["all"] = "yes"
        return f"{self.path}?{query.urlencode()}" if query else self.path

    @cached_property
    def here(self) -> str:
        """The address of what is found now, from its first page."""
        return self.address()

    @property
    def query(self) -> str:
        """What is asked now, as a view keeps it; empty where it is the whole list."""
        return self.here.partition("?")[2] if self.here != self.bare else ""

    @property
    def keeping(self) -> SafeString:
        """The panel that keeps what is asked now under a name, or deletes the view it is."""
        if not getattr(self.user, "is_authenticated", False) or not self.query:
            return SafeString("")
        return drawn.keeping(self.name, next((v for v in self.kept_views if self._is(v)), None))

    def _is(self, view: saved.Kept) -> bool:
        return view.query == self.query

    def address(self, *, without: Iterable[str] = (), **changed: Any) -> str:
        """Answer the address of this list with something changed; pages start anew."""
        query = QueryDict(mutable=True)
        left_out = {*without, "page", "after", "before", "file", *changed}
        for name, value in self.kept:
            query[name] = value
        if self.words and "q" not in left_out:
            query["q"] = self.words
        for name, values in self.picked.items():
            if name not in left_out:
                query.setlist(name, values)
        if self.asked.get("sort") and "sort" not in left_out:
            query["sort"] = self.asked["sort"]
        for name, value in changed.items():
            if value not in ("", None):
                query[name] = str(value)
        if len(query) > len(self.kept):
            return f"{self.path}?{query.urlencode()}"
        return self.bare

    @property
    def kept(self) -> list[tuple[str, str]]:
        """The page's own parameters, which every address of the list carries on."""
        return [(name, self.asked[name]) for name in self.also if self.asked.get(name)]

    # What is found -----------------------------------------------------------------------

    @cached_property
    def found(self) -> QuerySet:
        """The visible things that match search and filters, unordered."""
        things = self.visible
        for filter_ in self.filters:
            if self._in_force(filter_):
                things = filter_.narrow(things, self.picked)
        if self.words:
            found = self.search(things, self.words)
            if found is None:
                raise _refuse()
            things = found
        return things

    @cached_property
    def _keys(self) -> list[_Key]:
        column, backwards = self.order
        if column is None:
            return _keys_of(self.found, ["-pk"])
        names = [_turned(name, backwards) for name in column.order]
        names.append("-pk" if names[0].startswith("-") else "pk")
        return _keys_of(self.found, names)

    @property
    def ranked(self) -> bool:
        """Whether the search has put the best match first and nobody asked for another order."""
        return bool(self.words and not self.asked.get("sort") and self.found.query.order_by)

    @cached_property
    def _hits(self) -> list[Any]:
        """The keys of all that a search found, the best first: asked once, counted and cut here."""
        return list(self.found.values_list("pk", flat=True)[: LIMIT + 1])

    @cached_property
    def ordered(self) -> QuerySet:
        if self.ranked:
            return self._narrow(self.found)
        return self._narrow(self.found.order_by(*(key.clause() for key in self._keys)))

    def _narrow(self, things: QuerySet) -> QuerySet:
        """Read only what is shown: most of a wide row is never looked at."""
        if not self.reads:
            return things
        annotated = things.query.annotations
        order = [key.name for key in self._keys if key.name not in annotated]
        return things.only(*self.reads, *order)

    @cached_property
    def _page(self) -> _Page:
        return _fetch(self)

    @property
    def things(self) -> list[Any]:
        return self._page.things

    @cached_property
    def total(self) -> int:
        """How many there are: exactly up to 1,000; 1,001 stands for more."""
        if self.ranked:
            return len(self._hits)
        if self._page.number == 1 and not self._page.has_next:
            return len(self._page.things)
        return counted(self.found, LIMIT + 1)

    @property
    def total_words(self) -> str:
        if self.total > LIMIT:
            return _("more than %(n)s") % {"n": formats.number(LIMIT)}
        return formats.number(self.total)

    # What the page draws -----------------------------------------------------------------

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
        frames = [(column, *_frame(column)) for column in self.shown]
        reader, tick = _reader(), self._tick()
        things = self.prepare(self.things)
        with tongue.settled(), addresses.settled():
            return [self._row(thing, frames, reader, tick) for thing in things]

    @cached_property
    def body(self) -> SafeString:
        """All rows at once."""
        return SafeString("".join(self.rows))

    def _row(self, thing: Any, frames: list[Frame], reader: Reader, tick: Tick) -> str:
        parts = ["<tr>"]
        if tick:
            parts.append(escaped(self.key(thing)).join(tick))
        for column, opening, empty in frames:
            html = column.html(thing, reader)
            if column.main:
                if "<a" not in html and (href := self.href(thing)):
                    html = f'<a href="{escaped(href)}">{html}</a>'
                parts.append(f"{opening}{html}</th>")
            else:
                parts.append(f"{empty if html is NOTHING else opening}{html}</td>")
        parts.append("</tr>")
        return "".join(parts)

    def _tick(self) -> Tick:
        """The cell before a row that may be picked, cut where the row's key stands."""
        if not self.actions:
            return ()
        before, _key, after = escaped(_("Pick %(name)s")).partition("%(name)s")
        start = '<td class="pick"><input type="checkbox" name="pick" value="'
        return start, f'" aria-label="{before}', f'{after}"></td>'

    @cached_property
    def headers(self) -> list[Header]:
        return [self._header(column) for column in self.shown]

    def _header(self, column: Column) -> Header:
        css = f"{column.css}{column.align}".strip()
        if not column.sort:
            return Header(column.label, css)
        current, backwards = self.order
        if current is not column:
            return Header(column.label, css, self.address(sort=column.name))
        down = column.order[0].startswith("-") != backwards
        other = column.name if backwards else f"-{column.name}"
        mark = icon("arrow-down" if down else "arrow-up", size=14)
        return Header(
            column.label, css, self.address(sort=other), "descending" if down else "ascending", mark
        )

    @cached_property
    def sorts(self) -> list[tuple[str, Any, bool]]:
        """The choices of the sort box on a phone: value, words, whether it was asked for."""
        (current, backwards), is_asked = self.order, bool(self.asked.get("sort"))
        return [
            (f"-{column.name}" if column is current and backwards else column.name,
             column.label, is_asked and column is current)
            for column in self.shown if column.sort
        ]  # fmt: skip

    @property
    def heads(self) -> SafeString:
        return drawn.heads(self.headers)

    @property
    def orders(self) -> SafeString:
        return drawn.orders(self.sorts)

    @property
    def choices(self) -> SafeString:
        return drawn.choices(self.name, self.questions)

    @property
    def ways(self) -> SafeString:
        return drawn.pages(self.span_words, self.pages)

    @cached_property
    def questions(self) -> list[Question]:
        return [self._question(filter_) for filter_ in self.filters]

    def _question(self, filter_: Filter) -> Question:
        on = self._in_force(filter_)
        if filter_.widget == "days":
            words = (_("From"), _("To"))
            values = [
                (name, word, self.picked.get(name, [""])[0])
                for name, word in zip(filter_.names, words, strict=True)
            ]
            return Question(filter_.name, filter_.label, "days", "", values=values, picked=on)
        chosen = self.picked.get(filter_.name, [])
        options = [(value, label, value in chosen) for value, label in filter_.pairs(self.user)]
        kind = "checkbox" if filter_.many or isinstance(filter_, Flag) else "radio"
        return Question(filter_.name, filter_.label, "options", kind, options, picked=on)

    @cached_property
    def pills(self) -> list[Pill]:
        """The filters in force, each with the address that takes it away."""
        pills = []
        if self.words:
            pills.append(Pill(f"«{self.words}»", self.address(without=["q"])))
        for filter_ in self.filters:
            if self._in_force(filter_):
                said = filter_.said(self.picked, self.user)
                words = f"{filter_.label}: {said}" if said else str(filter_.label)
                pills.append(Pill(words, self.address(without=filter_.names)))
        return pills

    @property
    def has_search(self) -> bool:
        return type(self).search is not Listing.search

    @cached_property
    def tabs(self) -> list[dict[str, Any]]:
        views, here = self.all_views(), self.address(without=["sort"])
        here = "" if here == self.bare else here.partition("?")[2]
        if self.kept_views and not any(view.query == "" for view in views):
            views = [View(label=_("All")), *views]
        chosen = any(self._is(view) for view in self.kept_views)
        built_in = [
            {"label": view.label, "count": view.count,
             "current": not chosen and view.query == here,
             "url": f"{self.path}?{view.query}" if view.query else self.bare}
            for view in views
        ]  # fmt: skip
        return built_in + [
            {"label": said(view.label), "count": None, "current": self._is(view),
             "url": f"{self.path}?{view.query}"}
            for view in self.kept_views
        ]  # fmt: skip

    @cached_property
    def files(self) -> list[tuple[str, str]]:
        return [(kind.upper(), self.address(file=kind)) for kind in files_out.KINDS]

    @property
    def span_words(self) -> str:
        """Say which rows of how many these are."""
        first, count = self._page.first, len(self.things)
        if not count:
            return ""
        return _("%(first)s–%(last)s of %(total)s") % {
            "first": formats.number(first),
            "last": formats.number(first + count - 1),
            "total": self.total_words,
        }

    @cached_property
    def pages(self) -> list[PageLink]:
        return _page_links(self)

    # What is answered --------------------------------------------------------------------

    def respond(self, template: str, part: str = "", **context: Any) -> HttpResponse:
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
        return {name: self.asked[name] for name in names if self.asked.get(name)}

    def file(self, kind: str) -> HttpResponse:
        """Answer all that is found, in the same order, as a file."""
        if kind not in files_out.KINDS:
            raise _refuse()
        columns = [column for column in self.columns if column.taken]
        heads = [str(column.label) for column in columns]
        self.taken_out(kind)
        return files_out.answer(kind, self.name, heads, self._lines(columns))

    def _lines(self, columns: list[Column]) -> Iterator[list[Any]]:
        things = self.ordered.iterator(chunk_size=2000)
        while batch := [thing for _n, thing in zip(range(2000), things, strict=False)]:
            for thing in self.prepare(batch):
                yield [column.read(thing) for column in columns]


# The cell before a row, cut in three by the row's key; empty where nothing is picked.
Tick = tuple[str, ...]
# A column, the start of its cell, and the start of its cell when there is nothing in it.
Frame = tuple[Column, str, str]


def _frame(column: Column) -> tuple[str, str]:
    css = f"{column.css}{column.align}".strip()
    if column.kind in ("day", "moment"):
        css = f"{css} nw".strip()
    classes = f' class="{css}"' if css else ""
    if column.main:
        return f'<th scope="row"{classes}>', ""
    label = f' data-label="{escaped(str(column.label))}"'
    return f"<td{label}{classes}>", f'<td{label} class="none {css}">'


def _turned(name: str, backwards: bool) -> str:
    bare = name.removeprefix("-")
    return bare if name.startswith("-") == backwards else f"-{bare}"


# Pages: numbered while rows can be counted, then from row to row, so that page 3,000 costs
# what page 1 costs.


@dataclass(frozen=True, slots=True)
class _Key:
    """One field of the order: its name, its direction, and whether it may be empty."""

    name: str
    down: bool
    empty: bool
    field: models.Field

    def clause(self) -> str | OrderBy:
        if not self.empty:
            # Bare names, so that the index is used as it is.
            return f"-{self.name}" if self.down else self.name
        ordered = F(self.name)
        return ordered.desc(nulls_last=True) if self.down else ordered.asc(nulls_last=True)

    def beyond(self, value: Any, ahead: bool) -> Q:
        """Select rows further along this key than `value`; empty values come last."""
        if value is None:
            return Q(pk__in=[]) if ahead else Q(**{f"{self.name}__isnull": False})
        lookup = "lt" if self.down == ahead else "gt"
        further = Q(**{f"{self.name}__{lookup}": value})
        if self.empty and ahead:
            further |= Q(**{f"{self.name}__isnull": True})
        return further

    def equal(self, value: Any) -> Q:
        return Q(**{f"{self.name}__isnull": True}) if value is None else Q(**{self.name: value})

    def turned(self) -> str | OrderBy:
        """The same order read from its end."""
        if not self.empty:
            return self.name if self.down else f"-{self.name}"
        ordered = F(self.name)
        return ordered.asc(nulls_first=True) if self.down else ordered.desc(nulls_first=True)


def _keys_of(things: QuerySet, names: Iterable[str]) -> list[_Key]:
    keys = []
    for name in names:
        bare = name.removeprefix("-")
        field_, empty = _field_of(things, bare)
        keys.append(_Key(bare, name.startswith("-"), empty, field_))
    return keys


def _field_of(things: QuerySet, name: str) -> tuple[models.Field, bool]:
    annotation = things.query.annotations.get(name)
    if annotation is not None:
        return annotation.output_field, True
    options, empty, found = things.model._meta, False, None
    for step in name.split("__"):
        found = options.pk if step == "pk" else options.get_field(step)
        empty = empty or bool(getattr(found, "null", False))
        if found.is_relation and found.related_model:
            options = found.related_model._meta
    if found is None:
        raise FieldDoesNotExist(name)
    return found, empty


@dataclass(frozen=True, slots=True)
class _Page:
    things: list[Any]
    first: int
    number: int  # 0 beyond the numbered pages
    has_next: bool
    has_before: bool = False


def _fetch(listing: Listing) -> _Page:
    after, before = listing.asked.get("after", ""), listing.asked.get("before", "")
    if after:
        return _fetch_after(listing, *_opened(listing, after))
    if before:
        return _fetch_before(listing, *_opened(listing, before))
    number = _page_number(listing.asked.get("page", "") or "1")
    start, size = (number - 1) * listing.page_size, listing.page_size
    if listing.ranked:
        things = _ranked(listing, listing._hits[start : start + size + 1])
    else:
        things = list(quickly(listing.ordered)[start : start + size + 1])
    return _Page(things[:size], start + 1, number, len(things) > size, number > 1)


def _ranked(listing: Listing, keys: list[Any]) -> list[Any]:
    if not keys:
        return []
    things = quickly(listing._narrow(listing.visible.filter(pk__in=keys).order_by()))
    found = {thing.pk: thing for thing in things}
    return [found[key] for key in keys if key in found]


def _page_number(text: str) -> int:
    if not text.isascii() or not text.isdigit() or not 1 <= int(text[:6]) <= NUMBERED:
        raise _refuse()
    return int(text)


def _fetch_after(listing: Listing, values: list[Any], place: int) -> _Page:
    size, first = listing.page_size, listing._keys[0]
    if first.empty and values[0] is not None:
        # First what has a value, by the index; what has none is read only where they end.
        things = _filled_after(listing, values)
        if len(things) <= size:
            empty = listing.ordered.filter(**{f"{first.name}__isnull": True})
            things += quickly(empty)[: size + 1 - len(things)]
    else:
        beyond = _beyond(listing._keys, values, ahead=True)
        things = list(quickly(listing.ordered.filter(beyond))[: size + 1])
    return _Page(things[:size], place + 1, 0, len(things) > size, True)


def _filled_after(listing: Listing, values: list[Any]) -> list[Any]:
    keys = [replace(listing._keys[0], empty=False), *listing._keys[1:]]
    things = listing.found.filter(_beyond(keys, values, ahead=True))
    ordered = listing._narrow(things.order_by(*(key.clause() for key in keys)))
    return list(quickly(ordered)[: listing.page_size + 1])


def _fetch_before(listing: Listing, values: list[Any], place: int) -> _Page:
    size = listing.page_size
    behind = listing._narrow(listing.found).filter(_beyond(listing._keys, values, ahead=False))
    turned = behind.order_by(*(key.turned() for key in listing._keys))
    things = list(quickly(turned)[: size + 1])
    rows = list(reversed(things[:size]))
    return _Page(rows, max(1, place - len(rows)), 0, True, len(things) > size)


def _beyond(keys: list[_Key], values: list[Any], *, ahead: bool) -> Q:
    further, same = Q(pk__in=[]), Q()
    for key, value in zip(keys, values, strict=True):
        further |= same & key.beyond(value, ahead)
        same &= key.equal(value)
    if values[0] is None or (keys[0].empty and ahead):
        return further
    # Says nothing new, but lets the database start reading the index at this row.
    edge = "lte" if keys[0].down == ahead else "gte"
    return Q(**{f"{keys[0].name}__{edge}": values[0]}) & further


def _mark_of(listing: Listing, thing: Any, place: int) -> str:
    values = [_plain(_path(key.name)(thing)) for key in listing._keys]
    return signing.dumps([place, *values], salt=_salt(listing), compress=True)


def _salt(listing: Listing) -> str:
    column, backwards = listing.order
    return (
        f"pochin.ui.lists:{listing.name}:{'-' if backwards else ''}{column.name if column else ''}"
    )


def _plain(value: Any) -> Any:
    return value if isinstance(value, str | int | None) else str(value)


def _opened(listing: Listing, text: str) -> tuple[list[Any], int]:
    try:
        place, *values = signing.loads(text, salt=_salt(listing))
        read = [
            None if value is None else key.field.to_python(value)
            for key, value in zip(listing._keys, values, strict=True)
        ]
    except (signing.BadSignature, ValueError, ValidationError) as error:
        raise _refuse() from error
    return read, int(place)


def _page_links(listing: Listing) -> list[PageLink]:
    here = listing._page
    if here.number == 0:
        return _row_links(listing, here)
    if here.number == 1 and not here.has_next:
        return []
    last = min(-(-min(listing.total, LIMIT) // listing.page_size), NUMBERED)
    links = [_numbered(listing, n, here.number) for n in _around(here.number, last)]
    if here.number > 1:
        href = listing.address(page=here.number - 1 if here.number > 2 else "")
        links.insert(0, PageLink(_("Back"), href, walk="prev"))
    if here.has_next and here.number < last:
        links.append(PageLink(_("Next"), listing.address(page=here.number + 1), walk="next"))
    elif here.has_next and not listing.ranked:
        links.append(PageLink(_("Next"), _after(listing, here), walk="next"))
    return links


def _row_links(listing: Listing, here: _Page) -> list[PageLink]:
    links = [PageLink(_("To the first page"), listing.address())]
    if here.has_before and here.things:
        mark = _mark_of(listing, here.things[0], here.first)
        links.append(PageLink(_("Back"), listing.address(before=mark), walk="prev"))
    if here.has_next and here.things:
        links.append(PageLink(_("Next"), _after(listing, here), walk="next"))
    return links


def _after(listing: Listing, here: _Page) -> str:
    mark = _mark_of(listing, here.things[-1], here.first + len(here.things) - 1)
    return listing.address(after=mark)


def _around(number: int, last: int) -> list[int]:
    """Choose the page numbers to show; 0 stands for a gap.

    >>> _around(6, 20)
    [1, 0, 5, 6, 7, 0, 20]
    """
    near = sorted({1, last, *(n for n in range(number - 1, number + 2) if 1 <= n <= last)})
    shown: list[int] = []
    for n in near:
        if shown and n - shown[-1] > 1:
            shown.append(0)
        shown.append(n)
    return shown


def _numbered(listing: Listing, n: int, current: int) -> PageLink:
    if not n:
        return PageLink("…")
    if n == current:
        return PageLink(formats.number(n), current=True)
    aria = _("Page %(n)d") % {"n": n}
    return PageLink(formats.number(n), listing.address(page=n if n > 1 else ""), aria=aria)
