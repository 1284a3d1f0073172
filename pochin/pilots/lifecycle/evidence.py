"""What the rooms above hand down to a pilot: counted readings, a finding, a decision."""

from __future__ import annotations

from dataclasses import asdict, dataclass
from datetime import date
from typing import Any


@dataclass(frozen=True, slots=True)
class Completeness:
    """What arrived of what the plan expects, as the room of the readings counts it.

    Attributes:
        expected: Readings the plan expects of the run until now.
        received: Those of them that arrived and are in order.
        baseline_expected: The same for the baseline.
        baseline_received: The same for the baseline.
        sha256: Fingerprint of all readings that are in order.
        version: Version of the store in which they stand.
        importers: The keys of the people who sent readings in.
        unsettled: How many files are being compared anew with others.
    """

    expected: int
    received: int
    baseline_expected: int = 0
    baseline_received: int = 0
    sha256: str = ""
    version: int = 0
    importers: tuple[int, ...] = ()
    unsettled: int = 0

    @property
    def share(self) -> float:
        """Share of the run's readings that arrived; 1 where none are expected."""
        return self.received / self.expected if self.expected else 1.0

    @property
    def baseline_share(self) -> float:
        """The same for the baseline."""
        wanted = self.baseline_expected
        return self.baseline_received / wanted if wanted else 1.0

    def to_dict(self) -> dict[str, Any]:
        return asdict(self) | {"importers": list(self.importers)}

    @classmethod
    def of(cls, kept: dict[str, Any]) -> Completeness:
        """What a pilot remembers; nothing arrived where it remembers nothing."""
        if not kept:
            return cls(expected=0, received=0)
        return cls(**{**kept, "importers": tuple(kept["importers"])})


@dataclass(frozen=True, slots=True)
class Finding:
    """What an evaluation found, handed down when it is released to the sides.

    Attributes:
        verdict: One of `models.Verdict`.
        colour: One of `models.Colour`.
        sha256: Fingerprint of the result.
        data_sha256: Fingerprint of the readings it was computed from.
        plan_sha256: Fingerprint of the plan it followed.
    """

    verdict: str
    colour: str
    sha256: str
    data_sha256: str
    plan_sha256: str


@dataclass(frozen=True, slots=True)
class Decided:
    """On what a decision after a pilot stands; written by the room of the decisions.

    Attributes:
        sha256: Fingerprint of the signed decision.
        result_sha256: Fingerprint of the result that was shown to the owner.
        words: Why.
        seconded_by: The person who signed second, where somebody did.
        panel: Whether the committee voted for it.
        conditions: What must be kept, where it is scaled with conditions.
        ends_on: New last day of the run, where it is extended.
        decide_on: New decision date, where it is extended.
        to_learn: What an extension or a rework is to show.
    """

    sha256: str
    result_sha256: str
    words: str = ""
    seconded_by: Any = None
    panel: bool = False
    conditions: str = ""
    ends_on: date | None = None
    decide_on: date | None = None
    to_learn: str = ""
