"""What is kept of readings beside the store: moments, sketches, arrivals, versions."""

from __future__ import annotations

from typing import ClassVar

from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from pochin.measurements.models.batches import Batch
from pochin.pilots.models import OfPilotQuerySet, Pilot


class Moment(models.Model):
    """What the values of one batch amount to, by unit, period and metric. Shown to nobody.

    Moments of several batches merge exactly, by Chan's formulas (`lab.moments`). The columns
    `den_…` are about the denominators.
    """

    batch = models.ForeignKey(Batch, models.CASCADE, related_name="moments")
    unit = models.CharField(max_length=200)
    period = models.CharField(max_length=200)
    metric = models.CharField(max_length=200)
    n = models.PositiveBigIntegerField()
    mean = models.FloatField()
    m2 = models.FloatField()
    den_mean = models.FloatField(null=True)
    den_m2 = models.FloatField(null=True)
    den_co = models.FloatField(null=True)

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["batch", "metric", "unit", "period"], name="moment_once"
            ),
            models.CheckConstraint(name="moment_is_of_something", condition=Q(n__gte=1, m2__gte=0)),
        ]

    def __str__(self) -> str:
        return f"{self.unit} {self.period} {self.metric}"


class Sketch(models.Model):
    """How the values of one batch lie, for metrics that are quantiles. Shown to nobody.

    Bins of `lake.sketches`: several batches merge by adding up their counts.
    """

    batch = models.ForeignKey(Batch, models.CASCADE, related_name="sketches")
    unit = models.CharField(max_length=200)
    period = models.CharField(max_length=200)
    metric = models.CharField(max_length=200)
    # [[bin, count], …] in the order of the bins.
    bins = models.JSONField()

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["batch", "metric", "unit", "period"],
                                    name="sketch_once"),
        ]  # fmt: skip

    def __str__(self) -> str:
        return f"{self.unit} {self.period} {self.metric}"


class Arrival(models.Model):
    """How many readings of one batch there are by unit, period, day and metric; no values."""

    batch = models.ForeignKey(Batch, models.CASCADE, related_name="arrivals")
    unit = models.CharField(max_length=200)
    period = models.CharField(max_length=200)
    day = models.DateField(null=True)
    metric = models.CharField(max_length=200)
    n = models.PositiveBigIntegerField()

    class Meta:
        indexes = [models.Index(fields=["batch", "unit"])]

    def __str__(self) -> str:
        return f"{self.unit} {self.day or self.period} {self.metric}"


class Snapshot(models.Model):
    """Which readings a pilot had at a moment: the batches that counted, and their fingerprint.

    Written down whenever that changes; the one whose fingerprint the pilot's data were closed
    with is what an evaluation reads.
    """

    pilot = models.ForeignKey(Pilot, models.PROTECT, related_name="snapshots")
    sha256 = models.CharField(max_length=64)
    version = models.PositiveIntegerField(null=True)
    # [[number, fingerprint of its rows, whether it speaks of primary metrics], …]
    batches = models.JSONField()
    rows = models.PositiveBigIntegerField()
    # Whose readings were used where both sides told them, and how many there were:
    # {"source": "post" | "vendor", "pairs": [[batch that gave way, batch used, readings], …]}.
    both_told = models.JSONField(default=dict)
    at = models.DateTimeField()
    # An evaluation stands on it, so its version of the store is never removed.
    is_cited = models.BooleanField(default=False)

    class Meta:
        verbose_name = _("state of the readings")
        constraints = [models.UniqueConstraint(fields=["pilot", "sha256"], name="snapshot_once")]

    def __str__(self) -> str:
        return f"{self.pilot.code} {self.sha256[:12]}"


class Watch(models.Model):
    """What was noticed in a pilot under way, when its readings were last looked over."""

    pilot = models.OneToOneField(Pilot, models.CASCADE, related_name="watch")
    # `lab.result.Flag.to_dict`: never a value of an arm.
    flags = models.JSONField(default=list)
    at = models.DateTimeField()

    objects: ClassVar[models.Manager] = OfPilotQuerySet.as_manager()
    shown_with = ("pilot",)

    class Meta:
        verbose_name = _("watch over the readings")

    def __str__(self) -> str:
        return self.pilot.code
