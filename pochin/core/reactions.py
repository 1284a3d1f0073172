"""Reactions: what one room does because another room's entry was written, exactly once.

A reaction runs right after the commit of its entry; if the process dies in between,
`catch_up` (run by the worker every minute) finds what is missing.
"""

from __future__ import annotations

import logging
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from django.db import IntegrityError, transaction
from django.db.models import Exists, OuterRef

from pochin.core import journal
from pochin.core.models import Entry
from pochin.core.models import Reaction as Had

log = logging.getLogger(__name__)

ANY = "*"


@dataclass(frozen=True, slots=True)
class Reaction:
    name: str
    verbs: frozenset[str]
    act: Callable[[Entry], None]

    def wants(self, entry: Entry) -> bool:
        return ANY in self.verbs or entry.verb in self.verbs


_reactions: dict[str, Reaction] = {}


def reacts_to(*verbs: str) -> Callable[[Callable[[Entry], None]], Callable[[Entry], None]]:
    """Run the function once for each entry with one of these verbs (``"*"``: any)."""

    def remember(act: Callable[[Entry], None]) -> Callable[[Entry], None]:
        name = f"{act.__module__}.{act.__name__}"
        _reactions[name] = Reaction(name, frozenset(verbs), act)
        return act

    return remember


def react(sender: Any, *, entry: Entry, **_unused: Any) -> None:
    """Run every reaction that wants the entry; one that fails is logged and tried again later."""
    for reaction in list(_reactions.values()):
        if reaction.wants(entry):
            try:
                _run(reaction, entry)
            except Exception:
                log.exception("%s did not manage entry %s", reaction.name, entry.pk)


def catch_up(*, at: datetime, days: int = 14) -> int:
    """Run what was missed in the last days; returns how many effects were made up for.

    One that fails holds no other up; the first such fault is raised when all have had their turn.
    """
    made, faults = 0, []
    recent = Entry.objects.filter(at__gte=at - timedelta(days=days)).order_by("pk")
    for reaction in list(_reactions.values()):
        missed = recent if ANY in reaction.verbs else recent.filter(verb__in=reaction.verbs)
        had = Had.objects.filter(entry=OuterRef("pk"), name=reaction.name)
        for entry in missed.filter(~Exists(had)).iterator():
            try:
                made += _run(reaction, entry)
            except Exception as fault:
                log.exception("%s did not manage entry %s", reaction.name, entry.pk)
                faults.append(fault)
    if faults:
        raise faults[0]
    return made


def _run(reaction: Reaction, entry: Entry) -> bool:
    try:
        with transaction.atomic():
            Had.objects.create(entry=entry, name=reaction.name)
            with journal.caused_by(entry):
                reaction.act(entry)
    except IntegrityError:
        if Had.objects.filter(entry=entry, name=reaction.name).exists():
            return False
        raise
    return True


journal.written.connect(react, dispatch_uid="reactions")
