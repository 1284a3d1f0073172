"""Rows of a list, made of what the database answers without the long way of the framework."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Any

from django.core.exceptions import EmptyResultSet
from django.db import connections
from django.db.models import JSONField, Model, QuerySet, TextField
from django.db.models.base import ModelState
from django.db.models.query import ModelIterable, RelatedPopulator, get_related_populators


class Rows(ModelIterable):
    """The same things `ModelIterable` makes; half of the time of a list went into their making.

    The signals of a new thing are not sent (nobody here listens to them), and a related thing
    that stands in several rows is made once.
    """

    def __iter__(self) -> Iterator[Any]:
        things = self.queryset
        compiler = things.query.get_compiler(using=things.db)
        results = compiler.execute_sql(chunked_fetch=self.chunked_fetch, chunk_size=self.chunk_size)
        info, select = compiler.klass_info, compiler.select
        first, last = info["select_fields"][0], info["select_fields"][-1] + 1
        names = [chosen[0].target.attname for chosen in select[first:last]]
        make = _Maker(info["model"])
        related = get_related_populators(info, select, things.db)
        for populator in related:
            _hasten(populator)
        annotated = list((compiler.annotation_col_map or {}).items())
        for row in compiler.results_iter(results):
            thing = make.from_db(things.db, names, row[first:last])
            for populator in related:
                populator.populate(row, thing)
            for name, place in annotated:
                setattr(thing, name, row[place])
            yield thing


class _Maker:
    """Stands where a model is asked for a thing made of a row."""

    def __init__(self, model: type[Model]) -> None:
        self.model = model

    def from_db(self, db: str, names: Sequence[str], values: Sequence[Any]) -> Any:
        thing = self.model.__new__(self.model)
        thing.__dict__.update(zip(names, values, strict=True))
        state = ModelState()
        state.adding, state.db = False, db
        thing._state = state
        return thing


class _Remembering(_Maker):
    """The same for related things: one row of the database is one thing."""

    def __init__(self, model: type[Model], key: int) -> None:
        super().__init__(model)
        self.key, self.made = key, {}  # type: ignore[var-annotated]

    def from_db(self, db: str, names: Sequence[str], values: Sequence[Any]) -> Any:
        thing = self.made.get(values[self.key])
        if thing is None:
            thing = self.made[values[self.key]] = super().from_db(db, names, values)
        return thing


def _hasten(populator: RelatedPopulator) -> None:
    populator.model_cls = _Remembering(populator.model_cls, populator.pk_idx)
    for further in populator.related_populators:
        _hasten(further)


def quickly(things: QuerySet) -> QuerySet:
    """The same queryset, its things made the short way where nothing speaks against it."""
    if things._iterable_class is not ModelIterable or things._known_related_objects:
        return things
    quick = things._chain()
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


def counted(things: QuerySet, most: int) -> int:
    """How many there are, counting no further than `most`.

    Asked by hand: the framework takes longer to write this question than a database to answer.
    """
    try:
        query, given = things.order_by().values("pk")[:most].query.sql_with_params()
    except EmptyResultSet:
        return 0
    with connections[things.db].cursor() as cursor:
        cursor.execute(f"SELECT COUNT(*) FROM ({query}) found", given)
        return int(cursor.fetchone()[0])
