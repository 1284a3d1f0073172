"""Once: a request that carries a key has its effect one time, however often it arrives."""

from __future__ import annotations

import hashlib
from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from django.contrib.contenttypes.models import ContentType
from django.db import IntegrityError, models, transaction

from pochin.core.models import Done

LONGEST = 64  # signs of a key


@dataclass(slots=True)
class Request:
    """The request under way: its key, a digest of what it says, and how many moves it made."""

    key: str
    digest: str
    moves: int = 0
    inside: bool = field(default=False)


class SaidOtherwise(Exception):
    """The same key came with other content."""


_current: ContextVar[Request | None] = ContextVar("request", default=None)


@contextmanager
def request(key: str, digest: str) -> Iterator[None]:
    """Moves made inside belong to the request with this key."""
    token = _current.set(Request(_fitting(key), digest) if key else None)
    try:
        yield
    finally:
        _current.reset(token)


def _fitting(key: str) -> str:
    """A key as the table keeps it: of a long one its hash, so that two of them stay two."""
    plain = key.replace("\0", "\ufffd")
    if len(plain) <= LONGEST:
        return plain
    return hashlib.sha256(plain.encode(errors="replace")).hexdigest()


@contextmanager
def claim(verb: str, by: Any, at: datetime, thing_id: int | None) -> Iterator[Done | None]:
    """Give a fresh claim, an old one that already has its thing, or None where no key is known.

    Must be inside a transaction. A move made by another move belongs to the outer one.
    """
    current = _current.get()
    if current is None or current.inside or by.pk is None:
        yield None
        return
    current.moves += 1
    slot = f"{verb}:{thing_id or f'#{current.moves}'}"
    done = _take(current, slot, by, at)
    current.inside = True
    try:
        yield done
    finally:
        current.inside = False


def settle(done: Done, thing: models.Model) -> None:
    """Remember what came of the request."""
    done.kind = ContentType.objects.get_for_model(thing)
    done.thing_id = thing.pk
    done.save(update_fields=["kind", "thing_id"])


def outcome(done: Done) -> Any:
    """What came of the request the first time, as it is now."""
    model = done.kind.model_class() if done.kind else None
    assert model is not None, "a settled request knows its thing"
    return model._base_manager.get(pk=done.thing_id)


def _take(current: Request, slot: str, by: Any, at: datetime) -> Done:
    try:
        with transaction.atomic():
            return Done.objects.create(
                by_id=by.pk, key=current.key, slot=slot, digest=current.digest, at=at
            )
    except IntegrityError:
        done = Done.objects.get(by_id=by.pk, key=current.key, slot=slot)
    if done.digest != current.digest:
        raise SaidOtherwise
    return done
