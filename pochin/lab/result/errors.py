"""What the lab will not do: each error is one sentence a person can read."""

from __future__ import annotations


class LabError(Exception):
    """Something the lab will not do; its text is one sentence a person can read."""


class DesignError(LabError):
    """The design cannot be built as asked."""


class TooFewUnits(DesignError):
    """There are fewer units than the design or the method needs."""


class NotRandomizable(DesignError):
    """No admissible assignment, or only one, exists."""


class DataError(LabError):
    """The data or a document cannot be used as given."""


class SchemaMismatch(DataError):
    """Arrays, columns or fields are not what was promised."""


class SampleRatioMismatch(DataError):
    """The arms hold another share of the units than the protocol says."""


class Immature(DataError):
    """Part of the data has not had the time to arrive."""


class EstimationError(LabError):
    """An estimate cannot be computed from these data."""


class NotIdentified(EstimationError):
    """The data do not determine the effect."""


class Singular(EstimationError):
    """Columns of the model repeat each other."""


class NoConvergence(EstimationError):
    """The search for the estimate did not end at an optimum."""


class ProtocolViolation(LabError):
    """What is asked contradicts the locked plan."""
