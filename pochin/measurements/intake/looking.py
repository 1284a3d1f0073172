"""A look into a file before it is taken in: how it is written, and its first rows as readings."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from pochin.measurements.intake.dialect import (
    MAPPING,
    Dialect,
    Look,
    Unreadable,
    as_text,
    match,
)
from pochin.measurements.intake.glance import MOST_HEADS, SHOWN, Found, decimal_of, glance
from pochin.measurements.intake.schema import COLUMNS, REQUIRED, column_of


def look(
    path: Path,
    *,
    name: str,
    dialect: Mapping[str, Any] | None = None,
    ask: bool = False,
) -> Look:
    """Find out how a file is written and show its first rows.

    Args:
        path: Where the bytes lie.
        name: The name the file came under.
        dialect: What somebody says about it: `encoding`, `separator`, `decimal`, or which column
            holds what (`columns`, `wide`, `under`, `fixed`) rule over what is found.
        ask: Whether a table whose headings do not say enough is shown, so that a person can.

    Raises:
        Unreadable: The file is empty, of an unknown kind, or lacks a column.
    """
    given = {key: value for key, value in (dialect or {}).items() if value}
    kind, found = glance(path, name, given)
    if len(found.heads) > MOST_HEADS:
        raise Unreadable("many_columns", most=MOST_HEADS)
    if not found.rows:
        match(found.heads)
        raise Unreadable("no_rows")
    return _told(kind, found, given, ask)


def _told(kind: str, found: Found, given: Mapping[str, Any], ask: bool) -> Look:
    """Which column holds what: as somebody says, else as the headings do."""
    mapping = {name: dict(given.get(name) or {}) for name in MAPPING}
    missing: tuple[str, ...] = ()
    if any(mapping.values()):
        named = [*mapping["columns"].values(), *mapping["wide"], *mapping["under"].values()]
        if lost := [head for head in named if head not in found.heads]:
            raise Unreadable("lost_heading", head=str(lost[0])[:60])
        unused = tuple(head for head in found.heads if head not in named)[:50]
    else:
        try:
            mapping["columns"], unused = match(found.heads)
        except Unreadable as problem:
            if not ask or problem.code not in ("columns", "twice"):
                raise
            mapping["columns"], unused = {}, ()
            known = {column_of(head) for head in found.heads}
            missing = tuple(name for name in REQUIRED if name not in known)
    decimal = "."
    if kind == "csv":
        numbers = [*(mapping["columns"].get(name) for name in ("value", "denominator")),
                   *mapping["wide"], *mapping["under"].values()]  # fmt: skip
        heads = [head for head in numbers if head] or list(found.heads)
        decimal = given.get("decimal") or decimal_of(found.rows, heads, found.separator)
    dialect = Dialect(kind, mapping["columns"], found.encoding, found.separator, decimal,
                      found.sheet, mapping["wide"], mapping["under"], mapping["fixed"])  # fmt: skip
    sample = [
        {head: as_text(row.get(head))[:60] for head in found.heads[:60]}
        for row in found.rows[:SHOWN]
    ]
    shown = _shown(found.rows, dialect)
    return Look(dialect, shown, unused, tuple(found.heads), sample, missing)


def _shown(rows: Sequence[Mapping[str, Any]], dialect: Dialect) -> list[dict[str, str]]:
    """The first rows as readings."""
    found: list[dict[str, str]] = []
    for row in rows[:SHOWN]:
        common = {**dialect.fixed, **{name: as_text(row.get(head))[:60]
                                      for name, head in dialect.columns.items()}}  # fmt: skip
        if not dialect.wide:
            found.append({name: common[name] for name in COLUMNS if name in common})
        for head, metric in dialect.wide.items():
            each = {**common, "metric": metric, "value": as_text(row.get(head))[:60]}
            if metric in dialect.under:
                each["denominator"] = as_text(row.get(dialect.under[metric]))[:60]
            if each["value"]:
                found.append({name: each[name] for name in COLUMNS if name in each})
    return found[: 3 * SHOWN] if any(found) else []
