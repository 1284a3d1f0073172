"""One way to write a JSON document down, its hash, and what differs between two."""

from __future__ import annotations

import hashlib
import json
import math
from collections import Counter
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from decimal import Decimal
from typing import Any

from pochin.lab.result import SchemaMismatch
from pochin.lab.schema import shortened

DEPTH = 30
"""Nothing in a document lies deeper; deeper ones are refused before anything walks them."""


def canonical(document: Any) -> bytes:
    """The one way to write a document down, whatever way it came.

    The rules are those of RFC 8785: UTF-8 without a byte order mark or white space; fields sorted
    by the UTF-16 code units of their names; text escaped only where JSON demands it and otherwise
    left as it is (no Unicode normalisation); numbers as ECMAScript prints the nearest double, so
    `1`, `1.0` and `1e0` are the same. Locale and platform play no part.

    Raises:
        SchemaMismatch: The document holds something JSON cannot, a number that is not exact as a
            double, half a surrogate pair, or lies too deep.

    Source:
        Rundgren, A., Jordan, B. & Erdtman, S. (2020). RFC 8785, JSON Canonicalization Scheme.

    Example:
        >>> canonical({"b": 1.0, "a": [0.1, 1e21, True, "é"]}).decode()
        '{"a":[0.1,1e+21,true,"é"],"b":1}'
    """
    try:
        return _written(document, 0).encode()
    except UnicodeEncodeError:
        raise SchemaMismatch("The document holds a broken character; write it again.") from None


def _written(value: Any, depth: int) -> str:
    if depth > DEPTH:
        raise SchemaMismatch(f"The document is nested more than {DEPTH} levels deep.")
    if value is None or isinstance(value, bool | str):
        return json.dumps(value, ensure_ascii=False)
    if isinstance(value, int | float):
        return _number(value)
    if isinstance(value, list | tuple):
        return "[" + ",".join(_written(item, depth + 1) for item in value) + "]"
    if isinstance(value, Mapping) and all(isinstance(name, str) for name in value):
        names = sorted(value, key=lambda name: name.encode("utf-16-be"))
        pairs = (
            f"{json.dumps(name, ensure_ascii=False)}:{_written(value[name], depth + 1)}"
            for name in names
        )
        return "{" + ",".join(pairs) + "}"
    raise SchemaMismatch(f"The document holds a {type(value).__name__}, which JSON cannot.")


def _number(value: float) -> str:
    try:
        double = float(value)
    except OverflowError:
        double = math.inf
    if not math.isfinite(double):
        raise SchemaMismatch("The document holds a number too large to be kept exactly.")
    text = _digits(double)
    # A whole number may come from these very bytes; then its digits are those of the double.
    if double != value and str(value) != text:
        raise SchemaMismatch("The document holds a number too large to be kept exactly.")
    return text


def _digits(double: float) -> str:
    """The shortest digits that give the double back, as ECMAScript lays them out."""
    if double == 0:
        return "0"
    _, digits, exponent = Decimal(repr(abs(double))).as_tuple()
    text = "".join(map(str, digits)).rstrip("0")
    point = len(digits) + int(exponent)
    minus = "-" if double < 0 else ""
    if not -6 < point <= 21:
        mantissa = text[0] + ("." + text[1:] if len(text) > 1 else "")
        return f"{minus}{mantissa}e{point - 1:+d}"
    if point >= len(text):
        return minus + text + "0" * (point - len(text))
    if point > 0:
        return f"{minus}{text[:point]}.{text[point:]}"
    return f"{minus}0.{'0' * -point}{text}"


def sha256(document: Any) -> str:
    """SHA-256 of the canonical bytes, 64 hexadecimal digits."""
    return hashlib.sha256(canonical(document)).hexdigest()


def load_json(text: str | bytes) -> Any:
    """JSON text as a document.

    Raises:
        SchemaMismatch: The text is not JSON, or a field is written twice.
    """

    def once(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
        names = Counter(name for name, _ in pairs)
        twice = [name for name, times in names.items() if times > 1]
        if twice:
            raise SchemaMismatch(f"The field “{shortened(twice[0])}” is written twice; keep one.")
        return dict(pairs)

    def constant(word: str) -> Any:
        raise SchemaMismatch(f"The document holds {word}, which is not a number.")

    try:
        return json.loads(text, object_pairs_hook=once, parse_constant=constant)
    except RecursionError:
        raise SchemaMismatch(f"The document is nested more than {DEPTH} levels deep.") from None
    except (ValueError, TypeError):
        raise SchemaMismatch("The file is not JSON; export the plan again.") from None


@dataclass(frozen=True)
class Change:
    """One difference between two plans; `before` is None where new, `after` where gone."""

    path: str
    kind: str
    before: Any = None
    after: Any = None

    def to_dict(self) -> dict[str, Any]:
        return {"path": self.path, "kind": self.kind, "before": self.before, "after": self.after}


def diff(before: Any, after: Any) -> list[Change]:
    """What changed from one document to another, in reading order.

    Lists of things that have names (metrics by `code`, units by `unit`, the rest by `name`) are
    compared by name, so that inserting one does not make all others look changed.

    Args:
        before, after: Documents as JSON gives them.

    Example:
        >>> [change.path for change in diff({"a": [1, 2]}, {"a": [1, 3], "b": 0})]
        ['a[1]', 'b']
    """
    return list(_changes(before, after, ""))


def _changes(before: Any, after: Any, path: str) -> Iterator[Change]:
    one, other = _members(before), _members(after)
    if one is None or other is None or type(before) is not type(after):
        if _differs(before, after):
            yield Change(path, "changed", before, after)
        return
    dotted = isinstance(before, dict)
    for name in list(one) + [name for name in other if name not in one]:
        place = (f"{path}.{name}" if path else name) if dotted else f"{path}[{name}]"
        if name not in other:
            yield Change(place, "removed", before=one[name])
        elif name not in one:
            yield Change(place, "added", after=other[name])
        else:
            yield from _changes(one[name], other[name], place)


def _differs(before: Any, after: Any) -> bool:
    return isinstance(before, bool) != isinstance(after, bool) or before != after


def _members(value: Any) -> dict[str, Any] | None:
    if isinstance(value, dict):
        return value
    if not isinstance(value, list):
        return None
    for key in ("code", "unit", "name"):
        names = [item.get(key) if isinstance(item, dict) else None for item in value]
        if value and all(isinstance(name, str) for name in names) and len(set(names)) == len(names):
            return dict(zip(map(str, names), value, strict=True))
    return {str(i): item for i, item in enumerate(value)}
