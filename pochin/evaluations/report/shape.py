"""What a report is made of, before it is drawn on a page or on paper."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any


@dataclass(frozen=True, slots=True)
class Table:
    """Cells as people read them; `align` holds "left" or "right" for each column."""

    head: Sequence[Any]
    rows: Sequence[Sequence[Any]]
    align: Sequence[str]
    widths: Sequence[float] = ()

    @property
    def heads(self) -> list[tuple[Any, bool]]:
        """The head with whether each column is set to the right."""
        return [(one, side == "right") for one, side in zip(self.head, self.align, strict=True)]

    @property
    def lines(self) -> list[list[tuple[Any, bool]]]:
        sides = [side == "right" for side in self.align]
        return [list(zip(row, sides, strict=True)) for row in self.rows]

    @property
    def named(self) -> list[list[tuple[Any, Any, bool]]]:
        """The cells with the name of their column, for narrow screens."""
        sides = [side == "right" for side in self.align]
        return [list(zip(self.head, row, sides, strict=True)) for row in self.rows]


@dataclass(frozen=True, slots=True)
class Section:
    """A part of the report with one heading."""

    heading: Any
    text: Sequence[Any] = ()
    facts: Sequence[tuple[Any, Any]] = ()
    table: Table | None = None
    pictures: Sequence[Any] = ()
    checks: Sequence[Any] = ()
    code: Sequence[str] = ()
    aside: str = ""


@dataclass(frozen=True, slots=True)
class Context:
    """What a result alone does not know: whose it is, and where its parts have come from.

    Attributes:
        title: Name of the pilot, or the question of the plan.
        number: Of the pilot, as people write it.
        facts: Company, days, sites and the like.
        titles: Names of the units.
        notices: Sentences that stand on every page for ever.
        readings: How many rows were read, as a fact.
        data_sha256, store_version, result_sha256: Fingerprints.
        planned: Probability of each colour as it was shown before the start.
        covariates: Known of the units before, by name and unit.
        signed: Names, roles and moments under the plan.
        again: Commands that compute the result anew.
    """

    title: str
    number: str = ""
    facts: Sequence[tuple[Any, Any]] = ()
    titles: Mapping[str, str] = field(default_factory=dict)
    notices: Sequence[str] = ()
    readings: str = ""
    data_sha256: str = ""
    store_version: int | None = None
    result_sha256: str = ""
    planned: Sequence[Mapping[str, Any]] = ()
    covariates: Mapping[str, Mapping[str, float]] = field(default_factory=dict)
    signed: Sequence[Mapping[str, Any]] = ()
    again: Sequence[str] = ()
    centre: str = ""
    programme: str = ""
    is_demonstration: bool = False


@dataclass(frozen=True, slots=True)
class Report:
    """Everything that is printed, in the language it was assembled in."""

    title: str
    number: str
    language: str
    notices: Sequence[str]
    verdict: tuple[Any, str]
    colour: tuple[Any, str]
    finding: str
    detail: str
    picture: Any
    sections: Sequence[Section]
    context: Context
    at: datetime


class Print(str):
    """A fingerprint: set in letters of equal width."""

    __slots__ = ()
    is_print = True
