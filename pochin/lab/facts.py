"""What is known of a pilot beside its readings: how it ended, its costs, neighbours, twins."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from pochin.lab.evaluation_checks import stopped
from pochin.lab.exposure import overlap
from pochin.lab.flags import flag
from pochin.lab.quality import costs, stop_reason
from pochin.lab.result import Flag, plain

FORCE_MAJEURE = "force majeure"
BUFFER_KM = 1.0
"""Comparison units nearer than this to a treated one are its neighbours."""

EXTENDED = (
    "The run was extended by people who had its result before them (times: %(times)d): chance had "
    "as many more tries to pass the threshold."
)


@dataclass(frozen=True)
class Facts:
    """What a result must tell that readings cannot; kept in it, so that it can be had again.

    Attributes:
        ended_at: Share of the run that was held where the pilot ended early; None where it
            went to its end.
        end_reason: Why it ended early.
        costs: What the pilot itself took and the most that was reckoned with, by who pays, in
            minor units.
        paid: What an item of the plan's cost model turned out to cost, by its name, in minor
            units of the plan's currency; the money is counted with it instead of the guess.
        distances: From each comparison unit to the nearest treated one, km, by unit.
        twins: How many of the units each other pilot uses at the same time without a word why
            the two do not disturb each other, by the number of that pilot.
        crossed: Units that had the solution of another pilot at the same time, by its number.
        amended_late: What an amendment changed after outcomes had been seen: "metrics", "plan"
            or nothing.
        extended: How often the run was made longer by people who had its result before them.
        left: Units that left for good while the run went on, each with its last day and what that
            has to do with the solution: "solution", "other" or "unclear".
        icc: The guesses of the ICC the plan reckoned with, low to high.
        set_aside: Rows that were not taken in, by reason: "duplicates", "outside", "strangers".
    """

    ended_at: float | None = None
    end_reason: str = ""
    costs: Mapping[str, tuple[float, float]] = field(default_factory=dict)
    paid: Mapping[str, float] = field(default_factory=dict)
    distances: Mapping[str, float] = field(default_factory=dict)
    twins: Mapping[str, int] = field(default_factory=dict)
    crossed: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    amended_late: str = ""
    extended: int = 0
    left: Mapping[str, tuple[str, str]] = field(default_factory=dict)
    icc: tuple[float, ...] = ()
    set_aside: Mapping[str, int] = field(default_factory=dict)

    @classmethod
    def of(cls, kept: Mapping[str, Any] | None) -> Facts:
        """Read what a result holds; nothing is known where it holds nothing.

        >>> Facts.of({"icc": [0.02, 0.1], "costs": {"post": [3, 2]}}).costs
        {'post': (3, 2)}
        """
        given = dict(kept or {})
        given["icc"] = tuple(given.get("icc", ()))
        given["costs"] = {name: tuple(pair) for name, pair in given.get("costs", {}).items()}
        given["left"] = {unit: tuple(told) for unit, told in given.get("left", {}).items()}
        given["crossed"] = {name: tuple(own) for name, own in given.get("crossed", {}).items()}
        return cls(**given)

    def to_dict(self) -> dict[str, Any]:
        """Only what is known."""
        held = {name: plain(getattr(self, name)) for name in self.__dataclass_fields__}
        return {name: value for name, value in held.items() if value not in (None, "", [], {}, 0)}

    def held(self, run: tuple[str, ...]) -> tuple[str, ...]:
        """The periods of the run that were over when the pilot ended."""
        if self.ended_at is None:
            return run
        whole = int(self.ended_at * len(run) + 1e-9)
        return run[:whole] or run

    def flags(self, stop_reasons: Sequence[str] = ()) -> list[Flag]:
        """What follows from the facts alone.

        Args:
            stop_reasons: Those the plan names; force majeure needs no naming.
        """
        paid = {name: one for name, (one, _most) in self.costs.items()}
        most = {name: most for name, (_one, most) in self.costs.items()}
        found = costs(paid, most) + overlap_counts(self.twins) + set_aside(self.set_aside)
        if self.amended_late:
            metrics = self.amended_late == "metrics"
            found.append(flag("metric-changed" if metrics else "plan-amended-late"))
        if self.extended:
            found.append(Flag("looks-unplanned", "warn", EXTENDED, {"times": self.extended}, "run"))
        if self.ended_at is not None:
            found += stop_reason(self.end_reason, [*stop_reasons, FORCE_MAJEURE])
            found += stopped(self.ended_at, crossed=False)
        return found


def overlap_counts(twins: Mapping[str, int]) -> list[Flag]:
    """Flags of units that other pilots use as well, from their counts."""
    named = {name: [f"{name} {i}" for i in range(count)] for name, count in twins.items()}
    return overlap([unit for units in named.values() for unit in units], named)


SET_ASIDE = {"duplicates": "duplicates", "outside": "time-travel", "strangers": "unknown-units"}


def set_aside(counts: Mapping[str, int]) -> list[Flag]:
    """Say how many rows were not taken in: they count nowhere, but they have a cause.

    >>> [str(one) for one in set_aside({"strangers": 3})]
    ['3 rows name units that the plan does not know; they were set aside.']
    """
    words = {
        "duplicates": "%(count)d rows repeat others; each reading counts once.",
        "outside": "%(count)d rows lie outside the pilot's time; they were set aside.",
        "strangers": "%(count)d rows name units that the plan does not know; they were set aside.",
    }
    return [
        Flag(code, "warn", words[name], {"count": counts[name]}, "rows")
        for name, code in SET_ASIDE.items()
        if counts.get(name)
    ]
