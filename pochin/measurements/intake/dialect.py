"""How a file is written, and which of its columns holds what."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass, field
from typing import Any

from pochin.measurements.intake.schema import COLUMNS, REQUIRED, column_of

MAPPING = ("columns", "wide", "under", "fixed")


class Unreadable(Exception):
    """The file as a whole cannot be read; `code` and `params` say why, `words` makes a sentence."""

    def __init__(self, code: str, **params: Any) -> None:
        super().__init__(code, params)
        self.code = code
        self.params = params


@dataclass(frozen=True, slots=True)
class Dialect:
    """How a file is written, and which of its columns holds what.

    Attributes:
        kind: csv, xlsx, jsonl or parquet.
        columns: For each column of a reading, its heading in the file.
        sheet: Name of the sheet of a workbook.
        wide: For each heading whose cells are readings of their own, the metric.
        under: For each metric of `wide` that has one, the heading of its denominator.
        fixed: What all rows say of a column the file does not have.
    """

    kind: str
    columns: Mapping[str, str]
    encoding: str = ""
    separator: str = ""
    decimal: str = "."
    sheet: str = ""
    wide: Mapping[str, str] = field(default_factory=dict)
    under: Mapping[str, str] = field(default_factory=dict)
    fixed: Mapping[str, str] = field(default_factory=dict)

    def to_dict(self) -> dict[str, Any]:
        """For a JSON field; mappings as pairs, because databases sort the keys of objects."""
        return {name: [[*pair] for pair in value.items()] if isinstance(value, Mapping) else value
                for name, value in asdict(self).items()}  # fmt: skip

    @classmethod
    def of(cls, kept: Mapping[str, Any]) -> Dialect:
        """The dialect that `to_dict` wrote down."""
        return cls(**{**kept, **{name: dict(kept.get(name) or ()) for name in MAPPING}})

    @property
    def is_whole(self) -> bool:
        """Whether it is known where every column of a reading comes from."""
        said = {*self.columns, *self.fixed, *(("metric", "value") if self.wide else ())}
        return said >= set(REQUIRED)

    @property
    def heads(self) -> dict[str, str]:
        """The columns to be read from the file, each by a name of ours."""
        wide = {f"wide {head}": head for head in self.wide}
        under = {f"under {metric}": head for metric, head in self.under.items()}
        return {**self.columns, **wide, **under}

    @property
    def per_line(self) -> int:
        """How many readings a line may hold; rows are numbered line × this + place."""
        return max(len(self.wide), 1)

    def place(self, row: int) -> tuple[int, str]:
        """The line a row stands in, and the heading of its value where the table is wide."""
        if not self.wide:
            return row, ""
        line, place = divmod(row, self.per_line)
        return line, list(self.wide)[place]


@dataclass(frozen=True, slots=True)
class Look:
    """What a first look into a file shows.

    Attributes:
        dialect: How it is written; `is_whole` where it is known which column holds what.
        rows: The first readings, as we read them.
        unused: Headings nobody asked for.
        heads: All headings.
        sample: The first rows under their headings.
        missing: Columns of a reading that no heading names.
    """

    dialect: Dialect
    rows: Sequence[Mapping[str, str]]
    unused: Sequence[str] = ()
    heads: Sequence[str] = ()
    sample: Sequence[Mapping[str, str]] = ()
    missing: Sequence[str] = ()

    @property
    def heads_sha256(self) -> str:
        """By which a table with the same headings is recognised."""
        return hashlib.sha256("\x1f".join(self.heads).encode()).hexdigest()


def match(heads: Sequence[str]) -> tuple[dict[str, str], tuple[str, ...]]:
    """For each column of a reading its heading, and the headings nobody asked for.

    Raises:
        Unreadable: A column is missing, or two headings name the same one.
    """
    columns: dict[str, str] = {}
    unused = []
    for head in heads:
        column = column_of(head)
        if column is None:
            unused.append(head)
        elif column in columns:
            raise Unreadable("twice", column=column, first=columns[column], second=head)
        else:
            columns[column] = head
    missing = [name for name in REQUIRED if name not in columns]
    if missing:
        raise Unreadable("columns", missing=", ".join(missing), found=_brief(heads))
    return {name: columns[name] for name in COLUMNS if name in columns}, tuple(unused[:50])


def _brief(heads: Sequence[str]) -> str:
    words = ", ".join(head.strip() for head in heads[:8])
    return words[:160] + ("…" if len(heads) > 8 or len(words) > 160 else "")


def as_text(value: Any) -> str:
    """A cell as the text somebody would have typed.

    >>> as_text(101000.0), as_text(None), as_text(1.5)
    ('101000', '', '1.5')
    """
    if value is None:
        return ""
    if isinstance(value, str):
        return value
    if isinstance(value, bool):
        return str(int(value))
    if isinstance(value, float):
        return str(int(value)) if value.is_integer() and abs(value) < 1e15 else repr(value)
    return value.isoformat() if hasattr(value, "isoformat") else str(value)
