"""Commitments: who owes what to whom until when, what shows it, and how far it came."""

from __future__ import annotations

from datetime import date, datetime, time, timedelta
from decimal import Decimal
from typing import Any, ClassVar

from django.core.exceptions import FieldDoesNotExist
from django.db import models
from django.db.models import Exists, F, OuterRef, Q
from django.utils import timezone
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from pochin.agreements.models.agreement import Agreement, State
from pochin.agreements.models.text import Clause
from pochin.core import imprints, signatures, tongue
from pochin.core.calendar import MOSCOW
from pochin.files.models import File
from pochin.participants.models import Organisation, Person, in_reader_language
from pochin.search import index
from pochin.ui.addresses import address
from pochin.ui.seen import written_once

# A commitment that is due so soon and has not come far puts its agreement at risk.
SOON = timedelta(days=30)


class CommitmentState(models.TextChoices):
    """The life of a commitment."""

    PLANNED = "planned", _("planned")
    ACTIVE = "active", _("under way")
    SUBMITTED = "reported", _("waits for the other side")
    COMPLETE = "complete", _("complete")
    WITHDRAWN = "withdrawn", pgettext_lazy("commitment", "withdrawn")
    ENDED = "ended", _("ended with the agreement")


class CommitmentKind(models.TextChoices):
    NUMBER = "number", _("a number to reach")
    EVENT = "event", _("an event to hold")
    DOCUMENT = "document", _("a document to issue")
    REGULAR = "regular", _("something done regularly")


class Completion(models.TextChoices):
    """How far a commitment came, in five steps."""

    NO_EVIDENCE = "no_evidence", _("no evidence")
    NOT_STARTED = "not_started", _("not started")
    LIMITED = "limited", _("limited")
    SUBSTANTIAL = "substantial", _("substantial")
    COMPLETE = "complete", _("complete")


BEHIND = (Completion.NO_EVIDENCE, Completion.NOT_STARTED, Completion.LIMITED)
UNDER_WAY = (CommitmentState.ACTIVE, CommitmentState.SUBMITTED)


class Counter(models.TextChoices):
    """What can be counted from the registers; the portfolio does the counting."""

    PILOTS_STARTED = "pilots_started", _("pilots of cluster participants started")
    PILOTS_SCALED = "pilots_scaled", _("pilots decided to be scaled")
    NEEDS_PUBLISHED = "needs_published", _("needs published")
    APPLICATIONS = "applications", _("applications submitted")
    DEALS_SIGNED = "deals_signed", _("deals signed")
    ANSWERED = "answered", _("share of steps of screening made in time, %")


# What grows towards its target; a share may fall again, so it counts on the due day alone.
SHARES = frozenset({Counter.ANSWERED})


class CommitmentQuerySet(models.QuerySet):
    @written_once
    def visible_to(self, user: Any) -> CommitmentQuerySet:
        """Those of the agreements one may see."""
        return self.filter(agreement__in=Agreement.objects.visible_to(user))

    def overdue(self, on: date) -> CommitmentQuerySet:
        """Those that are late without anybody having said so."""
        return self.filter(state__in=UNDER_WAY, due_on__lt=on)

    def at_risk(self, on: date) -> CommitmentQuerySet:
        """Those that are late, or due soon and not far."""
        soon = Q(due_on__lte=on + SOON, completion__in=BEHIND)
        return self.filter(Q(due_on__lt=on) | soon, state__in=UNDER_WAY)


class Commitment(models.Model):
    """One promise of an agreement: one who owes it, one date, one measure."""

    agreement = models.ForeignKey(Agreement, models.PROTECT, related_name="commitments")
    number = models.PositiveSmallIntegerField(_("number"), editable=False)
    clause = models.ForeignKey(
        Clause, models.SET_NULL, null=True, blank=True, related_name="+", verbose_name=_("clause")
    )
    owes = models.ForeignKey(
        Organisation, models.PROTECT, related_name="+", verbose_name=_("who owes it")
    )
    to = models.ForeignKey(
        Organisation, models.PROTECT, related_name="+", verbose_name=_("to whom")
    )
    kind = models.CharField(_("kind"), max_length=10, choices=CommitmentKind)
    text_ru = models.TextField(_("what is promised, in Russian"), max_length=1000)
    text_en = models.TextField(_("what is promised, in English"), max_length=1000, blank=True)
    measure_ru = models.CharField(_("measured by, in Russian"), max_length=200, blank=True)
    measure_en = models.CharField(_("measured by, in English"), max_length=200, blank=True)
    unit_ru = models.CharField(_("unit, in Russian"), max_length=40, blank=True)
    unit_en = models.CharField(_("unit, in English"), max_length=40, blank=True)
    target = models.DecimalField(
        _("target"), max_digits=14, decimal_places=2, null=True, blank=True
    )
    counter = models.CharField(
        _("counted from the registers"), max_length=30, choices=Counter, blank=True
    )
    starts_on = models.DateField(_("from"))
    due_on = models.DateField(_("due"))
    responsible = models.ForeignKey(
        Person, models.PROTECT, null=True, blank=True, related_name="+",
        verbose_name=_("responsible at who owes it"),
    )  # fmt: skip
    contact = models.ForeignKey(
        Person, models.PROTECT, null=True, blank=True, related_name="+",
        verbose_name=_("responsible at the other side"),
    )  # fmt: skip

    state = models.CharField(
        max_length=10, choices=CommitmentState, default=CommitmentState.PLANNED, editable=False
    )
    completion = models.CharField(
        _("how far it came"), max_length=12, choices=Completion, default=Completion.NO_EVIDENCE,
        editable=False,
    )  # fmt: skip
    # What was reported or counted; `of` is the whole a share was counted from.
    value = models.DecimalField(max_digits=14, decimal_places=2, null=True, editable=False)
    of = models.PositiveIntegerField(null=True, editable=False)
    counted_at = models.DateTimeField(null=True, editable=False)
    counted_href = models.CharField(max_length=400, blank=True, editable=False)
    # The self-assessment that waits for the other side, or the last one it agreed to.
    reported = models.CharField(max_length=12, choices=Completion, blank=True, editable=False)
    report = models.TextField(_("self-assessment"), max_length=4000, blank=True, editable=False)
    reported_at = models.DateTimeField(null=True, editable=False)
    reminders = models.PositiveSmallIntegerField(default=0, editable=False)
    confirmed_by = models.ForeignKey(
        Person, models.PROTECT, null=True, editable=False, related_name="+"
    )
    confirmed_at = models.DateTimeField(null=True, editable=False)
    is_by_silence = models.BooleanField(default=False, editable=False)
    overdue_noted_on = models.DateField(null=True, editable=False)
    due_noted_on = models.DateField(null=True, editable=False)
    is_demonstration = models.BooleanField(default=False, editable=False)

    objects: ClassVar[models.Manager] = CommitmentQuerySet.as_manager()
    shown_by = ("text_ru", "text_en")
    shown_with = ("agreement__programme",)

    class Meta:
        verbose_name = _("commitment")
        verbose_name_plural = _("commitments")
        constraints = [
            models.UniqueConstraint(fields=["agreement", "number"], name="commitment_number_once"),
            models.CheckConstraint(
                name="commitment_due_after_start", condition=Q(due_on__gte=F("starts_on"))
            ),
            models.CheckConstraint(
                name="commitment_between_two", condition=~Q(owes=F("to"))
            ),
            models.CheckConstraint(
                name="commitment_counted_has_target",
                condition=Q(counter="") | Q(target__isnull=False),
            ),
        ]  # fmt: skip
        indexes = [
            models.Index(fields=["state", "due_on"]),
            models.Index(fields=["counter", "state"]),
        ]

    def __str__(self) -> str:
        return in_reader_language(self.text_ru, self.text_en)

    @property
    def code(self) -> str:
        """The number within its agreement: С-012.3."""
        return f"{self.agreement.code}.{self.number}"

    @property
    def programme(self) -> Any:
        return self.agreement.programme

    @property
    def programme_id(self) -> int:
        return self.agreement.programme_id

    @property
    def due_at(self) -> datetime:
        """The last moment of the due day, in Moscow."""
        return datetime.combine(self.due_on, time(23, 59, 59), MOSCOW)

    def told(self, field: str) -> str:
        """A text in the reader's language, by the name both languages share."""
        return in_reader_language(getattr(self, f"{field}_ru"), getattr(self, f"{field}_en"))

    def get_absolute_url(self) -> str:
        agreement = self.agreement
        words = (agreement.programme.code, agreement.number, self.number)
        return address("agreements:commitment", *words)

    def is_overdue(self, on: date | None = None) -> bool:
        """Whether its day has passed while it is still under way."""
        return self.state in UNDER_WAY and self.due_on < (on or timezone.localdate())

    @property
    def unit(self) -> str:
        return self.told("unit")

    @property
    def reported_words(self) -> str:
        """How far it came, in the words of who owes it."""
        return str(Completion(self.reported).label) if self.reported else ""

    @property
    def is_reached(self) -> bool:
        """Whether what was counted or reported is what was promised."""
        return self.target is not None and self.value is not None and self.value >= self.target

    def content(self) -> list[Any]:
        """What the parties promise each other; how far it came is not part of it."""
        return [
            self.number, self.kind, self.owes.inn or self.owes.name_ru,
            self.to.inn or self.to.name_ru, self.text_ru, self.text_en, self.measure_ru,
            self.measure_en, "" if self.target is None else str(Decimal(self.target).normalize()),
            self.unit_ru, self.unit_en, self.counter, self.starts_on.isoformat(),
            self.due_on.isoformat(),
        ]  # fmt: skip


def with_risk(agreements: models.QuerySet, on: date) -> models.QuerySet:
    """Agreements with `is_at_risk`: in force, and one of their commitments is late or will be."""
    late = Commitment.objects.at_risk(on).filter(agreement=OuterRef("pk"))
    return agreements.annotate(is_at_risk=Exists(late) & Q(state=State.IN_FORCE))


class EvidenceQuerySet(models.QuerySet):
    def visible_to(self, user: Any) -> EvidenceQuerySet:
        """That of the agreements one reads inside; what everybody may read has none of it."""
        return self.filter(commitment__agreement__in=Agreement.objects.inside(user))


class Evidence(models.Model):
    """What shows how far a commitment came: a file, a link or words."""

    commitment = models.ForeignKey(Commitment, models.PROTECT, related_name="evidence")
    place = models.PositiveSmallIntegerField()
    words = models.TextField(_("what it shows"), max_length=2000)
    link = models.URLField(_("link"), max_length=500, blank=True)
    file = models.ForeignKey(File, models.PROTECT, null=True, related_name="+")
    added_by = models.ForeignKey(Person, models.PROTECT, related_name="+")
    added_at = models.DateTimeField()

    objects: ClassVar[models.Manager] = EvidenceQuerySet.as_manager()

    class Meta:
        verbose_name = _("evidence")
        constraints = [
            models.UniqueConstraint(fields=["commitment", "place"], name="evidence_place")
        ]

    def __str__(self) -> str:
        return tongue.own(self.words)


class AmendmentState(models.TextChoices):
    """The life of an amendment."""

    PROPOSED = "proposed", _("waits for signatures")
    APPLIED = "applied", _("changes the agreement")
    DECLINED = "declined", _("declined")
    TAKEN_BACK = "taken_back", _("taken back")


class AmendmentQuerySet(models.QuerySet):
    def visible_to(self, user: Any) -> AmendmentQuerySet:
        """Those of the agreements one reads inside."""
        return self.filter(agreement__in=Agreement.objects.inside(user))


class Amendment(models.Model):
    """A change of one commitment, signed by every party; nothing else changes what was promised."""

    agreement = models.ForeignKey(Agreement, models.PROTECT, related_name="amendments")
    number = models.PositiveSmallIntegerField(editable=False)
    commitment = models.ForeignKey(Commitment, models.PROTECT, null=True, related_name="amendments")
    # What becomes of it: fields with their new values; `{}` withdraws the commitment.
    changes = models.JSONField()
    reason = models.TextField(_("why"), max_length=4000)
    proposed_by = models.ForeignKey(Person, models.PROTECT, related_name="+")
    proposed_at = models.DateTimeField()
    applied_at = models.DateTimeField(null=True)
    sha256 = models.CharField(max_length=64)
    state = models.CharField(
        max_length=12, choices=AmendmentState, default=AmendmentState.PROPOSED, editable=False
    )

    objects: ClassVar[models.Manager] = AmendmentQuerySet.as_manager()
    shown_with = ("agreement__programme", "commitment__agreement")

    class Meta:
        verbose_name = _("amendment")
        constraints = [
            models.UniqueConstraint(fields=["agreement", "number"], name="agreement_amendment_once")
        ]

    def __str__(self) -> str:
        word = _("Amendment")
        return f"{word} {self.number}"

    @property
    def code(self) -> str:
        return self.agreement.code

    @property
    def programme(self) -> Any:
        return self.agreement.programme

    @property
    def programme_id(self) -> int:
        return self.agreement.programme_id

    @property
    def is_withdrawal(self) -> bool:
        return self.commitment_id is not None and not self.changes

    def get_absolute_url(self) -> str:
        words = (self.agreement.programme.code, self.agreement.number, self.number)
        return address("agreements:amendment", *words)

    def content(self) -> dict[str, Any]:
        """What the parties sign."""
        return {
            "programme": self.agreement.programme.code,
            "agreement": self.agreement.number,
            "amendment": self.number,
            "commitment": self.commitment.number if self.commitment else None,
            "changes": self.changes,
        }

    def fingerprint(self) -> str:
        """SHA-256 of what the parties sign."""
        return signatures.fingerprint(self.content())

    def rows(self) -> list[tuple[Any, Any, Any]]:
        """What changes: the name of the field, what stood there, what will stand there."""
        return [
            (_label(name), getattr(self.commitment, name, "") if self.commitment else "", value)
            for name, value in self.changes.items()
        ]


def _label(name: str) -> Any:
    try:
        return Commitment._meta.get_field(name).verbose_name  # type: ignore[union-attr]
    except FieldDoesNotExist:
        return name


index.declare(
    Commitment,
    title=lambda c: f"{c.text_ru} {c.text_en}",
    text=lambda c: (
        f"{c.measure_ru} {c.measure_en} {c.owes.name_ru} {c.owes.name_en} {c.to.name_ru} "
        f"{c.to.name_en} {c.agreement.title_ru} {c.agreement.title_en}"
    ),
    number=lambda c: f"С-{c.agreement.number}.{c.number}",
    fetch=lambda things: things.select_related("owes", "to", "agreement"),
)
imprints.keep(Commitment, along=lambda c: [c.evidence])
