"""Eleven promises of the guides, each attacked in its own way."""

from benchmarks.lab.charges import lots, panels, ratios, readings
from benchmarks.lab.charges.base import Charge

CHARGES: tuple[Charge, ...] = (
    *lots.CHARGES,
    *ratios.CHARGES,
    *panels.CHARGES,
    *readings.CHARGES,
)
