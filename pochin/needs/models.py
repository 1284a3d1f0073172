"""Needs: what hurts, how it is measured, what is given, until when solutions are taken."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

from django.db import models
from django.db.models import Case, Exists, F, OuterRef, Q, Value, When
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from pochin.core import numbers, signatures, tongue
from pochin.participants.models import (
    Organisation,
    Person,
    Programme,
    in_reader_language,
    own,
)
from pochin.participants.policy import WORKING_ROLES, may_have, organisations, programmes
from pochin.ui.addresses import address
from pochin.ui.seen import written_once


class State(models.TextChoices):
    DRAFT = "draft", _("draft")
    SUBMITTED = "submitted", _("submitted")
    CHECKING = "checking", _("being checked")
    APPROVED = "approved", _("approved")
    PUBLISHED = "published", _("published")
    COLLECTING = "collecting", _("taking applications")
    SELECTION = "selection", _("under selection")
    PILOTING = "piloting", _("in pilot")
    SATISFIED = "satisfied", _("satisfied")
    PARTLY = "partly", _("partly satisfied")
    CLOSED = "closed", _("closed without a solution")
    WITHDRAWN = "withdrawn", _("withdrawn")


PUBLIC_STATES = [
    State.PUBLISHED,
    State.COLLECTING,
    State.SELECTION,
    State.PILOTING,
    State.SATISFIED,
    State.PARTLY,
    State.CLOSED,
]


class Direction(models.TextChoices):
    LESS = "less", _("less is better")
    MORE = "more", _("more is better")


class Outcome(models.TextChoices):
    BUY = "buy", _("buy")
    LICENCE = "licence", _("take a licence")
    RESEARCH = "research", _("develop together")
    INFORMATION = "information", _("learn what exists")


# Later than any day on which an intake closes.
NEVER = datetime(9999, 12, 31, tzinfo=UTC)


class NeedQuerySet(models.QuerySet):
    @written_once
    def visible_to(self, user: Any) -> NeedQuerySet:
        """What was published is public; before that, its programme's people and its owner."""
        shown = Q(state__in=PUBLIC_STATES)
        if not user.is_authenticated:
            return self.filter(shown)
        own = Q(programme__in=programmes(user)) | Q(owner_id=user.pk)
        return self.filter(shown | own | Q(unit__in=organisations(user)))

    def inside(self, user: Any) -> NeedQuerySet:
        """Those one works on. An expert judges what is offered to them and stays out of it."""
        if not user.is_authenticated:
            return self.none()
        ours = Q(programme__in=programmes(user, *WORKING_ROLES)) | Q(owner_id=user.pk)
        return self.filter(ours | Q(unit__in=organisations(user)))

    def open(self, at: datetime) -> NeedQuerySet:
        """Those that take applications at this moment."""
        return self.filter(state=State.COLLECTING, closes_at__gt=at)


class Need(models.Model):
    """One problem of the post that a solution is sought for."""

    programme = models.ForeignKey(Programme, models.PROTECT, related_name="needs")
    number = models.PositiveIntegerField(_("number"), unique=True, editable=False)
    unit = models.ForeignKey(
        Organisation, models.PROTECT, related_name="needs", verbose_name=_("unit")
    )
    owner = models.ForeignKey(
        Person, models.PROTECT, related_name="needs", verbose_name=_("owner of the need")
    )
    title_ru = models.CharField(_("title in Russian"), max_length=200)
    title_en = models.CharField(_("title in English"), max_length=200, blank=True)
    problem_ru = models.TextField(_("what hurts, in Russian"), max_length=6000)
    problem_en = models.TextField(_("what hurts, in English"), max_length=6000, blank=True)
    place_ru = models.CharField(_("where it hurts, in Russian"), max_length=300, blank=True)
    place_en = models.CharField(_("where it hurts, in English"), max_length=300, blank=True)
    metric_ru = models.CharField(_("metric, in Russian"), max_length=200)
    metric_en = models.CharField(_("metric, in English"), max_length=200, blank=True)
    metric_unit_ru = models.CharField(_("unit of the metric, in Russian"), max_length=40)
    metric_unit_en = models.CharField(
        _("unit of the metric, in English"), max_length=40, blank=True
    )
    direction = models.CharField(
        _("direction"), max_length=4, choices=Direction, default=Direction.LESS
    )
    metric_now = models.DecimalField(
        _("value today"), max_digits=16, decimal_places=4, null=True, blank=True
    )
    metric_how = models.TextField(_("how it is measured"), max_length=2000, blank=True)
    metric_target = models.DecimalField(
        _("target"), max_digits=16, decimal_places=4, null=True, blank=True
    )
    value_per_year = models.DecimalField(
        _("value of solving it, a year, roubles"),
        max_digits=16, decimal_places=2, null=True, blank=True,
    )  # fmt: skip
    offered_ru = models.TextField(_("what we give, in Russian"), max_length=4000, blank=True)
    offered_en = models.TextField(_("what we give, in English"), max_length=4000, blank=True)
    limits_ru = models.TextField(_("what is not allowed, in Russian"), max_length=4000, blank=True)
    limits_en = models.TextField(_("what is not allowed, in English"), max_length=4000, blank=True)
    sites_wanted = models.PositiveIntegerField(_("sites for a pilot"), null=True, blank=True)
    budget = models.DecimalField(
        _("budget ceiling, roubles"), max_digits=16, decimal_places=2, null=True, blank=True
    )
    budget_source = models.CharField(_("source of the budget"), max_length=200, blank=True)
    outcome = models.CharField(_("outcome"), max_length=12, choices=Outcome, default=Outcome.BUY)
    opens_at = models.DateTimeField(_("applications from"), null=True, blank=True)
    closes_at = models.DateTimeField(_("applications until"), null=True, blank=True)
    state = models.CharField(max_length=20, choices=State, default=State.DRAFT, editable=False)
    # Where a need stands in the catalogue: open ones first, the soonest to close on top.
    intake_until = models.GeneratedField(
        expression=Case(When(state=State.COLLECTING, then=F("closes_at")), default=Value(NEVER)),
        output_field=models.DateTimeField(),
        db_persist=True,
    )
    legal_check_by = models.ForeignKey(
        Person, models.PROTECT, null=True, editable=False, related_name="+"
    )
    published_at = models.DateTimeField(_("published"), null=True, editable=False)
    reasons = models.TextField(_("reasons"), blank=True, editable=False)
    is_demonstration = models.BooleanField(default=False, editable=False)

    objects = NeedQuerySet.as_manager()

    class Meta:
        verbose_name = _("need")
        verbose_name_plural = _("needs")
        constraints = [
            models.CheckConstraint(
                name="need_closes_after_it_opens",
                condition=Q(opens_at__isnull=True)
                | Q(closes_at__isnull=True)
                | Q(closes_at__gt=F("opens_at")),
            ),
            models.CheckConstraint(
                name="need_collects_in_a_window",
                condition=~Q(state="collecting") | Q(closes_at__isnull=False),
            ),
        ]
        indexes = [
            models.Index(fields=["programme", "state"]),
            # None by state alone: SQLite would take it for the catalogue, and sort all of it.
            models.Index(fields=["intake_until", "-number", "id"], name="need_catalogue"),
        ]

    def __str__(self) -> str:
        return self.title

    @property
    def code(self) -> str:
        """The number as people read it."""
        return numbers.written("need", self.number)

    def get_absolute_url(self) -> str:
        return address("needs:page", self.number)

    @property
    def title(self) -> str:
        return in_reader_language(self.title_ru, self.title_en)

    def told(self, field: str) -> str:
        """A text of the need in the reader's language, by the name both languages share."""
        return in_reader_language(getattr(self, f"{field}_ru"), getattr(self, f"{field}_en"))

    def is_open(self, at: datetime) -> bool:
        """Whether applications are taken at this moment."""
        in_time = self.closes_at is not None and at < self.closes_at
        return self.state == State.COLLECTING and in_time

    def fingerprint(self) -> str:
        """SHA-256 of what the owner signs: the text and the metric, not the window."""
        signed = [f.attname for f in self._meta.concrete_fields if f.editable]
        left_out = {"opens_at", "closes_at"}
        return signatures.fingerprint(
            {name: str(getattr(self, name)) for name in signed if name not in left_out}
        )

    def is_signed(self) -> bool:
        """Whether the owner's signature stands under the text as it is now."""
        signed = signatures.under(self, what="need", sha256=self.fingerprint())
        return signed.filter(by_id=self.owner_id).exists()


own("needs", "SELECT 1 FROM needs_need WHERE owner_id = %s")


def answering_needs_of(user: Any, *, is_many: bool) -> Q:
    """The condition on things with a `need` that it is one of the reader's own needs.

    Args:
        user: Who reads.
        is_many: The reader sees most things for another reason. Then each thing is asked about
            in the order of the list; else the own needs lead to their things by an index.
    """
    if not may_have(user, "needs"):
        return Q(pk__in=[])
    owned = Need.objects.filter(owner_id=user.pk)
    if is_many:
        return Q(Exists(owned.filter(pk=OuterRef("need_id"))))
    return Q(need__in=owned.values("pk"))


class QuestionState(models.TextChoices):
    ASKED = "asked", _("asked")
    ANSWERED = "answered", _("answered")
    DECLINED = "declined", _("left without an answer")


class QuestionQuerySet(models.QuerySet):
    def visible_to(self, user: Any) -> QuestionQuerySet:
        """Answers are public with the need; an open question only to its asker and the post."""
        shown = Q(state=QuestionState.ANSWERED, need__state__in=PUBLIC_STATES)
        if not user.is_authenticated:
            return self.filter(shown)
        own = Q(asked_by_id=user.pk) | Q(need__owner_id=user.pk)
        return self.filter(shown | own | Q(need__programme__in=programmes(user, "coordinator")))


class Question(models.Model):
    """What somebody asked about a need. Who asked is never shown with the answer."""

    need = models.ForeignKey(Need, models.CASCADE, related_name="questions")
    number = models.PositiveIntegerField(editable=False)
    asked_by = models.ForeignKey(Person, models.PROTECT, related_name="+", editable=False)
    asked_at = models.DateTimeField(default=timezone.now, editable=False)
    text = models.TextField(_("question"), max_length=2000)
    answer = models.TextField(_("answer"), max_length=4000, blank=True, editable=False)
    answered_at = models.DateTimeField(null=True, editable=False)
    state = models.CharField(
        max_length=10, choices=QuestionState, default=QuestionState.ASKED, editable=False
    )

    objects = QuestionQuerySet.as_manager()
    shown_by = ("text",)
    shown_with = ("need",)

    class Meta:
        verbose_name = _("question")
        constraints = [
            models.UniqueConstraint(fields=["need", "number"], name="question_number_once")
        ]

    def __str__(self) -> str:
        return tongue.own(self.text)[:60]

    @property
    def programme_id(self) -> int:
        return self.need.programme_id

    @property
    def owner_id(self) -> int:
        return self.need.owner_id

    def get_absolute_url(self) -> str:
        return f"{self.need.get_absolute_url()}#q{self.number}"
