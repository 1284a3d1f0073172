"""What a flag can be: how grave, when it is seen, which pitfall it tells of."""

from __future__ import annotations

from dataclasses import dataclass

from pochin.lab.result import Severity

DESIGN, MONITOR, EVALUATION = "design", "monitor", "evaluation"
MOMENTS = (DESIGN, MONITOR, EVALUATION)


@dataclass(frozen=True)
class Kind:
    """A kind of flag.

    Attributes:
        code: Stable word; the product translates by it.
        severity: The gravest it can have; the check that raises it may say less.
        moments: When it can be raised: "design" (before the lock), "monitor" (while data come
            in) or "evaluation" (when the result is looked at).
        pitfall: What goes wrong if nobody sees it.
        message: One English sentence with named places.
    """

    code: str
    severity: Severity
    moments: tuple[str, ...]
    pitfall: str
    message: str

    @property
    def stops(self) -> str:
        """What a blocking flag of this kind forbids; empty where it does not block."""
        if self.severity != "block":
            return ""
        return {DESIGN: "locking the plan", MONITOR: "the look", EVALUATION: "the decision"}[
            self.moments[0]
        ]


D, M, E = (DESIGN,), (MONITOR,), (EVALUATION,)
FEW = "too few units"
UNIT = "unit-of-analysis error"
GUESS = "ICC or CAC misguessed"
SIZES = "unequal or informative sizes"
BALANCE = "imbalance of few offices"
TAMPER = "assignment tampering"
NOVELTY = "Hawthorne effect and novelty"
SPILL = "spillover between offices"
CARRY = "carryover"
SEASON = "seasons, holidays, strikes"
TREND = "secular trend"
MISSING = "missing readings"
LATE = "late data"
BROKEN = "duplicates, clocks, devices, metric redefinition"
RATIO = "sample ratio mismatch"
PEEK = "peeking"
MANY = "many metrics and segments"
STOP = "stopping by budget or politics"
REGRESS = "regression to the mean"
ONE = "one treated site"
PARALLEL = "parallel trends wished for"
DROPOUT = "differential drop-out"
COST = "cost creep"
TWIN = "twin trials on the same office"
CODE = "p-hacked analysis"
MODEL = "a model at its edge"
