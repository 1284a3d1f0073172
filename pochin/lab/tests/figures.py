"""Figures others have published, each beside the call that computes ours."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from decimal import Decimal


@dataclass(frozen=True)
class Figure:
    """One published number.

    Attributes:
        source: Data set or paper it was published for.
        method: What was computed.
        quantity: Which number of it, e.g. "p-value".
        published: As printed, e.g. "2.413"; its decimals are the precision to meet.
        ours: Computes our number; skips where its data set is absent.
        within: Distance allowed where the printed number itself is rounded input or simulated.
    """

    source: str
    method: str
    quantity: str
    published: str
    ours: Callable[[], float]
    within: float | None = None

    @property
    def tolerance(self) -> float:
        """Half a unit of the last printed digit, or what was agreed."""
        if self.within is not None:
            return self.within
        # A hair more: printed halves were rounded from either side.
        return 0.5 * 10.0 ** int(Decimal(self.published).as_tuple().exponent) * (1 + 1e-6)

    def met_by(self, number: float) -> bool:
        return abs(number - float(self.published)) <= self.tolerance

    def __str__(self) -> str:
        return f"{self.source}: {self.method}, {self.quantity}"


FIGURES: list[Figure] = []


def figure(
    source: str,
    method: str,
    quantity: str,
    published: str,
    ours: Callable[[], float],
    within: float | None = None,
) -> None:
    """Put a published number on the list."""
    FIGURES.append(Figure(source, method, quantity, published, ours, within))


def figures(
    source: str,
    method: str,
    quantities: list[str],
    published: str,
    ours: Callable[[], list[float]],
    within: float | None = None,
) -> None:
    """Put a row of numbers on the list, computed together once."""
    kept: list[list[float]] = []

    def one(place: int) -> float:
        if not kept:
            kept.append([float(number) for number in ours()])
        return kept[0][place]

    printed = published.split()
    if len(printed) != len(quantities):
        raise ValueError(f"{len(printed)} numbers are printed, but {len(quantities)} are named")
    for place, (quantity, number) in enumerate(zip(quantities, printed, strict=True)):
        figure(source, method, quantity, number, lambda place=place: one(place), within)
