"""What the lab answers with: effects, power, looks, decisions, flags and the errors it raises."""

from pochin.lab.result.effect import (
    Alternative,
    EffectResult,
    Interval,
    Provenance,
    Reference,
    Scale,
    check_level,
)
from pochin.lab.result.errors import (
    DataError,
    DesignError,
    EstimationError,
    Immature,
    LabError,
    NoConvergence,
    NotIdentified,
    NotRandomizable,
    ProtocolViolation,
    SampleRatioMismatch,
    SchemaMismatch,
    Singular,
    TooFewUnits,
)
from pochin.lab.result.flag import (
    LEAST_P,
    Flag,
    Severity,
    tiny,
)
from pochin.lab.result.plain import (
    plain,
)
from pochin.lab.result.verdict import (
    Colour,
    Decision,
    EvidenceClass,
    LookResult,
    PowerResult,
    Reason,
    Verdict,
)

__all__ = [
    "LEAST_P",
    "Alternative",
    "Colour",
    "DataError",
    "Decision",
    "DesignError",
    "EffectResult",
    "EstimationError",
    "EvidenceClass",
    "Flag",
    "Immature",
    "Interval",
    "LabError",
    "LookResult",
    "NoConvergence",
    "NotIdentified",
    "NotRandomizable",
    "PowerResult",
    "ProtocolViolation",
    "Provenance",
    "Reason",
    "Reference",
    "SampleRatioMismatch",
    "Scale",
    "SchemaMismatch",
    "Severity",
    "Singular",
    "TooFewUnits",
    "Verdict",
    "check_level",
    "plain",
    "tiny",
]
