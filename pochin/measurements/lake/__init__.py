"""The store of readings, a Delta table for each pilot; only this package knows Delta and engines.

Rows are only added; a withdrawn batch is left out of a new version, and every older version can
still be read. Engines are imported where they are used, because that costs seconds, and never
before a fork.
"""

from pochin.measurements.lake.keys import Keys
from pochin.measurements.lake.repeats import Repeats
from pochin.measurements.lake.schema import NOWHERE, STORED, Overtaken
from pochin.measurements.lake.sketches import GAMMA, quantile_of
from pochin.measurements.lake.slices import Slice
from pochin.measurements.lake.store import Store
from pochin.measurements.lake.table import LostVersion

__all__ = [
    "GAMMA",
    "NOWHERE",
    "STORED",
    "Keys",
    "LostVersion",
    "Overtaken",
    "Repeats",
    "Slice",
    "Store",
    "quantile_of",
]
