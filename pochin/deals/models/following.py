"""The metric of the pilot measured on: files of readings sent after it, by site and day."""

from __future__ import annotations

from typing import Any, ClassVar

from django.db import models
from django.db.models import F, Q
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from pochin.deals.models.rollout import RollOut
from pochin.files.models import File
from pochin.participants.models import Person


class FollowUpQuerySet(models.QuerySet):
    def visible_to(self, user: Any) -> FollowUpQuerySet:
        """To those who see the roll-out; its values are open, for the result of the pilot is."""
        return self.filter(roll_out__in=RollOut.objects.visible_to(user).values("pk"))

    def standing(self) -> FollowUpQuerySet:
        """Those neither withdrawn nor refused, taken in or still waiting."""
        return self.filter(withdrawn_at__isnull=True, refused_at__isnull=True)

    def counted(self) -> FollowUpQuerySet:
        """Those taken in and not withdrawn, in the order of their numbers."""
        return self.standing().filter(taken_at__isnull=False).order_by("number")

    def waiting(self) -> FollowUpQuerySet:
        """Those whose rows are still to be checked."""
        return self.standing().filter(taken_at__isnull=True).order_by("number")


class FollowUpState(models.TextChoices):
    """What became of a file of readings after the pilot."""

    WAITING = "waiting", _("being checked")
    TAKEN = "taken", _("taken in")
    REFUSED = "refused", _("not taken in")
    WITHDRAWN = "withdrawn", pgettext_lazy("readings", "withdrawn")


class FollowUp(models.Model):
    """A file of readings sent after the pilot, and what became of its rows."""

    roll_out = models.ForeignKey(RollOut, models.CASCADE, related_name="follow_ups")
    number = models.PositiveSmallIntegerField(_("number"))
    file = models.ForeignKey(File, models.PROTECT, related_name="+")
    sha256 = models.CharField("SHA-256", max_length=64)
    sent_by = models.ForeignKey(Person, models.PROTECT, related_name="+", verbose_name=_("sent by"))
    sent_at = models.DateTimeField(_("sent"))
    # When its rows were checked; a large file, or one a program sent, waits for that.
    taken_at = models.DateTimeField(_("taken in"), null=True)
    refused_at = models.DateTimeField(_("not taken in"), null=True)
    # Why it was not taken in: {"code", "params"}.
    problem = models.JSONField(default=dict)
    received = models.PositiveIntegerField(_("rows received"), default=0)
    accepted = models.PositiveIntegerField(_("rows taken in"), default=0)
    set_aside = models.PositiveIntegerField(_("rows set aside"), default=0)
    by_reason = models.JSONField(default=dict)
    # The first of the rows set aside: [{"line", "column", "value", "reason", "params"}].
    faults = models.JSONField(default=list)
    sites = models.PositiveIntegerField(_("sites"), default=0)
    first_day = models.DateField(_("first day"), null=True)
    last_day = models.DateField(_("last day"), null=True)
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
                condition=Q(withdrawn_at__isnull=True, refused_at__isnull=True),
                name="follow_up_file_once",
            ),
            models.CheckConstraint(
                name="follow_up_counts_add_up",
                condition=Q(received=F("accepted") + F("set_aside")),
            ),
        ]

    def __str__(self) -> str:
        return f"{self.number}. {self.file.name}"

    @property
    def state(self) -> FollowUpState:
        """What became of it."""
        if self.withdrawn_at is not None:
            return FollowUpState.WITHDRAWN
        if self.refused_at is not None:
            return FollowUpState.REFUSED
        return FollowUpState.WAITING if self.taken_at is None else FollowUpState.TAKEN


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
