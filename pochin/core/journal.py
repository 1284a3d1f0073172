"""The journal: what happened is written once, in a chain, and everything that reacts reads it."""

from __future__ import annotations

import hashlib
import json
import secrets
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

from django.contrib.contenttypes.models import ContentType
from django.core.serializers.json import DjangoJSONEncoder
from django.db import IntegrityError, models, transaction
from django.dispatch import Signal

from pochin.core.models import Entry, EntryText

# The one signal of the house: sent with `entry` once the change is committed.
written = Signal()

_cause: ContextVar[Entry | None] = ContextVar("cause", default=None)


@contextmanager
def caused_by(entry: Entry | None) -> Iterator[None]:
    """What is written inside names `entry` as its cause."""
    token = _cause.set(entry)
    try:
        yield
    finally:
        _cause.reset(token)


def stream(thing: models.Model) -> str:
    """The name of a thing's chain."""
    return f"{thing._meta.label_lower}:{thing.pk}"


def write(
    verb: str,
    thing: models.Model,
    *,
    by: Any,
    at: datetime,
    before: str = "",
    note: str = "",
    facts: dict[str, Any] | None = None,
    changes: dict[str, Any] | None = None,
    imprint: str | None = None,
) -> Entry:
    """Record that `by` did `verb` to `thing`; those who react are told after commit."""
    words = _words(note, facts or {}, changes or {})
    entry = Entry(
        stream=stream(thing),
        at=at,
        by_id=by.pk,
        cause=_cause.get(),
        verb=verb,
        kind=ContentType.objects.get_for_model(thing),
        thing_id=thing.pk,
        before=before,
        after=getattr(thing, "state", ""),
        text_hash=_text_hash(words) if words else "",
        imprint=imprint,
    )
    _append(entry)
    if words:
        EntryText.objects.create(entry=entry, **words)
    transaction.on_commit(lambda: written.send_robust(Entry, entry=entry))
    return entry


def of(thing: models.Model) -> models.QuerySet[Entry]:
    """The story of one thing, oldest first."""
    entries = Entry.objects.filter(stream=stream(thing)).order_by("seq")
    return entries.select_related("by", "text")


def stories(things: Iterable[models.Model]) -> dict[str, list[Entry]]:
    """The stories of several things in one query, by stream."""
    told: dict[str, list[Entry]] = {stream(thing): [] for thing in things}
    entries = Entry.objects.filter(stream__in=told).select_related("by", "text")
    for entry in entries.order_by("stream", "seq"):
        told[entry.stream].append(entry)
    return told


@dataclass(frozen=True, slots=True)
class Stay:
    """How long a thing was in a state; `until` is None while it still is."""

    state: str
    since: datetime
    until: datetime | None


def stays(story: Iterable[Entry]) -> list[Stay]:
    """The states a thing went through, from its story, oldest first."""
    found: list[Stay] = []
    for entry in story:
        if not entry.after or (found and found[-1].state == entry.after):
            continue
        if found:
            found[-1] = Stay(found[-1].state, found[-1].since, entry.at)
        found.append(Stay(entry.after, entry.at, None))
    return found


def said(entry: Entry) -> dict[str, Any]:
    """What the chain holds of an entry, in the order in which it is hashed.

    Of what the entry says about other stories and about the row of its thing, only the hash: who
    may read this chain may not know those.
    """
    further = [entry.beside, entry.imprint]
    hidden = {"further": _sha256(further)} if any(further) else {}
    return {
        "stream": entry.stream,
        "seq": entry.seq,
        "at": entry.at.astimezone(UTC).isoformat(timespec="microseconds"),
        "by": entry.by_id,
        "cause": entry.cause_id,
        "verb": entry.verb,
        "before": entry.before,
        "after": entry.after,
        "text_hash": entry.text_hash,
        "previous": entry.previous,
    } | hidden


def digest(entry: Entry) -> str:
    """The hash an entry must carry: over everything it says and the hash of the one before."""
    return _sha256(list(said(entry).values()))


def _sha256(said: Any) -> str:
    return hashlib.sha256(json.dumps(said, ensure_ascii=False).encode()).hexdigest()


def place(entry: Entry) -> str:
    """How another entry names this one beside it."""
    return f"{entry.pk} {entry.stream} {entry.seq} {entry.hash}"


def _append(entry: Entry) -> None:
    # Two writers of one stream meet at the unique place; the later one takes the next.
    for _attempt in range(20):
        last = Entry.objects.filter(stream=entry.stream).order_by("-seq").first()
        entry.seq = last.seq + 1 if last else 1
        entry.previous = last.hash if last else ""
        other = Entry.objects.exclude(stream=entry.stream).order_by("-pk").first()
        entry.beside = place(other) if other else None
        entry.hash = digest(entry)
        try:
            with transaction.atomic():
                entry.save(force_insert=True)
        except IntegrityError:
            continue
        return
    raise IntegrityError(f"The journal of {entry.stream} stayed busy; nothing was written.")


def _words(note: str, facts: dict[str, Any], changes: dict[str, Any]) -> dict[str, Any]:
    if not (note or facts or changes):
        return {}
    plain = json.loads(json.dumps([facts, changes], cls=DjangoJSONEncoder))
    return {
        "salt": secrets.token_hex(16),
        "note": note,
        "facts": plain[0],
        "changes": plain[1],
    }


def _text_hash(words: dict[str, Any]) -> str:
    said = json.dumps(
        [words["salt"], words["note"], words["facts"], words["changes"]],
        ensure_ascii=False,
        sort_keys=True,
    )
    return hashlib.sha256(said.encode()).hexdigest()


def text_hash(text: EntryText) -> str:
    """The hash that the chain must hold of these words."""
    return _text_hash(
        {"salt": text.salt, "note": text.note, "facts": text.facts, "changes": text.changes}
    )
