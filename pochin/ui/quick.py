"""Rows of a list, made of what the database answers without the long way of the framework."""

from __future__ import annotations

from collections.abc import Callable, Hashable, Iterator, Sequence
from datetime import UTC, datetime
from functools import lru_cache
from operator import itemgetter
from typing import Any

from django.core.exceptions import EmptyResultSet
from django.db import connections
from django.db.models import DateTimeField, JSONField, Model, QuerySet, TextField
from django.db.models.base import ModelState
from django.db.models.query import ModelIterable
from django.db.models.sql.compiler import SQLCompiler

from pochin.ui.written import as_it_is, question

# What is asked of things: another queryset made of theirs, and of nothing else.
Put = Callable[[QuerySet], QuerySet]


class Rows(ModelIterable):
    """The same things `ModelIterable` makes; most of the time of a list went into their making.

    The question is written once for all who ask it again, the signals of a new thing are not sent
    (nobody here listens to them), and a related thing that stands in several rows is made once.
    """

    def __iter__(self) -> Iterator[Any]:
        return iter(_answered(self.queryset))


def _answered(things: QuerySet, put: Put = as_it_is) -> list[Any]:
    rows, layout = _fetched(things, put)
    return layout.things(rows, things.db, connections[things.db]) if rows else []


def _fetched(things: QuerySet, put: Put) -> tuple[list[Any], Any]:
    """The rows of the answer, and how things stand in them."""
    try:
        sql, given, layout = question(things, _layout, put)
    except EmptyResultSet:
        return [], None
    with connections[things.db].cursor() as cursor:
        cursor.execute(sql, given)
        return cursor.fetchall(), layout


class Row:
    """What the database answered of one thing; the thing is made when it is looked at.

    Attributes:
        said: The values as they were answered; None where the framework made the thing.
    """

    __slots__ = ("_layout", "_make", "_thing", "said")

    def __init__(self, said: Any, layout: Any, make: Any, thing: Any = None) -> None:
        self.said, self._layout, self._make, self._thing = said, layout, make, thing

    @classmethod
    def of(cls, thing: Any) -> Row:
        """A row of a thing that is there already."""
        return cls(None, None, None, thing)

    @property
    def thing(self) -> Any:
        if self._thing is None:
            self._thing = self._make(self.said)
        return self._thing

    @property
    def pk(self) -> Any:
        """The key of the thing, as the database holds it."""
        return self._thing.pk if self.said is None else self.said[self._layout.own.key]

    def values(self, names: tuple[str, ...]) -> tuple[Any, ...]:
        """What was answered of two or more of the thing's own fields, whose names are as in a row;
        moments are told by `in_utc`."""
        if self.said is None:
            return tuple([getattr(self._thing, name) for name in names])
        return self._layout.taking(names)(self.said)

    @property
    def words(self) -> Hashable:
        """The same for rows that say the same of a thing; None where that cannot be told."""
        return None if self.said is None else (self._layout.columns, self.said)


class Maker:
    """What makes the things of the rows of one answer. Where all rows were drawn before, nobody
    asks for their things, and nothing is prepared for making them."""

    __slots__ = ("_db", "_layout", "_make")

    def __init__(self, layout: Layout, db: str) -> None:
        self._layout, self._db = layout, db
        self._make: Callable[[Any], Any] | None = None

    def __call__(self, row: Any) -> Any:
        if self._make is None:
            self._make = self._layout.maker(self._db, connections[self._db])
        return self._make(row)


class Layout:
    """How the things of a question stand in the rows of its answer."""

    def __init__(self, compiler: SQLCompiler) -> None:
        info, select = compiler.klass_info, compiler.select
        self.own = _Place(info, select)
        self.annotated = list((compiler.annotation_col_map or {}).items())
        # One text, because the rows of a list are told apart by it.
        self.columns = " ".join((*self.own.columns, *(name for name, _place in self.annotated)))
        self.moments: list[int] = []
        self.converters = []
        self._taking: dict[tuple[str, ...], Callable[[Any], tuple[Any, ...]]] = {}
        found = compiler.get_converters([chosen[0] for chosen in select])
        for place, (converters, expression) in found.items():
            field = expression.output_field
            if compiler.connection.vendor == "sqlite" and type(field) is DateTimeField:
                self.moments.append(place)
            else:
                self.converters.append((place, converters, expression))

    def things(self, rows: list[Any], db: str, connection: Any) -> list[Any]:
        return list(map(self.maker(db, connection), rows))

    def taking(self, names: tuple[str, ...]) -> Callable[[Any], tuple[Any, ...]]:
        """What takes these fields of the thing itself out of a row."""
        found = self._taking.get(names)
        if found is None:
            places = [self.own.first + self.own.names.index(name) for name in names]
            found = self._taking[names] = itemgetter(*places)
        return found

    def maker(self, db: str, connection: Any) -> Callable[[Any], Any]:
        """What makes the thing of a row."""
        make_own, annotated = self.own.maker(db), self.annotated
        is_plain = not self.moments and not self.converters

        def make(row: Any) -> Any:
            if not is_plain:
                row = self._converted(row, connection)
            thing = make_own(row)
            for name, place in annotated:
                setattr(thing, name, row[place])
            return thing

        return make

    def _converted(self, row: Any, connection: Any) -> list[Any]:
        """As the framework converts what the database answers, moments of SQLite by a short way."""
        row = list(row)
        for place in self.moments:
            moment = row[place]
            if moment is not None:
                row[place] = _of_utc(moment)
        for place, converters, expression in self.converters:
            for converter in converters:
                row[place] = converter(row[place], expression, connection)
        return row


class _Place:
    """Where one thing stands in a row, and where those it points at."""

    def __init__(self, info: Any, select: Any) -> None:
        if info.get("from_parent"):
            raise TypeError("Things of inherited tables are made by the framework.")
        fields = info["select_fields"]
        self.first, self.last = fields[0], fields[-1] + 1
        self.model = info["model"]
        self.names = [chosen[0].target.attname for chosen in select[self.first : self.last]]
        self.key = self.first + self.names.index(self.model._meta.pk.attname)
        self.related = [
            (_Place(further, select), *_ways(further))
            for further in info.get("related_klass_infos", [])
        ]
        self.columns = [self.model._meta.label, *self.names]
        for place, name, _tell in self.related:
            self.columns += [name, *place.columns]

    def maker(self, db: str, *, once: bool = False) -> Callable[[Any], Any]:
        """What makes the thing of a row; with `once` a thing of several rows is made once."""
        model, names, key = self.model, self.names, self.key
        own = slice(self.first, self.last)
        related = [(place.maker(db, once=True), name, tell) for place, name, tell in self.related]
        new, new_state = model.__new__, ModelState.__new__
        made: dict[Any, Any] = {}

        def make(row: Any) -> Any:
            thing, state = new(model), new_state(ModelState)
            others: dict[str, Any] = {}
            thing.__dict__ = said = dict(zip(names, row[own], strict=True))
            said["_state"] = state
            state.__dict__ = {"adding": False, "db": db, "fields_cache": others}
            for make_other, name, tell in related:
                other = others[name] = make_other(row)
                if tell and other is not None:
                    tell(other, thing)
            return thing

        def make_once(row: Any) -> Any:
            number = row[key]
            if number is None:
                return None
            thing = made.get(number)
            if thing is None:
                thing = made[number] = make(row)
            return thing

        return make_once if once else make


def _ways(info: Any) -> tuple[str, Callable[[Any, Any], None] | None]:
    """Under what name a thing keeps the other, and how the other is told of it, if it is."""
    field = info["local_setter"].__self__
    told_too = info["reverse"] or field.unique
    return field.cache_name, info["remote_setter"] if told_too else None


def _layout(compiler: SQLCompiler) -> Layout:
    return Layout(compiler)


def asked(things: QuerySet, put: Put) -> list[Any]:
    """The things that `put` asks of these, without going through it where the text is known.

    Args:
        put: Equal to another only if both ask the same.
    """
    return _answered(things, put) if _is_plain(things) else list(put(things))


def rows_asked(things: QuerySet, put: Put) -> list[Row]:
    """The same as rows, whose things need not be made where it is known what becomes of them."""
    if _is_plain(things):
        rows, layout = _fetched(things, put)
        make = Maker(layout, things.db)
        return [Row(row, layout, make) for row in rows]
    return list(map(Row.of, put(things)))


def _is_plain(things: Any) -> bool:
    return things._iterable_class in (ModelIterable, Rows) and not (
        things._known_related_objects or things._prefetch_related_lookups
    )


def _is_alone(things: Any) -> bool:
    return things._iterable_class is ModelIterable and not things._known_related_objects


def quickly(things: QuerySet) -> QuerySet:
    """The same queryset, its things made the short way where nothing speaks against it."""
    if not _is_alone(things):
        return things
    quick = things.all()
    quick._iterable_class = Rows
    return quick


def lightly(things: QuerySet) -> QuerySet:
    """The same queryset for who only names its things: texts and JSON stay in the database.

    Of the model's own, those in its `shown_by` are read; of others, what `shown_with` says.
    """
    related, named = _said(things.model, "shown_with"), _said(things.model, "shown_by")
    heavy = [
        f"{way}{field.attname}"
        for way, model in _reached(things.model, related)
        for field in model._meta.concrete_fields
        if isinstance(field, TextField | JSONField) and (way or field.name not in named)
    ]
    light = things.defer(*heavy)
    return quickly(light.select_related(*related) if related else light)


def _said(model: type[Model], name: str) -> tuple[str, ...]:
    return getattr(model, name, ())


def _reached(model: type[Model], related: Sequence[str]) -> Iterator[tuple[str, type[Model]]]:
    yield "", model
    ways = dict.fromkeys(
        "__".join(steps[:n])
        for steps in (way.split("__") for way in related)
        for n in range(1, len(steps) + 1)
    )
    for way in ways:
        reached: Any = model
        for step in way.split("__"):
            reached = reached._meta.get_field(step).related_model
        yield f"{way}__", reached


def told(things: QuerySet, put: Put = as_it_is) -> list[tuple[Any, ...]]:
    """What `values_list` asks for, of fields that need no conversion: keys, numbers and texts.

    Moments are told by `in_utc`.

    Args:
        put: Asks it of the things; equal to another only if both ask the same.
    """
    try:
        query, given, _notes = question(things, put=put)
    except EmptyResultSet:
        return []
    with connections[things.db].cursor() as cursor:
        cursor.execute(query, given)
        return cursor.fetchall()


def in_utc(moment: datetime) -> datetime:
    """A moment as `told` answers it, which SQLite keeps in UTC and does not say."""
    return moment if moment.tzinfo else _of_utc(moment)


@lru_cache(maxsize=8192)
def _of_utc(moment: datetime) -> datetime:
    return moment.replace(tzinfo=UTC)
