"""Imprints: the fingerprint of a thing as a move left it, kept in the journal's chain.

Whoever owns the database can rewrite a row without a move; then the row is not the one of which
the last entry of its journal holds the imprint. What a thing consists of beside its own row is
declared by its room, and so is what changes without a move.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Callable, Collection, Iterable, Iterator
from dataclasses import dataclass
from typing import Any

from django.contrib.contenttypes.models import ContentType
from django.db import models
from django.db.models import OuterRef, Subquery

from pochin.core import journal, signatures
from pochin.core.models import Entry

Rows = models.QuerySet[Any] | models.Manager[Any]
# That a thing is shown for practice is said of it from outside.
LOOSE = frozenset({"is_demonstration"})
EMPTY: tuple[Any, ...] = (None, "", [], {})


@dataclass(frozen=True, slots=True)
class Kept:
    """What beside the row belongs to a thing, and which of its fields change without a move."""

    along: Callable[[Any], Iterable[Rows]]
    loose: frozenset[str]


_nothing_else = Kept(lambda _thing: (), frozenset())
_kept: dict[str, Kept] = {}


def keep(
    model: type[models.Model],
    *,
    along: Callable[[Any], Iterable[Rows]] = _nothing_else.along,
    loose: Collection[str] = (),
) -> None:
    """Say what an imprint of the model covers beside its row, and what it leaves out.

    Args:
        model: Things that are moved.
        along: The rows that only the moves of a thing write, as querysets or managers.
        loose: Fields of the model that change without a move.
    """
    _kept[model._meta.label] = Kept(along, frozenset(loose))


def of(thing: models.Model) -> str:
    """The fingerprint of a thing as the database holds it now, with its signatures."""
    own = type(thing)._base_manager.filter(pk=thing.pk)
    every = [own, signatures.of(thing), *_kept_of(type(thing)).along(thing)]
    said = [list(_plain(rows)) for rows in every]
    plain = json.dumps(said, default=str, sort_keys=True, ensure_ascii=False)
    return hashlib.sha256(plain.encode()).hexdigest()


def faults(*, but: Collection[str] = ()) -> Iterator[str]:
    """Things that are not as the last move left them, and those that went without a move.

    Args:
        but: Streams of things that were named already.
    """
    imprinted = Entry.objects.filter(imprint__isnull=False)
    for kind in ContentType.objects.filter(pk__in=imprinted.values("kind")).order_by("pk"):
        model = kind.model_class()
        if model is None:
            continue
        yield from _gone(model, imprinted.filter(kind=kind))
        mine = imprinted.filter(kind=kind, thing_id=OuterRef("pk"))
        last = mine.order_by("-seq").values("imprint")[:1]
        things = model._base_manager.annotate(imprinted=Subquery(last))
        things = things.filter(imprinted__isnull=False).order_by("pk")
        for thing in things.iterator(chunk_size=500):
            stream, imprint = journal.stream(thing), getattr(thing, "imprinted", "")
            if stream not in but and of(thing) != imprint:
                yield f"{stream} is not as its last move left it."


def _gone(model: type[models.Model], known: models.QuerySet[Entry]) -> Iterator[str]:
    told = known.exclude(thing_id__in=model._base_manager.values("pk"))
    for stream in told.order_by("stream").values_list("stream", flat=True).distinct():
        yield f"{stream} is gone, and no move took it away."


def _plain(rows: Rows) -> Iterator[dict[str, Any]]:
    """The rows as the database gives them, without what says nothing: so a column that is added
    later, empty or with its default, changes no imprint."""
    fields = rows.model._meta.concrete_fields
    loose = _kept_of(rows.model).loose
    usual = {f.attname: f.get_default() for f in fields if f.attname not in LOOSE | loose}
    for row in rows.order_by("pk").values(*usual):
        yield {
            name: value
            for name, value in row.items()
            if value not in EMPTY and value != usual[name]
        }


def _kept_of(model: type[models.Model]) -> Kept:
    return _kept.get(model._meta.label, _nothing_else)
