"""Questions the framework has written before: a list is asked for again and again with the same
conditions, and to write its SQL takes longer than to answer it.

What is kept is the text and what is put into it, never an answer. A question is taken for one
asked before only when all that its text is made of is the same, values and reader's zone too.
"""

from __future__ import annotations

import datetime as dt
import uuid
from collections.abc import Callable, Hashable
from decimal import Decimal
from threading import local
from typing import Any, NamedTuple, TypeVar

from django.core.exceptions import EmptyResultSet
from django.db import connections
from django.db.models import Field, QuerySet
from django.db.models.expressions import BaseExpression, F
from django.db.models.fields.reverse_related import ForeignObjectRel
from django.db.models.lookups import Lookup
from django.db.models.sql import Query
from django.db.models.sql.datastructures import BaseTable, Join
from django.db.models.sql.where import NothingNode, WhereNode
from django.utils import timezone
from django.utils.datastructures import OrderedSet

MOST = 1024  # questions kept by a thread; the oldest go first
# What an expression finds out about itself, and how it was called before it was resolved.
REMARKS = frozenset({
    "_constructor_args", "identity", "contains_aggregate", "contains_over_clause",
    "contains_column_references", "contains_subquery", "convert_value",
})  # fmt: skip
PLAIN = frozenset({
    int, bool, float, Decimal, bytes, dt.date, dt.datetime, dt.time, dt.timedelta, uuid.UUID,
})  # fmt: skip
EXPRESSIONS = (BaseExpression, Lookup, WhereNode, F)
FIELDS = (Field, ForeignObjectRel)
# What of a query stands as it is in its text; whatever is not named here must be as it was born.
QUERY = (
    "model", "subquery", "default_cols", "default_ordering", "standard_ordering", "low_mark",
    "high_mark", "distinct", "max_depth", "alias_prefix", "alias_cols",
)  # fmt: skip
WALKED = (
    "select_related", "select", "values_select", "order_by", "group_by", "where", "annotations",
    "external_aliases", "alias_refcount", "selected", "deferred_loading",
)  # fmt: skip
UNTOUCHED = ("combinator", "extra", "extra_tables", "extra_order_by", "distinct_fields",
             "explain_info", "_filtered_relations", "select_for_update")  # fmt: skip


class Unlike(Exception):
    """Something that cannot be told from another of its kind."""


class Question(NamedTuple):
    """A question as it is put to the database, and what its writer noted about the answer."""

    sql: str
    given: tuple[Any, ...]
    notes: Any


_kept = local()


def _nothing(_compiler: Any) -> None:
    return None


def as_it_is(things: QuerySet) -> QuerySet:
    return things


def question(
    things: QuerySet,
    note: Callable[[Any], Any] = _nothing,
    put: Callable[[QuerySet], QuerySet] = as_it_is,
) -> Question:
    """The text of a question, written now or before; raises EmptyResultSet as the framework does.

    Args:
        things: What is asked for.
        note: Told the compiler once it has written; what it answers is kept with the text.
        put: What is asked of the things, of them alone; not gone through where the text is kept.
    """
    known: dict[Hashable, Question | None] = _kept.__dict__.setdefault("questions", {})
    connection = connections[things.db]
    try:
        zone = timezone.get_current_timezone_name()
        key = (things.db, connection.vendor, note, put, zone, alike(things))
    except Unlike:
        return _write(put(things), note)
    if key not in known:
        if len(known) >= MOST:
            known.pop(next(iter(known)))
        try:
            known[key] = _write(put(things), note)
        except EmptyResultSet:
            known[key] = None  # that there can be no answer takes as long to find out
    found = known[key]
    if found is None:
        raise EmptyResultSet
    return found


def _write(things: QuerySet, note: Callable[[Any], Any]) -> Question:
    compiler = things.query.get_compiler(using=things.db)
    sql, given = compiler.as_sql()
    return Question(sql, tuple(given), note(compiler))


def alike(things: QuerySet) -> Hashable:
    """The same for the queryset of a list, gone through once for all that is asked of it."""
    query, said = things.__dict__.get("_said", (None, None))
    if query is not things.query:
        said = _of_query(things.query)
        things.__dict__["_said"] = things.query, said
    return said


Things = TypeVar("Things", bound=QuerySet)


def again(things: Things) -> Things:
    """The same queryset once more; what its question says is not gone through anew."""
    copy = things.all()
    try:
        copy.__dict__["_said"] = copy.query, alike(things)
    except Unlike:
        return copy
    return copy


def _of_query(query: Query) -> Hashable:
    if type(query) is not Query or any(getattr(query, name) for name in UNTOUCHED):
        raise Unlike
    mask = query.annotation_select_mask
    return (
        *[getattr(query, name) for name in QUERY],
        *[_of(getattr(query, name)) for name in WALKED],
        None if mask is None else tuple(mask),
        tuple([_of_table(alias, table) for alias, table in query.alias_map.items()]),
    )


def _of_table(alias: str, table: Any) -> Hashable:
    if type(table) is BaseTable:
        return alias, table.table_name
    if type(table) is Join and table.filtered_relation is None:
        field = _of_field(table.join_field)
        return alias, table.table_name, table.parent_alias, table.join_type, table.nullable, field
    raise Unlike


def _of(value: Any) -> Hashable:
    kind = type(value)
    if value is None or kind is str:
        return value
    way = _ways.get(kind)
    if way is None:
        way = _ways[kind] = _way(kind)
    return way(value)


# How what is of a kind is told from others of its kind.
_ways: dict[type, Callable[[Any], Hashable]] = {}


def _way(kind: type) -> Callable[[Any], Hashable]:
    # One and True are equal, and so are 1.0 and 1.00; as texts they are not.
    if kind in (float, Decimal):
        return lambda value: (kind, repr(value))
    if kind in PLAIN:
        return lambda value: (kind, value)
    if kind in (tuple, list, OrderedSet):
        return lambda value: (kind, *map(_of, value))
    if kind is dict:
        return lambda value: (kind, *value, *map(_of, value.values()))
    if issubclass(kind, Query):
        return _of_query
    if issubclass(kind, EXPRESSIONS):
        return _of_said
    if issubclass(kind, FIELDS):
        return _of_field
    if issubclass(kind, str):
        return str
    if issubclass(kind, (set, frozenset)):
        return lambda value: (kind, frozenset(map(_of, value)))
    if kind is NothingNode:
        return lambda _value: kind
    raise Unlike


def _of_said(value: Any) -> Hashable:
    said: list[Any] = [type(value)]
    for name, one in vars(value).items():
        if name not in REMARKS:
            said += (name, _of(one))
    return tuple(said)


def _of_field(field: Any) -> Hashable:
    if isinstance(field, ForeignObjectRel) or hasattr(field, "model"):
        return id(field)  # as old as its model, which is never forgotten
    _name, path, args, given = field.deconstruct()
    return path, repr(args), repr(given)
