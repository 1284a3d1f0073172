"""Batches of readings, what is kept of them, and the ways in."""

from pochin.measurements.models.batches import (
    LIVE,
    Batch,
    BatchQuerySet,
    Crossing,
    CrossingQuerySet,
    QuarantineQuerySet,
    QuarantineRow,
    Source,
    State,
)
from pochin.measurements.models.store import Arrival, Moment, Sketch, Snapshot, Watch
from pochin.measurements.models.ways_in import (
    Feed,
    FeedFile,
    FeedQuerySet,
    Habit,
    Upload,
    UploadQuerySet,
)

__all__ = [
    "LIVE",
    "Arrival",
    "Batch",
    "BatchQuerySet",
    "Crossing",
    "CrossingQuerySet",
    "Feed",
    "FeedFile",
    "FeedQuerySet",
    "Habit",
    "Moment",
    "QuarantineQuerySet",
    "QuarantineRow",
    "Sketch",
    "Snapshot",
    "Source",
    "State",
    "Upload",
    "UploadQuerySet",
    "Watch",
]
