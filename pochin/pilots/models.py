"""Pilots: a solution tried at sites against a plan that was locked before."""

from __future__ import annotations

import math
from datetime import date, datetime, timedelta
from typing import Any, ClassVar, NamedTuple

from django.db import models
from django.db.models import Case, Exists, F, OuterRef, Q, Value, When
from django.urls import reverse
from django.utils import timezone
from django.utils.functional import cached_property
from django.utils.translation import gettext_lazy as _

from pochin.agreements.models import Agreement
from pochin.applications.models import Application
from pochin.core import numbers, signatures
from pochin.core.models import Signature
from pochin.lab.canonical import canonical
from pochin.lab.protocol import Protocol
from pochin.lab.randomize import Assignment
from pochin.lab.result import ProtocolViolation
from pochin.needs.models import Need, answering_needs_of
from pochin.participants.models import (
    Organisation,
    Person,
    Programme,
    in_reader_language,
    own,
)
from pochin.participants.policy import Role, may_have, organisations, programmes, ties
from pochin.sites.models import Deputy, Site
from pochin.solutions.models import Solution
from pochin.ui.addresses import address


class State(models.TextChoices):
    """The life of a pilot."""

    PROPOSED = "proposed", _("proposed")
    DESIGN = "design", _("being designed")
    PLAN_REVIEW = "plan_review", _("plan under review")
    LOCKED = "locked", _("plan locked")
    PREPARATION = "preparation", _("in preparation")
    BASELINE = "baseline", _("measuring the baseline")
    RUNNING = "running", _("running")
    SUSPENDED = "suspended", _("suspended")
    ENDED_EARLY = "ended_early", _("ended early")
    DATA_CLOSING = "data_closing", _("data closed")
    EVALUATION = "evaluation", _("being evaluated")
    RESULTS_AGREED = "results_agreed", _("results agreed")
    AWAITING = "awaiting", _("awaiting decision")
    SCALE = "scale", _("to be scaled")
    SCALE_WITH_CONDITIONS = "scale_conditions", _("to be scaled with conditions")
    REWORK = "rework", _("sent to rework")
    STOP = "stop", _("stopped")
    CLOSED = "closed", _("closed")
    CANCELLED = "cancelled", _("cancelled")


BEFORE_LOCK = (State.PROPOSED, State.DESIGN, State.PLAN_REVIEW)
BEFORE_RUNNING = (*BEFORE_LOCK, State.LOCKED, State.PREPARATION, State.BASELINE)
DECIDED = (State.SCALE, State.SCALE_WITH_CONDITIONS, State.REWORK, State.STOP)
OVER = (State.CLOSED, State.CANCELLED)
UNDECIDED = tuple(s for s in State if s not in (*DECIDED, *OVER))
# From the lock on a pilot stands in the public register, unless the centre keeps it out.
PUBLIC_STATES = tuple(s for s in State if s not in (*BEFORE_LOCK, State.CANCELLED))
# While a pilot is in one of these, readings may still come.
TAKES_READINGS = (State.PREPARATION, State.BASELINE, State.RUNNING, State.SUSPENDED,
                  State.ENDED_EARLY)  # fmt: skip

# Who in the programme reads all of a pilot; the observer reads what was decided.
READING_ROLES = (
    Role.COORDINATOR,
    Role.COMMITTEE,
    Role.DIRECTOR,
    Role.PILOT_MANAGER,
    Role.METHODOLOGIST,
    Role.LAWYER,
    Role.AUDITOR,
)
OBSERVED_STATES = (State.AWAITING, *DECIDED, State.CLOSED)


class Purpose(models.TextChoices):
    """Why a pilot is held; the words of the plan."""

    LEARN = "learn", _("to learn")
    PROVE = "prove", _("to prove")
    DEMONSTRATE = "demonstrate", _("to demonstrate")
    ROLL_OUT = "prepare-roll-out", _("to prepare a roll-out")


class Verdict(models.TextChoices):
    """What the numbers said, as the evaluation handed it down."""

    INVALID = "invalid", _("invalid")
    HARM = "harm", _("harm")
    MEETS = "meets", _("meets the threshold")
    PROMISING = "promising", _("promising")
    NO_EFFECT = "no_effect", _("no effect shown")
    INCONCLUSIVE = "inconclusive", _("inconclusive")


class Colour(models.TextChoices):
    GREEN = "green", _("green")
    AMBER = "amber", _("amber")
    RED = "red", _("red")
    GREY = "grey", _("cannot be evaluated")


class Outcome(models.TextChoices):
    """What was decided after a pilot."""

    SCALE = "scale", _("scale")
    SCALE_WITH_CONDITIONS = "scale_conditions", _("scale with conditions")
    EXTEND = "extend", _("extend")
    REWORK = "rework", _("rework")
    STOP = "stop", _("stop")


class CancelCode(models.TextChoices):
    VENDOR = "vendor", _("the company withdrew")
    SITES = "sites", _("no sites were found")
    MONEY = "money", _("there is no money")
    SECURITY = "security", _("security does not allow it")
    NOT_DECIDABLE = "not_decidable", _("the question cannot be decided by this pilot")
    NEED_GONE = "need_gone", _("the need is gone")
    OTHER = "other", _("another reason")


class Reach(models.TextChoices):
    """How much of a pilot a reader may see."""

    PUBLIC = "public", _("what the public register shows")
    OBSERVER = "observer", _("what was decided")
    INSIDE = "inside", _("everything")


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


# Whoever is named in a pilot as one of these reads all of it.
NAMED = ("sponsor", "manager", "analyst", "methodologist", "decision_owner")
# One after another: an OR over several indexes would read the whole register.
own(
    "pilots",
    " UNION ALL ".join(f"SELECT 1 FROM pilots_pilot WHERE {role}_id = %s" for role in NAMED),
)


def _insiders(user: Any) -> Q:
    """Who sees all of a pilot: the vendor's people; others only without a tie to the vendor."""
    read = programmes(user, *READING_ROLES)
    ours = Q(programme__in=read)
    if may_have(user, "needs"):
        ours |= answering_needs_of(user, is_many=bool(read))
    if may_have(user, "pilots"):
        for role in NAMED:
            ours |= Q(**{f"{role}_id": user.pk})
    if may_have(user, "sites"):
        ours |= Q(Exists(SiteSlot.objects.kept_by(user).filter(pilot=OuterRef("pk"))))
    return Q(organisation__in=organisations(user)) | _untied(ours, user)


def _observers(user: Any) -> Q:
    observed = programmes(user, Role.OBSERVER)
    return _untied(Q(programme__in=observed, state__in=OBSERVED_STATES), user)


def _untied(seen: Q, user: Any) -> Q:
    """What somebody sees of pilots, but for those of companies they are tied to."""
    tied = ties(user)
    # Spelled with IS NOT NULL, because NOT IN over an empty vendor would drop the row.
    return seen & ~Q(organisation__isnull=False, organisation__in=tied) if tied else seen


class PilotQuerySet(models.QuerySet):
    def visible_to(self, user: Any) -> PilotQuerySet:
        """The public register; what one takes part in; the observer also what was decided."""
        shown = Q(is_public=True, state__in=PUBLIC_STATES)
        if not user.is_authenticated:
            return self.filter(shown)
        return self.filter(shown | _insiders(user) | _observers(user))

    def inside(self, user: Any) -> PilotQuerySet:
        """Those whose plan, log and results the user may read."""
        return self.filter(_insiders(user)) if user.is_authenticated else self.none()

    def observed(self, user: Any) -> PilotQuerySet:
        """Those whose plan and decision the user may read."""
        if not user.is_authenticated:
            return self.none()
        return self.filter(_insiders(user) | _observers(user))

    def with_reach(self, user: Any) -> PilotQuerySet:
        """Note on each pilot, as `reach`, how much of it the user may see."""
        if not user.is_authenticated:
            return self.annotate(reach=Value(Reach.PUBLIC.value))
        return self.annotate(
            reach=Case(
                When(_insiders(user), then=Value(Reach.INSIDE.value)),
                When(_observers(user), then=Value(Reach.OBSERVER.value)),
                default=Value(Reach.PUBLIC.value),
                output_field=models.CharField(),
            )
        )

    def decision_overdue(self, on: date) -> PilotQuerySet:
        """Those whose decision date has passed while nothing was decided."""
        return self.filter(decision_date__lt=on, state__in=UNDECIDED)


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
            models.Index(fields=["programme", "state"]),
            models.Index(fields=["state", "decision_date"]),
            models.Index(fields=["organisation", "state"]),
            models.Index(fields=["state", "ends_on"]),
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
        passed = self.decision_date is not None and self.decision_date < timezone.localdate()
        return passed and self.is_undecided

    @property
    def takes_readings(self) -> bool:
        """Whether readings may still be sent in."""
        return self.state in TAKES_READINGS

    def plan(self) -> Plan | None:
        """The latest version of the plan: the locked one, or the draft under work."""
        return self.plans.filter(amendment__isnull=True).order_by("-version").first()

    def locked_plan(self) -> Plan | None:
        """The plan that binds now: the latest version that was locked."""
        return self.plans.filter(locked_at__isnull=False).order_by("-version").first()

    def first_locked_plan(self) -> Plan | None:
        """The plan as it was locked first, before any amendment."""
        return self.plans.filter(locked_at__isnull=False).order_by("version").first()

    def assignment(self) -> Assignment | None:
        """Who gets what by the locked plan and the drawn number; None until that is known."""
        plan = self.locked_plan()
        if plan is None:
            return None
        try:
            return plan.protocol.assignment(self.seed or None)
        except ProtocolViolation:
            return None

    def sites_in(self, role: str) -> models.QuerySet[Site]:
        """The sites that take part in this role."""
        held = self.slots.filter(role=role).exclude(state=SlotState.RELEASED)
        return Site.objects.filter(slots__in=held).order_by("number")

    def treatment_sites(self) -> models.QuerySet[Site]:
        """The sites that work with the solution."""
        return self.sites_in(SlotRole.TREATMENT)

    def comparison_sites(self) -> models.QuerySet[Site]:
        """The sites that work as before."""
        return self.sites_in(SlotRole.COMPARISON)

    def need_owner_id(self) -> int | None:
        """Who speaks for the need: its owner, or the sponsor of an initiative."""
        return self.need.owner_id if self.need is not None else self.sponsor_id


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
        return self.words


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
        return self.words


class CheckKind(models.TextChoices):
    """The parallel tracks of the preparation."""

    SAFETY = "safety", _("safety of people")
    SECURITY = "security", _("security of information")
    CONTRACT = "contract", _("contract")
    PROCUREMENT = "procurement", _("procurement route")
    RIGHTS = "rights", _("intellectual property")
    TRAINING = "training", _("training")


class Check(models.Model):
    """One line of the checklist that must be done before the run."""

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


class OfPilotQuerySet(models.QuerySet):
    """Things that belong to a pilot are seen by those who see all of it."""

    def visible_to(self, user: Any) -> OfPilotQuerySet:
        return self.filter(pilot__in=Pilot.objects.inside(user))


class SlotRole(models.TextChoices):
    TREATMENT = "treatment", _("with the solution")
    COMPARISON = "comparison", _("for comparison")
    DRAWN = "drawn", _("to be drawn by lot")


class SlotState(models.TextChoices):
    """The life of a site's part in a pilot."""

    PROPOSED = "proposed", _("proposed to the site")
    AGREED = "agreed", _("agreed by the site")
    CONFIRMED = "confirmed", _("consent signed")
    USED = "used", _("in the pilot")
    RELEASED = "released", _("released")


HELD_SLOTS = (SlotState.AGREED, SlotState.CONFIRMED, SlotState.USED)


class SlotQuerySet(OfPilotQuerySet):
    def kept_by(self, user: Any) -> SlotQuerySet:
        """The slots of sites this person answers for or stands in at."""
        if user.pk is None:
            return self.none()
        stands_in = Deputy.objects.filter(
            site=OuterRef("site"), person_id=user.pk, until__isnull=True
        )
        kept = Q(site__responsible_id=user.pk) | Exists(stands_in)
        return self.filter(kept).exclude(state=SlotState.RELEASED)

    def touching(self, first: date, last: date) -> SlotQuerySet:
        """The slots that take up a site on any of these days."""
        return self.filter(state__in=HELD_SLOTS, starts_on__lte=last, ends_on__gte=first)


class SiteSlot(models.Model):
    """A site's part in a pilot: from when until when, in which role."""

    pilot = models.ForeignKey(Pilot, models.PROTECT, related_name="slots")
    site = models.ForeignKey(Site, models.PROTECT, related_name="slots", verbose_name=_("site"))
    role = models.CharField(_("role"), max_length=12, choices=SlotRole, default=SlotRole.DRAWN)
    starts_on = models.DateField(_("first day"))
    ends_on = models.DateField(_("last day"))
    # Why two pilots at one site at once do not spoil each other.
    twin_words = models.TextField(_("why another pilot does not disturb"), blank=True)
    state = models.CharField(
        max_length=12, choices=SlotState, default=SlotState.PROPOSED, editable=False
    )
    agreed_by = models.ForeignKey(Person, models.PROTECT, null=True, editable=False,
                                  related_name="+")  # fmt: skip
    ready_at = models.DateTimeField(_("start act signed"), null=True, editable=False)
    reasons = models.TextField(_("reasons"), blank=True, editable=False)

    objects: ClassVar[models.Manager] = SlotQuerySet.as_manager()
    shown_with = ("pilot", "site")

    class Meta:
        verbose_name = _("site in a pilot")
        constraints = [
            models.UniqueConstraint(
                fields=["pilot", "site"],
                condition=~Q(state="released"),
                name="slot_site_once",
            ),
            models.CheckConstraint(
                name="slot_ends_after_it_starts", condition=Q(ends_on__gte=F("starts_on"))
            ),
        ]
        indexes = [
            models.Index(fields=["site", "starts_on", "ends_on"]),
            models.Index(fields=["pilot", "state"]),
        ]

    def __str__(self) -> str:
        return str(self.site)

    def get_absolute_url(self) -> str:
        return reverse("pilots:slot", args=[self.pilot.number, self.site.number])

    @property
    def programme(self) -> Programme:
        return self.pilot.programme

    @property
    def programme_id(self) -> int:
        return self.pilot.programme_id

    def keepers(self) -> list[int]:
        """The keys of the people who answer for the site or stand in."""
        deputies = self.site.deputies.filter(until__isnull=True).values_list("person_id", flat=True)
        responsible = [self.site.responsible_id] if self.site.responsible_id else []
        return [*responsible, *deputies]

    def consent(self) -> dict[str, Any]:
        """What the site signs: which pilot, in which role, from when until when."""
        return {
            "format": "pochin-site-consent/1",
            "pilot": self.pilot.number,
            "site": self.site.number,
            "role": self.role,
            "from": self.starts_on.isoformat(),
            "until": self.ends_on.isoformat(),
            "plan": self.pilot.locked_plan().sha256 if self.pilot.is_locked else "",
        }


class PlanQuerySet(models.QuerySet):
    def visible_to(self, user: Any) -> PlanQuerySet:
        """To those who see all of the pilot; once decided, locked ones to the observer too."""
        inside = Q(pilot__in=Pilot.objects.inside(user))
        observed = Q(pilot__in=Pilot.objects.observed(user), locked_at__isnull=False)
        return self.filter(inside | observed)


class Plan(models.Model):
    """A version of the evaluation plan. The database keeps a locked one as it is, for ever."""

    pilot = models.ForeignKey(Pilot, models.PROTECT, related_name="plans")
    version = models.PositiveSmallIntegerField(_("version"))
    content = models.JSONField()
    # The bytes that are signed; the document above is for questions to the database.
    canonical = models.TextField()
    sha256 = models.CharField(_("fingerprint"), max_length=64)
    written_by = models.ForeignKey(Person, models.PROTECT, related_name="+")
    written_at = models.DateTimeField(_("written"))
    locked_at = models.DateTimeField(_("locked"), null=True)
    # What was supposed of the readings when the plan's power was computed; not signed.
    guesses = models.JSONField(default=dict)

    objects: ClassVar[models.Manager] = PlanQuerySet.as_manager()

    class Meta:
        verbose_name = _("evaluation plan")
        constraints = [
            models.UniqueConstraint(fields=["pilot", "version"], name="plan_version_once")
        ]

    def __str__(self) -> str:
        return f"{self.pilot} v{self.version}"

    def get_absolute_url(self) -> str:
        return reverse("pilots:plan", args=[self.pilot.number])

    @cached_property
    def protocol(self) -> Protocol:
        """The plan as the lab reads it."""
        return Protocol.from_json(self.canonical)

    @property
    def is_whole(self) -> bool:
        """Whether bytes, document and fingerprint still belong to each other."""
        written = self.canonical.encode()
        same = canonical(self.content) == written
        return same and signatures.fingerprint(written) == self.sha256

    def run_window(self) -> Window:
        """First and last day of the run, where the plan counts its periods by the calendar."""
        periods = self.content["periods"]
        if "start" not in periods or periods.get("length") not in {"day", "week", "month"}:
            return Window(None, None)
        ids = self.protocol.period_ids
        first = date.fromisoformat(ids[self.protocol.baseline])
        return Window(first, _last_day(date.fromisoformat(ids[-1]), periods["length"]))

    def look_days(self) -> list[date]:
        """From which days on a result may be looked at; the last is the end of the run.

        Computed from the shares of the plan's looks; each waits until its data are mature.
        """
        start, end = self.pilot.window
        if start is None or end is None:
            return []
        looks = self.protocol.analysis.looks
        late = math.ceil(self.content["periods"].get("maturity_days", 0))
        length = (end - start).days + 1
        shares = [*(share for share in (looks.at if looks else ()) if share < 1), 1]
        return [start + timedelta(days=math.ceil(share * length) + late) for share in shares]


def _last_day(start: date, length: str) -> date:
    if length == "month":
        return (start.replace(day=1) + timedelta(days=32)).replace(day=1) - timedelta(days=1)
    return start + timedelta(days=6 if length == "week" else 0)


class SeenData(models.TextChoices):
    """Whether outcome data were known when an amendment was written."""

    BEFORE = "before", _("before outcome data were seen")
    AFTER = "after", _("after outcome data were seen")


class AmendmentState(models.TextChoices):
    PROPOSED = "proposed", _("proposed")
    APPROVED = "approved", _("approved")
    DECLINED = "declined", _("declined")


class Amendment(models.Model):
    """A change of a locked plan, with its reason; visible for ever."""

    pilot = models.ForeignKey(Pilot, models.PROTECT, related_name="amendments")
    number = models.PositiveSmallIntegerField(_("number"))
    base = models.ForeignKey(Plan, models.PROTECT, related_name="+")
    plan = models.OneToOneField(Plan, models.PROTECT, related_name="amendment")
    changes = models.JSONField(_("what changes"))
    reason = models.TextField(_("why"))
    seen_data = models.CharField(_("when"), max_length=8, choices=SeenData)
    state = models.CharField(
        max_length=10, choices=AmendmentState, default=AmendmentState.PROPOSED, editable=False
    )
    proposed_by = models.ForeignKey(Person, models.PROTECT, related_name="+")
    proposed_at = models.DateTimeField(_("proposed"))
    decided_at = models.DateTimeField(_("decided"), null=True)
    answer = models.TextField(_("answer"), blank=True)

    objects: ClassVar[models.Manager] = OfPilotQuerySet.as_manager()
    shown_with = ("pilot",)

    class Meta:
        verbose_name = _("amendment")
        constraints = [
            models.UniqueConstraint(fields=["pilot", "number"], name="amendment_number_once"),
            models.UniqueConstraint(
                fields=["pilot"], condition=Q(state="proposed"), name="amendment_one_open"
            ),
        ]

    def __str__(self) -> str:
        return f"{self.pilot} {self.number}"

    def get_absolute_url(self) -> str:
        return reverse("pilots:amendment", args=[self.pilot.number, self.number])

    @property
    def programme(self) -> Programme:
        return self.pilot.programme

    @property
    def programme_id(self) -> int:
        return self.pilot.programme_id


class Remark(models.Model):
    """What the methodologist finds in a plan."""

    pilot = models.ForeignKey(Pilot, models.PROTECT, related_name="remarks")
    plan = models.ForeignKey(Plan, models.PROTECT, related_name="remarks")
    path = models.CharField(_("place in the plan"), max_length=120, blank=True)
    words = models.TextField(_("remark"), max_length=4000)
    by = models.ForeignKey(Person, models.PROTECT, related_name="+")
    at = models.DateTimeField(_("when"))

    objects: ClassVar[models.Manager] = OfPilotQuerySet.as_manager()

    class Meta:
        verbose_name = _("remark")

    def __str__(self) -> str:
        return self.words[:60]


class Severity(models.TextChoices):
    MINOR = "minor", _("minor")
    SERIOUS = "serious", _("serious")
    CRITICAL = "critical", _("people or data in danger")


class IncidentState(models.TextChoices):
    OPEN = "open", _("open")
    CLOSED = "closed", _("closed")


class Incident(models.Model):
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
    shown_by = ("words",)
    shown_with = ("pilot",)

    class Meta:
        verbose_name = _("incident")
        constraints = [
            models.UniqueConstraint(fields=["pilot", "number"], name="incident_number_once")
        ]

    def __str__(self) -> str:
        return self.words[:60]

    def get_absolute_url(self) -> str:
        return reverse("pilots:incident", args=[self.pilot.number, self.number])

    @property
    def programme(self) -> Programme:
        return self.pilot.programme

    @property
    def programme_id(self) -> int:
        return self.pilot.programme_id


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
        return self.words[:60]


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
        return self.tried[:60]


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
        return self.words[:60] or self.get_side_display()


def signed_sides(plan: Plan) -> dict[str, Signature]:
    """The signatures under exactly these bytes of a plan, by the side they stand for."""
    under = signatures.under(plan, what="plan", sha256=plan.sha256)
    return {signature.role: signature for signature in under}


def keep_plan(
    pilot: Pilot, protocol: Protocol, *, guesses: dict[str, Any], by: Any, at: datetime
) -> Plan:
    """Write a plan down: over the draft where there is one, else as the next version."""
    draft = pilot.plans.filter(locked_at__isnull=True, amendment__isnull=True).first()
    plan = draft or Plan(pilot=pilot, version=pilot.plans.count() + 1)
    plan.content, plan.canonical = protocol.document, protocol.canonical.decode()
    plan.sha256, plan.guesses = protocol.sha256, guesses
    plan.written_by_id, plan.written_at = by.pk, at
    plan.save()
    return plan
