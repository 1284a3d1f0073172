"""Ten promises of the guides, each attacked in its own way."""

from benchmarks.lab.charges import lots, ratios
from benchmarks.lab.charges.base import Charge

CHARGES: tuple[Charge, ...] = (
    *lots.CHARGES,
    *ratios.CHARGES,
)
