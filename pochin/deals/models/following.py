"""The metric of the pilot measured on: files of readings sent after it, by site and day."""

from __future__ import annotations

from typing import Any, ClassVar

from django.db import models
from django.db.models import F, Q
from django.utils.translation import gettext_lazy as _

from pochin.deals.models.rollout import RollOut
from pochin.files.models import File
from pochin.participants.models import Person


class FollowUpQuerySet(models.QuerySet):
    def visible_to(self, user: Any) -> FollowUpQuerySet:
        """To those who see the roll-out; its values are open, for the result of the pilot is."""
        return self.filter(roll_out__in=RollOut.objects.visible_to(user).values("pk"))

    def counted(self) -> FollowUpQuerySet:
        """Those that were not withdrawn, in the order of their numbers."""
        return self.filter(withdrawn_at__isnull=True).order_by("number")


class FollowUp(models.Model):
    """A file of readings sent after the pilot, and what became of its rows."""

    roll_out = models.ForeignKey(RollOut, models.CASCADE, related_name="follow_ups")
    number = models.PositiveSmallIntegerField(_("number"))
    file = models.ForeignKey(File, models.PROTECT, related_name="+")
    sha256 = models.CharField("SHA-256", max_length=64)
    sent_by = models.ForeignKey(Person, models.PROTECT, related_name="+", verbose_name=_("sent by"))
    sent_at = models.DateTimeField(_("sent"))
    received = models.PositiveIntegerField(_("rows received"))
    accepted = models.PositiveIntegerField(_("rows taken in"))
    set_aside = models.PositiveIntegerField(_("rows set aside"))
    by_reason = models.JSONField(default=dict)
    # The first of the rows set aside: [{"line", "column", "value", "reason", "params"}].
    faults = models.JSONField(default=list)
    sites = models.PositiveIntegerField(_("sites"))
    first_day = models.DateField(_("first day"))
    last_day = models.DateField(_("last day"))
    withdrawn_at = models.DateTimeField(_("withdrawn"), null=True)
    withdrawn_by = models.ForeignKey(Person, models.PROTECT, null=True, related_name="+")
    reason = models.TextField(_("reasons"), blank=True)

    objects: ClassVar[models.Manager] = FollowUpQuerySet.as_manager()

    class Meta:
        verbose_name = _("readings after the pilot")
        constraints = [
            models.UniqueConstraint(fields=["roll_out", "number"], name="follow_up_number_once"),
            models.UniqueConstraint(
                fields=["roll_out", "sha256"],
                condition=Q(withdrawn_at__isnull=True),
                name="follow_up_file_once",
            ),
            models.CheckConstraint(
                name="follow_up_counts_add_up",
                condition=Q(received=F("accepted") + F("set_aside")),
            ),
        ]

    def __str__(self) -> str:
        return f"{self.number}. {self.file.name}"


class FollowedDay(models.Model):
    """What the readings of one file amount to, for a site and a day (or the period of the plan)."""

    follow_up = models.ForeignKey(FollowUp, models.CASCADE, related_name="days")
    site = models.CharField(max_length=20)
    day = models.DateField()
    # The level is total / base; base is the count of readings, or their denominators.
    total = models.FloatField()
    base = models.FloatField()

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["follow_up", "site", "day"], name="followed_day_once")
        ]

    def __str__(self) -> str:
        return f"{self.site} {self.day}"
