"""What was sent in: a file or a call of readings, and what became of its rows."""

from __future__ import annotations

from typing import Any, ClassVar

from django.db import models
from django.db.models import F, Q
from django.urls import reverse
from django.utils.translation import gettext_lazy as _

from pochin.files.models import File
from pochin.participants.models import Person
from pochin.pilots.models import OfPilot, Pilot


class State(models.TextChoices):
    """received → checking → accepted | rejected; withdrawn by people, from all but checking."""

    RECEIVED = "received", _("waiting for the go-ahead")
    CHECKING = "checking", _("being checked")
    ACCEPTED = "accepted", _("taken in")
    REJECTED = "rejected", _("not taken in")
    WITHDRAWN = "withdrawn", _("withdrawn")


LIVE = (State.RECEIVED, State.CHECKING, State.ACCEPTED)


class Source(models.TextChoices):
    """The way a file came."""

    BROWSER = "browser", _("in the browser")
    SHELL = "shell", _("from the command line")
    API = "api", _("through the interface for programs")
    FOLDER = "folder", _("from the watched folder")
    DEMO = "demo", _("demonstration")


class BatchQuerySet(models.QuerySet):
    def visible_to(self, user: Any) -> BatchQuerySet:
        """Those of pilots one sees all of: who sent what and how much, never what it says."""
        return self.filter(pilot__in=Pilot.objects.inside(user))

    def counted(self) -> BatchQuerySet:
        """Those whose readings count, in the order of their numbers."""
        return self.filter(state=State.ACCEPTED).order_by("number")


class Batch(OfPilot, models.Model):
    """One file of readings as it arrived, and what became of it."""

    pilot = models.ForeignKey(
        Pilot, models.PROTECT, related_name="batches", verbose_name=_("pilot")
    )
    number = models.PositiveIntegerField(_("number"), editable=False)
    file = models.ForeignKey(File, models.PROTECT, related_name="+", verbose_name=_("file"))
    sha256 = models.CharField("SHA-256", max_length=64)
    # `intake.Dialect.to_dict`: how the file is written, as found or as its sender put it right.
    dialect = models.JSONField(default=dict)
    source = models.CharField(
        _("way"), max_length=10, choices=Source, default=Source.BROWSER, editable=False
    )
    origin = models.CharField(_("from which system"), max_length=120, blank=True)
    sent_by = models.ForeignKey(Person, models.PROTECT, related_name="+", verbose_name=_("sent by"))
    sent_at = models.DateTimeField(_("sent"))
    declared_by_vendor = models.BooleanField(_("declared by the vendor"), default=False)
    confirmed_by = models.ForeignKey(
        Person, models.PROTECT, null=True, related_name="+", editable=False
    )
    confirmed_at = models.DateTimeField(_("confirmed"), null=True, editable=False)
    # Units the sender may speak for; empty: all of the plan.
    units = models.JSONField(default=list, blank=True, editable=False)
    state = models.CharField(
        _("state"), max_length=10, choices=State, default=State.RECEIVED, editable=False
    )
    # Which change of the store is due: it grows whenever rows are to be added or left out anew.
    round = models.PositiveIntegerField(default=1, editable=False)
    is_stale = models.BooleanField(default=False, editable=False)
    received = models.PositiveBigIntegerField(_("rows received"), null=True, editable=False)
    accepted = models.PositiveBigIntegerField(_("rows taken in"), null=True, editable=False)
    quarantined = models.PositiveBigIntegerField(_("rows set aside"), null=True, editable=False)
    duplicates = models.PositiveBigIntegerField(_("rows known already"), null=True, editable=False)
    by_reason = models.JSONField(default=dict, editable=False)
    # How many of its rows repeat rows of other batches, by the number of the batch.
    overlaps = models.JSONField(default=dict, editable=False)
    # How many rows of batches of the other side tell the same readings and give way, likewise.
    overrules = models.JSONField(default=dict, editable=False)
    plan_sha256 = models.CharField(max_length=64, blank=True, editable=False)
    rows_sha256 = models.CharField(_("fingerprint of the rows"), max_length=64, blank=True,
                                   editable=False)  # fmt: skip
    store_version = models.PositiveIntegerField(_("version of the store"), null=True,
                                                editable=False)  # fmt: skip
    first_day = models.DateField(_("first day"), null=True, editable=False)
    last_day = models.DateField(_("last day"), null=True, editable=False)
    # The latest moment a row tells of, also one in the future: it shows how clocks differ.
    newest_at = models.DateTimeField(_("latest moment"), null=True, editable=False)
    # What people should look at though the rows are in order: [{"code", "params"}].
    warnings = models.JSONField(default=list, editable=False)
    checked_at = models.DateTimeField(_("checked"), null=True, editable=False)
    # Why the file as a whole was not taken in: `{"code", "params"}` of `words.of_problem`.
    problem = models.JSONField(default=dict, editable=False)
    reasons = models.TextField(_("reasons"), blank=True, editable=False)

    objects: ClassVar[models.Manager] = BatchQuerySet.as_manager()
    shown_with = ("pilot",)

    class Meta:
        verbose_name = _("batch of readings")
        verbose_name_plural = _("batches of readings")
        constraints = [
            models.UniqueConstraint(fields=["pilot", "number"], name="batch_number_once"),
            models.UniqueConstraint(
                fields=["pilot", "sha256", "declared_by_vendor"],
                condition=Q(state__in=["received", "checking", "accepted"]),
                name="batch_file_once",
            ),
            models.CheckConstraint(
                name="batch_accepted_is_counted",
                condition=~Q(state="accepted")
                | Q(store_version__isnull=False, received__isnull=False) & ~Q(rows_sha256=""),
            ),
            models.CheckConstraint(
                name="batch_counts_add_up",
                condition=Q(received__isnull=True)
                | Q(received=F("accepted") + F("quarantined") + F("duplicates")),
            ),
            models.CheckConstraint(
                name="batch_confirmed_by_somebody",
                condition=Q(confirmed_at__isnull=True, confirmed_by__isnull=True)
                | Q(confirmed_at__isnull=False, confirmed_by__isnull=False),
            ),
        ]
        indexes = [
            models.Index(fields=["pilot", "state", "number"]),
            models.Index(fields=["state"], condition=Q(state="checking"), name="batch_checking"),
        ]

    def __str__(self) -> str:
        return f"{self.file.name} ({self.pilot.code} · {self.number})"

    def get_absolute_url(self) -> str:
        return reverse("measurements:batch", args=[self.pilot.number, self.number])

    def shows_prints_to(self, user: Any) -> bool:
        """Whether a reader is told the fingerprints: its sender, others with the result.

        The fingerprint of a few rows is soon guessed, and the rows with it.
        """
        return self.sent_by_id == user.pk or self.pilot.result_at is not None

    @property
    def is_confirmed(self) -> bool:
        """Whether it may speak of the primary metric: the post's own, or confirmed by the post."""
        return not self.declared_by_vendor or self.confirmed_at is not None


class CrossingQuerySet(models.QuerySet):
    def visible_to(self, user: Any) -> CrossingQuerySet:
        """Those of pilots one sees all of: that both told a reading, and whose is used."""
        return self.filter(batch__pilot__in=Pilot.objects.inside(user))

    def counted(self) -> CrossingQuerySet:
        """Those of batches that both count."""
        both = self.filter(batch__state=State.ACCEPTED, used__state=State.ACCEPTED)
        return both.order_by("batch__number", "used__number")


class Crossing(models.Model):
    """Readings that the vendor and the post both told; those of `used` count, as the plan says.

    Whether they say the same is shown to both once the result was handed over, not before: one
    guess a row would tell the vendor what the readings are.
    """

    batch = models.ForeignKey(Batch, models.CASCADE, related_name="crossings")
    used = models.ForeignKey(Batch, models.CASCADE, related_name="used_over")
    rows = models.PositiveBigIntegerField(_("readings both told"))
    differing = models.PositiveBigIntegerField(_("of them told differently"))
    # The first that differ: unit, at_us, period, metric, value, other_value of `lake.unlike`.
    unlike = models.JSONField(default=list)

    objects: ClassVar[models.Manager] = CrossingQuerySet.as_manager()

    class Meta:
        verbose_name = _("readings told by both sides")
        constraints = [
            models.UniqueConstraint(fields=["batch", "used"], name="crossing_once"),
            models.CheckConstraint(
                name="crossing_counts_add_up", condition=Q(differing__lte=F("rows"))
            ),
        ]

    def __str__(self) -> str:
        return f"{self.batch_id} {self.used_id}"


class QuarantineQuerySet(models.QuerySet):
    def visible_to(self, user: Any) -> QuarantineQuerySet:
        """The rows one sent oneself; once the result was handed over, those of one's pilots.

        Who works with the solution is known, so the value of a row tells of an arm.
        """
        if user.pk is None:
            return self.none()
        told = Q(batch__pilot__in=Pilot.objects.inside(user), batch__pilot__result_at__isnull=False)
        return self.filter(Q(batch__sent_by_id=user.pk) | told)


class QuarantineRow(models.Model):
    """A row that was not taken in: where it stands, what it says, why not."""

    batch = models.ForeignKey(Batch, models.CASCADE, related_name="set_aside")
    line = models.PositiveBigIntegerField(_("line"))
    column = models.CharField(_("column"), max_length=60, blank=True)
    value = models.CharField(_("value"), max_length=200, blank=True)
    reason = models.CharField(_("reason"), max_length=20)
    params = models.JSONField(default=dict)
    # Known already, and so counted apart from the rows in quarantine.
    is_duplicate = models.BooleanField(default=False)

    objects: ClassVar[models.Manager] = QuarantineQuerySet.as_manager()

    class Meta:
        verbose_name = _("row set aside")
        indexes = [models.Index(fields=["batch", "line"])]

    def __str__(self) -> str:
        return f"{self.line} {self.reason}"
