"""From a file to a table of readings, and the rows that are wrong with the reason why."""

from pochin.measurements.intake.checks import Checked, check
from pochin.measurements.intake.dialect import Dialect, Look, Unreadable
from pochin.measurements.intake.formats import read, written
from pochin.measurements.intake.looking import look
from pochin.measurements.intake.rows import Fault, Raw
from pochin.measurements.intake.schema import READINGS, Reason

__all__ = [
    "READINGS",
    "Checked",
    "Dialect",
    "Fault",
    "Look",
    "Raw",
    "Reason",
    "Unreadable",
    "check",
    "look",
    "read",
    "written",
]
