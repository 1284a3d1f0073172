"""The pilot itself: who, when, how it stands."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date
from types import MappingProxyType
from typing import Any, ClassVar, NamedTuple

from django.db import models
from django.db.models import F, Q
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from pochin.agreements.models import Agreement
from pochin.applications.models import Application
from pochin.core import numbers
from pochin.lab.assignment import Assignment
from pochin.lab.result import ProtocolViolation
from pochin.needs.models import Need
from pochin.participants.models import Organisation, Person, Programme, in_reader_language
from pochin.pilots.models.readers import PilotQuerySet
from pochin.pilots.models.states import (
    BEFORE_LOCK,
    BEFORE_RUNNING,
    TAKES_READINGS,
    UNDECIDED,
    CancelCode,
    Colour,
    Outcome,
    Purpose,
    State,
    Verdict,
)
from pochin.solutions.models import Solution
from pochin.ui.addresses import address


def _person(words: Any, *, editable: bool = True) -> models.ForeignKey:
    """A person named in a pilot; may be named later."""
    return models.ForeignKey(
        Person, models.PROTECT, null=True, blank=True, related_name="+",
        verbose_name=words, editable=editable,
    )  # fmt: skip


class Window(NamedTuple):
    """The days of the run, both included."""

    start: date | None
    end: date | None


class Pilot(models.Model):
    """One trial, from the proposal to the lessons."""

    programme = models.ForeignKey(
        Programme, models.PROTECT, related_name="pilots", verbose_name=_("programme")
    )
    number = models.PositiveIntegerField(_("number"), unique=True, editable=False)
    title_ru = models.CharField(_("title in Russian"), max_length=200)
    title_en = models.CharField(_("title in English"), max_length=200, blank=True)
    summary_ru = models.TextField(_("what is tried, in Russian"), max_length=4000, blank=True)
    summary_en = models.TextField(_("what is tried, in English"), max_length=4000, blank=True)
    purpose = models.CharField(_("purpose"), max_length=20, choices=Purpose, default=Purpose.PROVE)
    need = models.ForeignKey(
        Need, models.PROTECT, null=True, blank=True, related_name="pilots", verbose_name=_("need")
    )
    applications = models.ManyToManyField(
        Application, blank=True, related_name="pilots", verbose_name=_("applications")
    )
    organisation = models.ForeignKey(
        Organisation,
        models.PROTECT,
        null=True,
        blank=True,
        related_name="pilots",
        verbose_name=_("vendor"),
    )
    solution = models.ForeignKey(
        Solution,
        models.PROTECT,
        null=True,
        blank=True,
        related_name="pilots",
        verbose_name=_("solution"),
    )
    # The version that is tried, as it was when the pilot was proposed.
    solution_frozen = models.JSONField(default=dict, blank=True, editable=False)
    follows = models.ForeignKey(
        "self", models.PROTECT, null=True, blank=True, related_name="followers",
        editable=False, verbose_name=_("follows the pilot"),
    )  # fmt: skip

    sponsor = _person(_("sponsor"))
    decision_owner = _person(_("decision owner"))
    manager = _person(_("pilot manager"))
    methodologist = _person(_("methodologist"))
    analyst = _person(_("analyst"))
    vendor_manager = _person(_("the vendor's manager"))
    decision_date = models.DateField(_("decision date"), null=True, blank=True)
    starts_on = models.DateField(_("first day of the run"), null=True, blank=True)
    ends_on = models.DateField(_("last day of the run"), null=True, blank=True)
    agreement = models.ForeignKey(
        Agreement, models.PROTECT, null=True, blank=True, related_name="pilots",
        verbose_name=_("agreement"),
    )  # fmt: skip
    regime = models.CharField(_("experimental legal regime"), max_length=200, blank=True)
    # Why a plan that cannot detect its own threshold is tried nevertheless.
    waiver = models.TextField(_("why it is tried although it may not decide"), blank=True)
    # What the texts of the plan are called in the other language; see `pochin.pilots.wording`.
    wording = models.JSONField(null=True, editable=False)
    baseline_words = models.TextField(_("where baseline data come from"), blank=True)

    state = models.CharField(max_length=20, choices=State, default=State.PROPOSED, editable=False)
    is_public = models.BooleanField(_("stands in the public register"), default=True)
    # Entered with its window in the past: the plan was written after the data, for ever.
    is_archive = models.BooleanField(_("from the archive"), default=False, editable=False)
    is_demonstration = models.BooleanField(default=False, editable=False)
    proposed_at = models.DateTimeField(_("proposed"), editable=False)
    locked_at = models.DateTimeField(_("plan locked"), null=True, editable=False)
    # The drawn number, where the plan only committed itself to one.
    seed = models.CharField(_("drawn number"), max_length=200, blank=True, editable=False)
    feed_tested_at = models.DateTimeField(_("data feed tested"), null=True, editable=False)
    started_at = models.DateTimeField(_("run started"), null=True, editable=False)
    start_reached_at = models.DateTimeField(null=True, editable=False)
    end_reached_at = models.DateTimeField(null=True, editable=False)
    decision_day_reached_at = models.DateTimeField(null=True, editable=False)
    # What arrived, as the room of the readings last counted it (`lifecycle.Completeness`).
    data = models.JSONField(default=dict, editable=False)
    data_words = models.TextField(_("why data are missing"), blank=True, editable=False)
    data_sha256 = models.CharField(_("fingerprint of the data"), max_length=64, blank=True,
                                   editable=False)  # fmt: skip
    data_closed_at = models.DateTimeField(_("data closed"), null=True, editable=False)
    suspended_by = _person(_("suspended by"), editable=False)
    reasons = models.TextField(_("reasons"), blank=True, editable=False)
    cancel_code = models.CharField(max_length=20, choices=CancelCode, blank=True, editable=False)
    early_reason = models.CharField(_("ended early because"), max_length=200, blank=True,
                                    editable=False)  # fmt: skip
    # What the evaluation found; shown only after it was handed over.
    verdict = models.CharField(_("verdict"), max_length=12, choices=Verdict, blank=True,
                               editable=False)  # fmt: skip
    colour = models.CharField(_("colour"), max_length=6, choices=Colour, blank=True,
                              editable=False)  # fmt: skip
    result_sha256 = models.CharField(max_length=64, blank=True, editable=False)
    result_at = models.DateTimeField(_("result handed over"), null=True, editable=False)
    comments_until = models.DateTimeField(_("comments until"), null=True, editable=False)
    agreed_at = models.DateTimeField(_("results agreed"), null=True, editable=False)
    outcome = models.CharField(_("decision"), max_length=20, choices=Outcome, blank=True,
                               editable=False)  # fmt: skip
    decided_at = models.DateTimeField(_("decided"), null=True, editable=False)
    decision_sha256 = models.CharField(max_length=64, blank=True, editable=False)
    conditions = models.TextField(_("conditions"), blank=True, editable=False)
    extensions = models.PositiveSmallIntegerField(_("times extended"), default=0, editable=False)
    closed_at = models.DateTimeField(_("closed"), null=True, editable=False)

    objects: ClassVar[models.Manager] = PilotQuerySet.as_manager()
    # How much of it the reader may see, where `with_reach` has noted that.
    reach: str
    # Whether its decision date has passed, where a list has noted that.
    is_late: bool
    # What a page that changes nothing has read of it in one question, by name.
    held: Mapping[str, list[Any]] = MappingProxyType({})

    class Meta:
        verbose_name = _("pilot")
        verbose_name_plural = _("pilots")
        constraints = [
            models.CheckConstraint(
                name="pilot_ends_after_it_starts",
                condition=Q(starts_on__isnull=True)
                | Q(ends_on__isnull=True)
                | Q(ends_on__gte=F("starts_on")),
            ),
            models.CheckConstraint(
                name="pilot_has_a_vendor",
                condition=Q(is_archive=True) | Q(organisation__isnull=False),
            ),
            models.CheckConstraint(
                name="pilot_locked_has_day",
                condition=Q(state__in=[*BEFORE_LOCK, State.CANCELLED]) | Q(locked_at__isnull=False),
            ),
            models.CheckConstraint(
                name="pilot_runs_with_owner_and_day",
                condition=Q(state__in=[*BEFORE_RUNNING, State.CANCELLED])
                | Q(decision_owner__isnull=False, decision_date__isnull=False),
            ),
            models.CheckConstraint(
                name="pilot_archive_is_never_green", condition=~Q(is_archive=True, colour="green")
            ),
            models.CheckConstraint(
                name="pilot_duties_are_separate",
                condition=~Q(manager=F("analyst"))
                & ~Q(manager=F("decision_owner"))
                & ~Q(analyst=F("decision_owner"))
                & ~Q(methodologist=F("decision_owner"))
                & ~Q(methodologist=F("manager")),
            ),
            models.CheckConstraint(name="pilot_extended_twice", condition=Q(extensions__lte=2)),
        ]
        indexes = [
            # With all that the portfolio counts, so that it need not read the pilots themselves.
            models.Index(
                fields=["programme", "state", "decision_date", "outcome"], name="pilot_counted"
            ),
            models.Index(fields=["state", "decision_date"]),
            # Whose decision comes first: the portfolio and the first page of the staff.
            models.Index(fields=["decision_date", "number"]),
            models.Index(fields=["organisation", "state"]),
            models.Index(fields=["state", "ends_on"]),
            # Those of a state in the order of the list, with all that says who may see them.
            models.Index(
                fields=["state", "-number", "-id", "is_public", "programme"], name="pilot_listed"
            ),
            models.Index(fields=["is_public", "state", "-number"]),
            # How many solutions were taken into use, for everybody.
            models.Index(
                fields=["outcome", "state"], name="pilot_told", condition=Q(is_public=True)
            ),
        ]

    def __str__(self) -> str:
        return self.title

    def get_absolute_url(self) -> str:
        return address("pilots:page", self.number)

    @property
    def code(self) -> str:
        """The number as people read it."""
        return numbers.written("pilot", self.number)

    @property
    def title(self) -> str:
        return in_reader_language(self.title_ru, self.title_en)

    def told(self, field: str) -> str:
        """A text of the pilot in the reader's language, by the name both languages share."""
        return in_reader_language(getattr(self, f"{field}_ru"), getattr(self, f"{field}_en"))

    @property
    def pilot(self) -> Pilot:
        """Itself, so that one rule serves a pilot and whatever belongs to one."""
        return self

    @property
    def window(self) -> Window:
        return Window(self.starts_on, self.ends_on)

    @property
    def is_locked(self) -> bool:
        return self.locked_at is not None

    @property
    def is_undecided(self) -> bool:
        return self.state in UNDECIDED

    @property
    def is_decision_overdue(self) -> bool:
        """Whether the decision date has passed while nothing was decided."""
        return self.is_decision_overdue_on(timezone.localdate())

    def is_decision_overdue_on(self, day: date) -> bool:
        """Whether, seen from a day, the decision date has passed while nothing was decided."""
        if not self.is_undecided or self.decision_date is None:
            return False
        return self.decision_date < day

    @property
    def takes_readings(self) -> bool:
        """Whether readings may still be sent in."""
        return self.state in TAKES_READINGS

    def at_hand(self, name: str, things: models.QuerySet) -> list[Any]:
        """What a page has read beforehand under this name; else the things, asked for now."""
        held = self.held.get(name)
        return list(things) if held is None else held

    def plan(self) -> Any:
        """The latest `Plan`: the locked one, or the draft under work; None before the first."""
        plans = self.plans.filter(amendment__isnull=True).order_by("-version")
        return next(iter(self.at_hand("plan", plans[:1])), None)

    def locked_plan(self) -> Any:
        """The `Plan` that binds now: the latest version that was locked; None before."""
        plans = self.plans.filter(locked_at__isnull=False).order_by("-version")
        return next(iter(self.at_hand("locked", plans[:1])), None)

    def assignment(self) -> Assignment | None:
        """Who gets what by the locked plan and the drawn number; None until that is known."""
        plan = self.locked_plan()
        if plan is None:
            return None
        try:
            return plan.protocol.assignment(self.seed or None)
        except ProtocolViolation:
            return None

    def need_owner_id(self) -> int | None:
        """Who speaks for the need: its owner, or the sponsor of an initiative."""
        return self.need.owner_id if self.need is not None else self.sponsor_id


class OfPilot:
    """What belongs to a pilot belongs to its programme."""

    pilot: Any

    @property
    def programme(self) -> Programme:
        return self.pilot.programme

    @property
    def programme_id(self) -> int:
        return self.pilot.programme_id
