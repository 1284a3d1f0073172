"""A small grammar of JSON documents: one description, from which come checks and a JSON Schema."""

from __future__ import annotations

import math
import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from pochin.lab.plurals import numbered

LARGEST = 2**53 - 1
"""Whole numbers beyond this lose digits in other programs, so documents may not hold them."""


@dataclass(frozen=True)
class Fault:
    """One thing wrong with a document.

    Attributes:
        path: Where, e.g. "metrics[1].threshold"; empty for the document as a whole.
        message: One English sentence with named places, to be shown or translated.
        evidence: What fills the places; always has `path`.
    """

    path: str
    message: str
    evidence: Mapping[str, Any] = field(default_factory=dict)

    def __str__(self) -> str:
        return numbered(self.message % {"path": self.path or "The plan", **self.evidence})

    def to_dict(self) -> dict[str, Any]:
        return {"path": self.path, "message": self.message, "evidence": dict(self.evidence)}


def shown(value: Any) -> str:
    """A value, short enough to stand in a sentence."""
    text = repr(value) if isinstance(value, bool | int | float | str) else type(value).__name__
    words = {"list": "a list", "dict": "a table", "NoneType": "nothing"}
    text = words.get(text, text)
    return text if len(text) <= 40 else text[:37] + "…"


def shortened(name: str) -> str:
    """A field's name, short enough to stand in a sentence.

    >>> shortened("x" * 99) == "x" * 60 + "…"
    True
    """
    return name if len(name) <= 60 else f"{name[:60]}…"


def is_number(value: Any) -> bool:
    """Whether it is a finite JSON number; true and false are not."""
    if isinstance(value, bool) or not isinstance(value, int | float):
        return False
    return isinstance(value, int) or math.isfinite(value)


class Node:
    """What one place of a document may hold."""

    def faults(self, value: Any, path: str) -> Iterator[Fault]:
        raise NotImplementedError

    def schema(self) -> dict[str, Any]:
        raise NotImplementedError


@dataclass(frozen=True)
class Text(Node):
    """Text of a bounded length, of a pattern where one is given."""

    longest: int = 2000
    pattern: str = ""
    like: str = ""

    def faults(self, value: Any, path: str) -> Iterator[Fault]:
        if not isinstance(value, str):
            yield Fault(path, "%(path)s is %(value)s; it must be text.", {"value": shown(value)})
        elif not value:
            yield Fault(path, "%(path)s is empty; write it or leave it out.")
        elif len(value) > self.longest:
            yield Fault(
                path,
                "%(path)s has %(length)d characters; at most %(longest)d are possible.",
                {"length": len(value), "longest": self.longest},
            )
        elif self.pattern and not re.search(self.pattern, value):
            yield Fault(
                path,
                "%(path)s is %(value)s; it must look like %(like)s.",
                {"value": shown(value), "like": self.like},
            )

    def schema(self) -> dict[str, Any]:
        answer: dict[str, Any] = {"type": "string", "minLength": 1, "maxLength": self.longest}
        return answer | ({"pattern": self.pattern} if self.pattern else {})


@dataclass(frozen=True)
class Number(Node):
    """A number in a range; `above` and `below` are excluded, `low` and `high` are included."""

    low: float | None = None
    high: float | None = None
    above: float | None = None
    below: float | None = None
    whole: bool = False

    def faults(self, value: Any, path: str) -> Iterator[Fault]:
        if not is_number(value) or (self.whole and value != int(value)):
            yield Fault(
                path,
                "%(path)s is %(value)s; it must be a whole number."
                if self.whole
                else "%(path)s is %(value)s; it must be a number.",
                {"value": shown(value)},
            )
        elif not self._inside(value):
            yield Fault(
                path,
                "%(path)s is %(value)s; it must be %(range)s.",
                {"value": shown(value), "range": self._range()},
            )

    def _inside(self, value: float) -> bool:
        return (
            (self.low is None or value >= self.low)
            and (self.high is None or value <= self.high)
            and (self.above is None or value > self.above)
            and (self.below is None or value < self.below)
            and abs(value) <= self._largest()
        )

    def _largest(self) -> float:
        return LARGEST if self.whole else 1e300

    def _range(self) -> str:
        parts = [
            f"{word} {end:g}"
            for word, end in (
                ("at least", self.low),
                ("above", self.above),
                ("at most", self.high),
                ("below", self.below),
            )
            if end is not None
        ]
        return " and ".join(parts) or "of a size other programs can read"

    def schema(self) -> dict[str, Any]:
        limit = self._largest()
        answer: dict[str, Any] = {"type": "integer" if self.whole else "number"}
        answer["minimum"] = -limit if self.low is None else self.low
        answer["maximum"] = limit if self.high is None else self.high
        if self.above is not None:
            answer["exclusiveMinimum"] = self.above
        if self.below is not None:
            answer["exclusiveMaximum"] = self.below
        return answer


def whole(low: int | None = None, high: int | None = None) -> Number:
    """A whole number from `low` to `high`, both included."""
    return Number(low=low, high=high, whole=True)


@dataclass(frozen=True)
class YesNo(Node):
    """true or false."""

    def faults(self, value: Any, path: str) -> Iterator[Fault]:
        if not isinstance(value, bool):
            yield Fault(
                path, "%(path)s is %(value)s; it must be true or false.", {"value": shown(value)}
            )

    def schema(self) -> dict[str, Any]:
        return {"type": "boolean"}


@dataclass(frozen=True)
class Choice(Node):
    """One word of a closed list."""

    words: tuple[str, ...]

    def faults(self, value: Any, path: str) -> Iterator[Fault]:
        if not isinstance(value, str) or value not in self.words:
            yield Fault(
                path,
                "%(path)s is %(value)s; it must be one of: %(words)s.",
                {"value": shown(value), "words": ", ".join(self.words)},
            )

    def schema(self) -> dict[str, Any]:
        return {"enum": list(self.words)}


@dataclass(frozen=True)
class Several(Node):
    """A list of things of one kind."""

    of: Node
    least: int = 0
    most: int = 100_000

    def faults(self, value: Any, path: str) -> Iterator[Fault]:
        if not isinstance(value, list):
            yield Fault(path, "%(path)s is %(value)s; it must be a list.", {"value": shown(value)})
            return
        if not self.least <= len(value) <= self.most:
            yield Fault(
                path,
                "%(path)s has %(length)d entries; it must have from %(least)d to %(most)d.",
                {"length": len(value), "least": self.least, "most": self.most},
            )
        for i, item in enumerate(value[: self.most]):
            yield from self.of.faults(item, f"{path}[{i}]")

    def schema(self) -> dict[str, Any]:
        answer: dict[str, Any] = {"type": "array", "items": self.of.schema()}
        return answer | {"minItems": self.least, "maxItems": self.most}


@dataclass(frozen=True)
class NumbersByName(Node):
    """A table of numbers under free names."""

    of: Number = Number()

    def faults(self, value: Any, path: str) -> Iterator[Fault]:
        if not isinstance(value, dict):
            yield Fault(path, "%(path)s is %(value)s; it must be a table.", {"value": shown(value)})
            return
        for name, number in value.items():
            yield from self.of.faults(number, f"{path}.{name}")

    def schema(self) -> dict[str, Any]:
        return {"type": "object", "additionalProperties": self.of.schema()}


@dataclass(frozen=True)
class When:
    """Where `name` is one of `words`, the fields in `needs` are needed too."""

    name: str
    words: tuple[str, ...]
    needs: tuple[str, ...]


@dataclass(frozen=True)
class Table(Node):
    """Named fields; a star in front of the name marks those that are needed.

    >>> range_ = Table({"*low": Number(), "high": Number()})
    >>> [str(fault) for fault in range_.faults({"hi": 2}, "cost")]
    ['cost.low is missing.', 'cost.hi is not a field of the plan.']
    """

    fields: Mapping[str, Node]
    when: Sequence[When] = ()

    def faults(self, value: Any, path: str) -> Iterator[Fault]:
        if not isinstance(value, dict):
            yield Fault(path, "%(path)s is %(value)s; it must be a table.", {"value": shown(value)})
            return
        known = {name.lstrip("*"): node for name, node in self.fields.items()}
        for name in self._needed(value):
            if name not in value:
                yield Fault(_join(path, name), "%(path)s is missing.")
        for name, item in value.items():
            if name in known:
                yield from known[name].faults(item, _join(path, name))
            else:
                yield Fault(_join(path, shortened(name)), "%(path)s is not a field of the plan.")

    def _needed(self, value: dict[str, Any]) -> list[str]:
        needed = [name[1:] for name in self.fields if name.startswith("*")]
        for rule in self.when:
            found = value.get(rule.name)
            if isinstance(found, str) and found in rule.words:
                needed += [name for name in rule.needs if name not in needed]
        return needed

    def schema(self) -> dict[str, Any]:
        answer: dict[str, Any] = {
            "type": "object",
            "properties": {name.lstrip("*"): node.schema() for name, node in self.fields.items()},
            "required": [name[1:] for name in self.fields if name.startswith("*")],
            "additionalProperties": False,
        }
        rules = [
            {
                "if": {
                    "properties": {rule.name: {"enum": list(rule.words)}},
                    "required": [rule.name],
                },
                "then": {"required": list(rule.needs)},
            }
            for rule in self.when
        ]
        return answer | ({"allOf": rules} if rules else {})


@dataclass(frozen=True)
class ByKind(Node):
    """A table whose other fields depend on the word in its field `kind`."""

    kinds: Mapping[str, Mapping[str, Node]]

    def faults(self, value: Any, path: str) -> Iterator[Fault]:
        if not isinstance(value, dict):
            yield Fault(path, "%(path)s is %(value)s; it must be a table.", {"value": shown(value)})
        elif "kind" not in value:
            yield Fault(_join(path, "kind"), "%(path)s is missing.")
        else:
            kind = list(Choice(tuple(self.kinds)).faults(value["kind"], _join(path, "kind")))
            yield from kind or self._table(value["kind"]).faults(value, path)

    def _table(self, kind: str) -> Table:
        return Table({"*kind": Choice((kind,)), **self.kinds[kind]})

    def schema(self) -> dict[str, Any]:
        return {"oneOf": [self._table(kind).schema() for kind in self.kinds]}


def _join(path: str, name: Any) -> str:
    return f"{path}.{name}" if path else str(name)
