"""Looking at the data before the end: boundaries, adjusted estimates, confidence sequences."""

from pochin.lab.sequential.boundaries import (
    Boundaries,
    crossing_probabilities,
    drift_for_power,
    inflation_factor,
    obrien_fleming,
    pocock,
    spending_boundaries,
    wang_tsiatis,
)
from pochin.lab.sequential.gst import GroupSequentialTest
from pochin.lab.sequential.randomization_gst import RandomizationGroupSequentialTest
from pochin.lab.sequential.spending import Spending

__all__ = [
    "Boundaries",
    "GroupSequentialTest",
    "RandomizationGroupSequentialTest",
    "Spending",
    "crossing_probabilities",
    "drift_for_power",
    "inflation_factor",
    "obrien_fleming",
    "pocock",
    "spending_boundaries",
    "wang_tsiatis",
]
