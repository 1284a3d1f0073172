"""The ways in: uploads under way, what an organisation is used to, feeds."""

from __future__ import annotations

import uuid
from typing import Any, ClassVar

from django.db import models
from django.db.models import F, Q
from django.utils.translation import gettext_lazy as _

from pochin.measurements.models.batches import Batch, Source
from pochin.participants.models import Person
from pochin.pilots.models import Pilot


class UploadQuerySet(models.QuerySet):
    def visible_to(self, user: Any) -> UploadQuerySet:
        """One's own, and nobody else's."""
        return self.filter(sent_by_id=user.pk) if user.pk else self.none()


class Upload(models.Model):
    """A file that comes in parts: how much of it is here, so that sending can go on from there."""

    key = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    pilot = models.ForeignKey(Pilot, models.CASCADE, related_name="uploads")
    name = models.CharField(_("name"), max_length=200)
    size = models.PositiveBigIntegerField(_("size"))
    received = models.PositiveBigIntegerField(default=0)
    # What the bytes hash to where they come from, if that was said.
    sha256 = models.CharField(max_length=64, blank=True)
    origin = models.CharField(_("from which system"), max_length=120, blank=True)
    source = models.CharField(max_length=10, choices=Source, default=Source.BROWSER)
    sent_by = models.ForeignKey(Person, models.CASCADE, related_name="+")
    begun_at = models.DateTimeField()
    batch = models.ForeignKey(Batch, models.SET_NULL, null=True, related_name="+")

    objects: ClassVar[models.Manager] = UploadQuerySet.as_manager()

    class Meta:
        verbose_name = _("file that is being sent")
        constraints = [
            models.CheckConstraint(
                name="upload_not_beyond_its_size", condition=Q(received__lte=F("size"))
            )
        ]

    def __str__(self) -> str:
        return self.name


class Habit(models.Model):
    """How tables with these headings, from this system, were read last time."""

    pilot = models.ForeignKey(Pilot, models.CASCADE, related_name="habits")
    origin = models.CharField(max_length=120, blank=True)
    # SHA-256 over the headings, in order.
    heads = models.CharField(max_length=64)
    dialect = models.JSONField()
    told_by = models.ForeignKey(Person, models.PROTECT, related_name="+")
    told_at = models.DateTimeField()

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["pilot", "origin", "heads"], name="habit_once")
        ]

    def __str__(self) -> str:
        return f"{self.pilot.code} {self.origin}"


class FeedQuerySet(models.QuerySet):
    def visible_to(self, user: Any) -> FeedQuerySet:
        """Those of pilots one sees all of."""
        return self.filter(pilot__in=Pilot.objects.inside(user))


class Feed(models.Model):
    """A folder that is watched for one pilot: its new files are sent in somebody's name."""

    pilot = models.OneToOneField(Pilot, models.CASCADE, related_name="feed")
    # In whose name; where this person may no longer send, the feed rests.
    sent_by = models.ForeignKey(Person, models.PROTECT, related_name="+")
    since = models.DateTimeField()
    is_on = models.BooleanField(default=True)
    looked_at = models.DateTimeField(null=True)
    problem = models.TextField(blank=True)

    objects: ClassVar[models.Manager] = FeedQuerySet.as_manager()

    class Meta:
        verbose_name = _("watched folder")

    def __str__(self) -> str:
        return f"{self.pilot.code}"


class FeedFile(models.Model):
    """A file seen in a watched folder, and what became of it."""

    feed = models.ForeignKey(Feed, models.CASCADE, related_name="seen")
    name = models.CharField(_("name"), max_length=1000)
    # Size and time of the last change, or the mark the object store gives its content.
    mark = models.CharField(max_length=200)
    seen_at = models.DateTimeField(_("seen"))
    is_done = models.BooleanField(default=False)
    batch = models.ForeignKey(Batch, models.SET_NULL, null=True, related_name="+")
    problem = models.TextField(blank=True)

    class Meta:
        constraints = [models.UniqueConstraint(fields=["feed", "name"], name="feed_file_once")]

    def __str__(self) -> str:
        return self.name
