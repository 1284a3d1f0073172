"""The catalogue of flags: what can be wrong with a pilot, how grave it is, and when it is seen."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from pochin.lab.flags.judging import JUDGING
from pochin.lab.flags.kind import DESIGN, EVALUATION, MOMENTS, MONITOR, Kind
from pochin.lab.flags.lots import LOTS
from pochin.lab.flags.readings import READINGS
from pochin.lab.result import Flag, Severity

__all__ = ["CATALOGUE", "DESIGN", "EVALUATION", "KINDS", "MOMENTS", "MONITOR", "Kind", "flag"]

KINDS = (*LOTS, *READINGS, *JUDGING)

CATALOGUE: Mapping[str, Kind] = {kind.code: kind for kind in KINDS}


def flag(code: str, *, severity: Severity | None = None, at: str = "", **evidence: Any) -> Flag:
    """A flag of the catalogue with its places filled.

    Raises:
        ValueError: The code is not in the catalogue.

    Example:
        >>> str(flag("few-units", units=8, usual=12))
        'There are 8 units; below 12, read the randomisation p-value.'
    """
    if code not in CATALOGUE:
        raise ValueError(f"code is {code!r}, but it must be in the catalogue of flags")
    kind = CATALOGUE[code]
    return Flag(code, severity or kind.severity, kind.message, evidence, at)
