"""Witnesses: each entry names the newest entry of another story, so no story vanishes whole.

A chain of its own tells of an entry that is missing inside it, and a checkpoint of a chain that it
held. A thing that came and went between two checkpoints, with all of its journal, is told of by
whatever was written after it.
"""

from __future__ import annotations

from collections.abc import Iterator
from itertools import islice

from pochin.core import journal
from pochin.core.models import Entry


def faults() -> Iterator[str]:
    """Entries that were seen by a later one of another story and are not there as they were."""
    named: set[str] = set()
    seen = Entry.objects.filter(beside__isnull=False).order_by("pk")
    rows = seen.values_list("stream", "seq", "beside").iterator(chunk_size=2000)
    places = ((stream, seq, beside) for stream, seq, beside in rows if beside is not None)
    while part := list(islice(places, 500)):
        kept = Entry.objects.in_bulk({_key(beside) for _stream, _seq, beside in part})
        for stream, seq, beside in part:
            entry = kept.get(_key(beside))
            if (entry and journal.place(entry) == beside) or beside in named:
                continue
            named.add(beside)
            _pk, story, place, _hash = beside.split(" ")
            what = "is not what it was" if entry else "is gone"
            yield f"{story} entry {place} {what} when {stream} entry {seq} was written after it."


def _key(beside: str) -> int:
    return int(beside.partition(" ")[0])
