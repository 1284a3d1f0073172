"""What is kept on the way: money, milestones, risks, checks, incidents, words."""

from __future__ import annotations

from typing import ClassVar

from django.db import models
from django.db.models import Q
from django.urls import reverse
from django.utils.text import Truncator
from django.utils.translation import gettext as _t
from django.utils.translation import gettext_lazy as _

from pochin.core import tongue
from pochin.participants.models import (
    Person,
    in_reader_language,
)
from pochin.pilots.models.pilot import OfPilot, Pilot
from pochin.pilots.models.sites import OfPilotQuerySet, SiteSlot


class BudgetSource(models.TextChoices):
    VENDOR = "vendor", _("the vendor")
    POST = "post", _("the post")
    GRANT = "grant", _("a grant")
    OTHER = "other", _("another source")


class BudgetLine(models.Model):
    """Money for a pilot from one source, planned and spent."""

    pilot = models.ForeignKey(Pilot, models.CASCADE, related_name="budget")
    source = models.CharField(_("source"), max_length=10, choices=BudgetSource)
    planned = models.DecimalField(_("planned, roubles"), max_digits=16, decimal_places=2)
    spent = models.DecimalField(_("spent, roubles"), max_digits=16, decimal_places=2, default=0)

    class Meta:
        verbose_name = _("line of the budget")
        constraints = [
            models.UniqueConstraint(fields=["pilot", "source"], name="budget_source_once"),
            models.CheckConstraint(
                name="budget_is_not_negative", condition=Q(planned__gte=0, spent__gte=0)
            ),
        ]

    def __str__(self) -> str:
        return f"{self.get_source_display()}: {self.planned}"


class PaidItem(models.Model):
    """What an item of the plan's cost model turned out to cost, in the plan's currency."""

    pilot = models.ForeignKey(Pilot, models.CASCADE, related_name="paid_items")
    item = models.CharField(_("item of the plan"), max_length=200)
    amount = models.DecimalField(_("cost"), max_digits=16, decimal_places=2)
    source = models.CharField(_("how it is known"), max_length=300)

    class Meta:
        verbose_name = _("cost that became known")
        constraints = [
            models.UniqueConstraint(fields=["pilot", "item"], name="paid_item_once"),
            models.CheckConstraint(name="paid_is_not_negative", condition=Q(amount__gte=0)),
        ]

    def __str__(self) -> str:
        return f"{tongue.own(self.item)}: {self.amount}"


class Milestone(models.Model):
    """Something that is to be reached on the way."""

    pilot = models.ForeignKey(Pilot, models.CASCADE, related_name="milestones")
    number = models.PositiveSmallIntegerField()
    words = models.CharField(_("what is to be reached"), max_length=200)
    due_on = models.DateField(_("by"))
    reached_on = models.DateField(_("reached"), null=True)

    class Meta:
        verbose_name = _("milestone")
        constraints = [
            models.UniqueConstraint(fields=["pilot", "number"], name="milestone_number_once")
        ]

    def __str__(self) -> str:
        return tongue.own(self.words)


class Weight(models.TextChoices):
    LOW = "low", _("low")
    MIDDLE = "middle", _("middle")
    HIGH = "high", _("high")


class Risk(models.Model):
    """What may go wrong, and what is done about it."""

    pilot = models.ForeignKey(Pilot, models.CASCADE, related_name="risks")
    number = models.PositiveSmallIntegerField()
    words = models.CharField(_("what may go wrong"), max_length=300)
    weight = models.CharField(_("weight"), max_length=10, choices=Weight, default=Weight.MIDDLE)
    answer = models.CharField(_("what is done about it"), max_length=300, blank=True)

    class Meta:
        verbose_name = _("risk")
        constraints = [models.UniqueConstraint(fields=["pilot", "number"], name="risk_number_once")]

    def __str__(self) -> str:
        return tongue.own(self.words)


class CheckKind(models.TextChoices):
    """The parallel tracks of the preparation, and of what is owed after the run."""

    SAFETY = "safety", _("safety of people")
    SECURITY = "security", _("security of information")
    CONTRACT = "contract", _("contract")
    PROCUREMENT = "procurement", _("procurement route")
    RIGHTS = "rights", _("intellectual property")
    TRAINING = "training", _("training")
    EQUIPMENT = "equipment", _("equipment")
    PERSONAL = "personal", _("personal data")
    ACCESS = "access", _("access of the company")


# What is settled once the run is over; all other tracks before it begins.
AFTER_THE_RUN = (CheckKind.EQUIPMENT, CheckKind.PERSONAL, CheckKind.ACCESS)


class Check(models.Model):
    """One line of the checklist that must be done before the run, or before a pilot is closed."""

    pilot = models.ForeignKey(Pilot, models.CASCADE, related_name="checks")
    number = models.PositiveSmallIntegerField()
    kind = models.CharField(_("track"), max_length=12, choices=CheckKind)
    words_ru = models.CharField(_("what is to be done, in Russian"), max_length=200)
    words_en = models.CharField(_("what is to be done, in English"), max_length=200, blank=True)
    note = models.CharField(_("note"), max_length=300, blank=True)
    done_by = models.ForeignKey(Person, models.PROTECT, null=True, related_name="+")
    done_at = models.DateTimeField(_("done"), null=True)

    class Meta:
        verbose_name = _("line of the checklist")
        constraints = [
            models.UniqueConstraint(fields=["pilot", "number"], name="check_number_once")
        ]

    def __str__(self) -> str:
        return in_reader_language(self.words_ru, self.words_en)


class Severity(models.TextChoices):
    MINOR = "minor", _("minor")
    SERIOUS = "serious", _("serious")
    CRITICAL = "critical", _("people or data in danger")


class IncidentState(models.TextChoices):
    OPEN = "open", _("open")
    CLOSED = "closed", _("closed")


class Incident(OfPilot, models.Model):
    """Something that went wrong during a pilot."""

    pilot = models.ForeignKey(Pilot, models.PROTECT, related_name="incidents")
    number = models.PositiveSmallIntegerField(editable=False)
    severity = models.CharField(_("severity"), max_length=10, choices=Severity)
    happened_at = models.DateTimeField(_("when it happened"))
    slot = models.ForeignKey(SiteSlot, models.PROTECT, null=True, blank=True,
                             related_name="incidents", verbose_name=_("where"))  # fmt: skip
    words = models.TextField(_("what happened"), max_length=4000)
    action = models.TextField(_("what was done"), max_length=4000, blank=True)
    reported_by = models.ForeignKey(Person, models.PROTECT, related_name="+", editable=False)
    state = models.CharField(
        max_length=10, choices=IncidentState, default=IncidentState.OPEN, editable=False
    )
    closed_at = models.DateTimeField(_("closed"), null=True, editable=False)

    objects: ClassVar[models.Manager] = OfPilotQuerySet.as_manager()
    shown_by = ("words", "action")
    shown_with = ("pilot",)

    class Meta:
        verbose_name = _("incident")
        constraints = [
            models.UniqueConstraint(fields=["pilot", "number"], name="incident_number_once")
        ]

    def __str__(self) -> str:
        words = Truncator(" ".join(tongue.own(self.words).split())).chars(80)
        which = {"pilot": self.pilot.code, "number": self.number, "words": words}
        return _t("%(pilot)s, incident %(number)d: %(words)s") % which

    @property
    def is_serious(self) -> bool:
        """Open and so grave that the trial does not go on over it."""
        return self.state == IncidentState.OPEN and self.severity != Severity.MINOR

    def get_absolute_url(self) -> str:
        return reverse("pilots:incident", args=[self.pilot.number, self.number])


class LogEntry(models.Model):
    """A line of the test log. Written once."""

    pilot = models.ForeignKey(Pilot, models.PROTECT, related_name="log")
    by = models.ForeignKey(Person, models.PROTECT, related_name="+")
    at = models.DateTimeField(_("when"))
    slot = models.ForeignKey(SiteSlot, models.PROTECT, null=True, related_name="log",
                             verbose_name=_("where"))  # fmt: skip
    words = models.TextField(_("what happened"), max_length=4000)

    objects: ClassVar[models.Manager] = OfPilotQuerySet.as_manager()

    class Meta:
        verbose_name = _("line of the test log")
        indexes = [models.Index(fields=["pilot", "-at"])]

    def __str__(self) -> str:
        return tongue.own(self.words)[:60]


class Lesson(models.Model):
    """What was tried and why it came out as it did."""

    pilot = models.ForeignKey(Pilot, models.PROTECT, related_name="lessons")
    tried = models.TextField(_("what was tried"), max_length=4000)
    why = models.TextField(_("why it came out as it did"), max_length=4000)
    by = models.ForeignKey(Person, models.PROTECT, related_name="+")
    at = models.DateTimeField(_("when"))

    objects: ClassVar[models.Manager] = OfPilotQuerySet.as_manager()

    class Meta:
        verbose_name = _("lesson")

    def __str__(self) -> str:
        return tongue.own(self.tried)[:60]


class Side(models.TextChoices):
    """Who is asked about the results before a decision."""

    SITE = "site", _("the site")
    VENDOR = "vendor", _("the vendor")
    OWNER = "owner", _("the need owner")


class Comment(models.Model):
    """What a side says to the results; a dissent stays on record."""

    pilot = models.ForeignKey(Pilot, models.PROTECT, related_name="comments")
    side = models.CharField(_("side"), max_length=10, choices=Side)
    # A site speaks for itself; the other sides have one voice each.
    slot = models.ForeignKey(SiteSlot, models.PROTECT, null=True, related_name="comments")
    result_sha256 = models.CharField(max_length=64)
    is_dissent = models.BooleanField(_("objects"), default=False)
    words = models.TextField(_("words"), max_length=4000, blank=True)
    by = models.ForeignKey(Person, models.PROTECT, related_name="+")
    at = models.DateTimeField(_("when"))

    objects: ClassVar[models.Manager] = OfPilotQuerySet.as_manager()

    class Meta:
        verbose_name = _("comment on the results")

    def __str__(self) -> str:
        return tongue.own(self.words)[:60] or self.get_side_display()
