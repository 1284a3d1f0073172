"""Programmes, their clocks, the roles held in them, and membership."""

from __future__ import annotations

from collections.abc import Container
from typing import Any, ClassVar, NamedTuple

from django.db import models
from django.db.models import F, Q
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from pochin.participants.models.organisations import Held, HeldState, Organisation
from pochin.participants.models.people import Person, _asked
from pochin.participants.models.words import (
    MEMBER_STATES,
    MembershipKind,
    State,
    in_reader_language,
)
from pochin.participants.policy import Role, organisations, programmes
from pochin.ui.addresses import address
from pochin.ui.seen import written_once


class ProgrammeState(models.TextChoices):
    DRAFT = "draft", _("in preparation")
    OPEN = "open", _("open")
    CLOSED = "closed", _("closed")
    ARCHIVED = "archived", _("archived")


PROGRAMMES = "SELECT id, code, name_ru, name_en, state FROM participants_programme ORDER BY code"


class ProgrammeQuerySet(models.QuerySet):
    def visible_to(self, user: Any) -> ProgrammeQuerySet:
        """Whatever was opened once is public; before that, only those with a role in it."""
        return self.filter(~Q(state=ProgrammeState.DRAFT) | Q(pk__in=programmes(user)))


def programmes_by_name(user: Any) -> list[tuple[str, str]]:
    """Code and name of the programmes `visible_to` the reader; every list asks, so by hand."""
    mine = programmes(user)
    return [
        (code, in_reader_language(ru, en))
        for key, code, ru, en, state in _every(user)
        if state != ProgrammeState.DRAFT or key in mine
    ]


def _every(user: Any) -> list[tuple[Any, ...]]:
    """All programmes; read once for a page that changes nothing."""
    if not getattr(user, "is_reading", False):
        return _asked(PROGRAMMES)
    said = vars(user)
    if "_programmes" not in said:
        said["_programmes"] = _asked(PROGRAMMES)
    return said["_programmes"]


class ProgrammeNamed(NamedTuple):
    """A programme as far as a button or a choice names it."""

    pk: int
    code: str
    name: str

    def __str__(self) -> str:
        return self.name


def programmes_named(user: Any, keys: Container[int]) -> list[ProgrammeNamed]:
    """The programmes with these keys, by code; lists ask for those the reader works in."""
    return [
        ProgrammeNamed(key, code, in_reader_language(ru, en))
        for key, code, ru, en, _state in (_every(user) if keys else ())
        if key in keys
    ]


def _clocks() -> dict[str, int]:
    return {}


def _criteria() -> list[dict[str, Any]]:
    return []


class Programme(models.Model):
    """Under whose rules needs, applications and pilots live: clocks, criteria, quorum."""

    code = models.SlugField(_("code"), max_length=20, unique=True)
    name_ru = models.CharField(_("name in Russian"), max_length=200)
    name_en = models.CharField(_("name in English"), max_length=200)
    centre = models.ForeignKey(
        Organisation, models.PROTECT, related_name="programmes", verbose_name=_("centre")
    )
    starts_on = models.DateField(_("starts"))
    ends_on = models.DateField(_("ends"), null=True, blank=True)
    # Working days by the name of a clock, where they differ from the house's own.
    clocks = models.JSONField(_("clocks"), default=_clocks, blank=True)
    # [{"code", "ru", "en", "weight", "low_ru", "low_en", "high_ru", "high_en"}, …]
    criteria = models.JSONField(_("criteria"), default=_criteria, blank=True)
    quorum = models.PositiveSmallIntegerField(_("reviews needed"), default=2)
    spread_limit = models.DecimalField(
        _("spread of scores that calls one more expert"), max_digits=3, decimal_places=1, default=2
    )
    state = models.CharField(
        max_length=20, choices=ProgrammeState, default=ProgrammeState.DRAFT, editable=False
    )

    objects = ProgrammeQuerySet.as_manager()

    class Meta:
        verbose_name = _("programme")
        verbose_name_plural = _("programmes")
        constraints = [
            models.CheckConstraint(
                name="programme_ends_after_start",
                condition=Q(ends_on__isnull=True) | Q(ends_on__gte=F("starts_on")),
            )
        ]

    def __str__(self) -> str:
        return in_reader_language(self.name_ru, self.name_en)

    def get_absolute_url(self) -> str:
        return reverse("participants:programme", args=[self.code])

    @property
    def programme_id(self) -> int:
        return self.pk


class ClockChangeState(models.TextChoices):
    PROPOSED = "proposed", _("waiting for approval")
    APPROVED = "approved", _("approved")
    REJECTED = "rejected", _("not approved")


class ClockChangeQuerySet(models.QuerySet):
    def visible_to(self, user: Any) -> ClockChangeQuerySet:
        """For those with a role in the programme."""
        return self.filter(programme__in=programmes(user))


class ClockChange(models.Model):
    """A proposal to give other days to the clocks of a programme."""

    programme = models.ForeignKey(Programme, models.CASCADE, related_name="clock_changes")
    number = models.PositiveIntegerField(editable=False)
    was = models.JSONField(default=_clocks, editable=False)
    clocks = models.JSONField(_("clocks"), default=_clocks)
    why = models.TextField(_("why"), max_length=2000)
    proposed_by = models.ForeignKey(Person, models.PROTECT, related_name="+", editable=False)
    decided_by = models.ForeignKey(
        Person, models.PROTECT, null=True, related_name="+", editable=False
    )
    reasons = models.TextField(_("reasons"), blank=True, editable=False)
    state = models.CharField(
        max_length=10, choices=ClockChangeState, default=ClockChangeState.PROPOSED, editable=False
    )

    objects: ClassVar[models.Manager] = ClockChangeQuerySet.as_manager()
    shown_with = ("programme",)

    class Meta:
        verbose_name = _("change of clocks")
        constraints = [
            models.UniqueConstraint(fields=["programme", "number"], name="clock_change_once"),
            models.CheckConstraint(
                name="clock_change_by_two_people",
                condition=~Q(state="approved") | ~Q(proposed_by=F("decided_by")),
            ),
        ]

    def __str__(self) -> str:
        return f"{self.programme} {self.number}"

    def get_absolute_url(self) -> str:
        return reverse("participants:clock_change", args=[self.programme.code, self.number])


class RoleHeldQuerySet(models.QuerySet):
    def visible_to(self, user: Any) -> RoleHeldQuerySet:
        """One's own; all in a programme for its coordinators, decision owners and auditors."""
        if not user.is_authenticated:
            return self.none()
        if "administrator" in user.hats:
            return self
        told = programmes(user, Role.COORDINATOR, Role.DIRECTOR, Role.AUDITOR)
        return self.filter(Q(programme__in=told) | Q(person_id=user.pk))

    def held(self) -> RoleHeldQuerySet:
        """Those that count today."""
        today = timezone.localdate()
        lasting = Q(until__isnull=True) | Q(until__gte=today)
        return self.filter(lasting, state=HeldState.HELD, since__lte=today)


class RoleHeld(Held):
    """A person's role in one programme."""

    person = models.ForeignKey(Person, models.CASCADE, related_name="roles")
    programme = models.ForeignKey(Programme, models.CASCADE, related_name="roles")
    code = models.CharField(_("role"), max_length=20, choices=Role)

    objects: ClassVar[models.Manager] = RoleHeldQuerySet.as_manager()
    shown_with = ("person", "programme")

    class Meta:
        verbose_name = _("role")
        constraints = [
            models.UniqueConstraint(
                fields=["person", "programme", "code"],
                condition=Q(until__isnull=True),
                name="role_once",
            )
        ]

    def __str__(self) -> str:
        return f"{self.person}, {self.get_code_display()}"

    def get_absolute_url(self) -> str:
        return reverse("participants:role", args=[self.key])


# Who works on the requests of companies to take part, or reads over it.
ADMITTING_ROLES = (
    Role.COORDINATOR, Role.SCREENER, Role.COMMITTEE, Role.DIRECTOR, Role.LAWYER, Role.AUDITOR,
)  # fmt: skip


class MembershipQuerySet(models.QuerySet):
    @written_once
    def visible_to(self, user: Any) -> MembershipQuerySet:
        """Those of one's programmes and of one's organisations; admitted ones are public."""
        own = Q(organisation__in=organisations(user)) | Q(programme__in=programmes(user))
        shown = Q(state__in=MEMBER_STATES, organisation__is_public=True)
        return self.filter(own | shown)

    def inside(self, user: Any) -> MembershipQuerySet:
        """Those one asks for, and those one admits in a programme."""
        if not user.is_authenticated:
            return self.none()
        admitted = programmes(user, *ADMITTING_ROLES)
        return self.filter(Q(organisation__in=organisations(user)) | Q(programme__in=admitted))


class Membership(models.Model):
    """That an organisation takes part in a programme, from the request to the leaving."""

    organisation = models.ForeignKey(Organisation, models.PROTECT, related_name="memberships")
    programme = models.ForeignKey(Programme, models.PROTECT, related_name="memberships")
    kind = models.CharField(
        _("kind"), max_length=10, choices=MembershipKind, default=MembershipKind.MEMBER
    )
    number = models.PositiveIntegerField(_("number"), null=True, editable=False)
    state = models.CharField(max_length=20, choices=State, default=State.DRAFT, editable=False)
    question = models.TextField(_("question"), blank=True, editable=False)
    answer = models.TextField(_("answer"), blank=True, editable=False)
    reasons = models.TextField(_("reasons"), blank=True, editable=False)
    proposed_by = models.ForeignKey(
        Person, models.PROTECT, null=True, editable=False, related_name="+"
    )
    admitted_at = models.DateTimeField(_("admitted"), null=True, editable=False)
    confirmed_at = models.DateTimeField(_("confirmed"), null=True, editable=False)

    objects = MembershipQuerySet.as_manager()
    shown_with = ("organisation", "programme")

    class Meta:
        verbose_name = _("membership")
        constraints = [
            models.UniqueConstraint(
                fields=["organisation", "programme"],
                condition=~Q(state__in=["refused", "lapsed", "left", "excluded"]),
                name="membership_once",
            ),
            models.CheckConstraint(
                name="membership_admitted_has_number",
                condition=~Q(state__in=["admitted", "suspended", "due"]) | Q(number__isnull=False),
            ),
        ]
        indexes = [
            models.Index(fields=["programme", "state"]),
            # Who may be shown: asked of every organisation of the catalogue.
            models.Index(fields=["organisation", "state"]),
        ]

    def __str__(self) -> str:
        return f"{self.organisation} — {self.programme}"

    def get_absolute_url(self) -> str:
        return address("participants:membership", self.organisation.key, self.programme.code)


def is_member(organisation_id: int, programme_id: int) -> bool:
    """Whether the organisation is an admitted member of the programme now."""
    return Membership.objects.filter(
        organisation_id=organisation_id, programme_id=programme_id, state__in=MEMBER_STATES
    ).exists()
