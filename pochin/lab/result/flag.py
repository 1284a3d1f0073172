"""What a reader must know of a plan or a result, as a sentence with its numbers."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, Literal

from pochin.lab.plurals import numbered
from pochin.lab.result.plain import plain

Severity = Literal["block", "warn", "info"]

TINY = re.compile(r"p %\(p_value\)\.3f")
LEAST_P = 0.001
"""Smaller p-values say no more to a reader of a flag."""


def tiny(message: str, evidence: Mapping[str, Any]) -> str:
    """The sentence with its places filled; a p-value that would be written as zero is not.

    >>> tiny("The groups part (p %(p_value).3f).", {"p_value": 1e-6})
    'The groups part (p < 0.001).'
    """
    p_value = evidence.get("p_value")
    if isinstance(p_value, float) and p_value < LEAST_P:
        message = TINY.sub(f"p < {LEAST_P}", message)
    return message % evidence


@dataclass(frozen=True)
class Flag:
    """Something a reader must know; `block` stops locking, unblinding or a decision.

    Attributes:
        code: Stable word, e.g. "few-units"; the product translates by it.
        severity: "block", "warn" or "info".
        message: One English sentence with named places, e.g. "%(units)d units; 12 are usual.".
        evidence: What fills the places, as plain numbers and words.
        at: Where it belongs: a metric, unit, period or look; empty for the whole.

    Example:
        >>> str(Flag("few-units", "warn", "There are %(units)d units.", {"units": 8}))
        'There are 8 units.'
    """

    code: str
    severity: Severity
    message: str
    evidence: Mapping[str, Any] = field(default_factory=dict)
    at: str = ""

    def __post_init__(self) -> None:
        if self.severity not in ("block", "warn", "info"):
            raise ValueError(f"severity is {self.severity!r}, but it must be block, warn or info")

    def __str__(self) -> str:
        return numbered(tiny(self.message, self.evidence)) if self.evidence else self.message

    @property
    def blocks(self) -> bool:
        return self.severity == "block"

    def to_dict(self) -> dict[str, Any]:
        return {
            "code": self.code,
            "severity": self.severity,
            "message": self.message,
            "evidence": plain(self.evidence),
            "at": self.at,
        }
