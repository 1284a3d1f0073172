"""The clocks a programme may set: every name under which a lifecycle waits, with its days."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any

from pochin.core.lifecycle import LIVES


@dataclass(slots=True)
class Clock:
    """A clock by its name: the days of the house, and what is waited for under it."""

    name: str
    days: int
    tasks: list[Any] = field(default_factory=list)

    @property
    def words(self) -> str:
        """What is done under this clock, in the language of the page."""
        return "; ".join(str(task) for task in self.tasks) or self.name

    def days_in(self, programme: Any) -> int:
        """How many working days the programme gives."""
        return programme.clocks.get(self.name, self.days)


def known() -> list[Clock]:
    """All clocks of the house, by name."""
    found: dict[str, Clock] = {}
    for wait in _waits():
        clock = found.setdefault(wait.clock, Clock(wait.clock, wait.days))
        if wait.words and wait.words not in clock.tasks:
            clock.tasks.append(wait.words)
    return [found[name] for name in sorted(found)]


def _waits() -> Iterator[Any]:
    for life in LIVES.values():
        yield from life.waiting.values()
