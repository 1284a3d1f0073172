"""Who writes and reads in this room, and how a thing of any room is pointed at."""

from __future__ import annotations

from django.contrib.contenttypes.fields import GenericForeignKey
from django.contrib.contenttypes.models import ContentType
from django.db import models

from pochin.participants.policy import Role

# Who prepares meetings and gives tasks in a programme, and who reads all of them there.
WRITERS = (
    Role.COORDINATOR, Role.COMMITTEE, Role.DIRECTOR, Role.PILOT_MANAGER, Role.OBSERVER,
)  # fmt: skip


READERS = (*WRITERS, Role.AUDITOR)


class About(models.Model):
    """What points at a thing of any room, or at nothing."""

    kind = models.ForeignKey(ContentType, models.PROTECT, null=True, related_name="+")
    thing_id = models.PositiveBigIntegerField(null=True)
    thing = GenericForeignKey("kind", "thing_id")

    class Meta:
        abstract = True
