"""Ties of people to organisations that keep them out."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from django.db import models
from django.db.models import Exists, OuterRef, Q
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from pochin.participants.models.organisations import Organisation, Seat
from pochin.participants.models.people import Person
from pochin.participants.models.programmes import RoleHeld
from pochin.participants.models.words import new_key
from pochin.participants.policy import Role, programmes
from pochin.ui.counting import counted_each


class Ground(models.TextChoices):
    EMPLOYMENT = "employment", _("works or worked there")
    OWNERSHIP = "ownership", _("owns a part of it")
    CONTRACT = "contract", _("has a contract with it")
    FAMILY = "family", _("a relative works there")
    COAUTHORSHIP = "coauthorship", _("wrote or invented together")
    RIVALRY = "rivalry", _("works for a rival")
    OTHER = "other", _("another ground")


class ConflictState(models.TextChoices):
    PROPOSED = "proposed", _("to be confirmed")
    CONFIRMED = "confirmed", _("confirmed")
    REJECTED = "rejected", _("not confirmed")
    ENDED = "ended", _("ended")


class ConflictQuerySet(models.QuerySet):
    def visible_to(self, user: Any) -> ConflictQuerySet:
        """One's own; for coordinators and auditors those of the people of their programmes."""
        if not user.is_authenticated:
            return self.none()
        told = programmes(user, Role.COORDINATOR, Role.AUDITOR)
        in_mine = RoleHeld.objects.filter(person=OuterRef("person"), programme__in=told)
        return self.filter(Q(person_id=user.pk) | Exists(in_mine))

    def standing(self) -> ConflictQuerySet:
        """Those that keep a person away: also while they wait to be confirmed."""
        today = timezone.localdate()
        lasting = Q(until__isnull=True) | Q(until__gte=today)
        return self.filter(lasting).exclude(state=ConflictState.REJECTED)


class Conflict(models.Model):
    """A tie between a person and an organisation that keeps the person from judging it."""

    key = models.CharField(max_length=12, unique=True, default=new_key, editable=False)
    person = models.ForeignKey(Person, models.CASCADE, related_name="conflicts")
    organisation = models.ForeignKey(Organisation, models.CASCADE, related_name="conflicts")
    ground = models.CharField(_("ground"), max_length=20, choices=Ground)
    words = models.TextField(_("what it is"), blank=True)
    since = models.DateField(_("since"), null=True, blank=True)
    until = models.DateField(_("until"), null=True, blank=True)
    state = models.CharField(
        max_length=20, choices=ConflictState, default=ConflictState.PROPOSED, editable=False
    )

    objects = ConflictQuerySet.as_manager()
    shown_with = ("person", "organisation")

    class Meta:
        verbose_name = _("conflict of interest")
        indexes = [models.Index(fields=["person", "organisation"])]

    def __str__(self) -> str:
        return f"{self.person} — {self.organisation}"

    def get_absolute_url(self) -> str:
        return reverse("participants:conflict", args=[self.key])


def conflicted(person_id: int, organisation_id: int) -> bool:
    """Whether a seat or a standing declaration ties the person to the organisation."""
    return any_conflicted([person_id], organisation_id)


def any_conflicted(people: Iterable[int | None], organisation_id: int) -> bool:
    """The same of several people, asked in one question; nobody is tied to nothing."""
    seats = Seat.objects.filter(person__in=people, organisation_id=organisation_id)
    standing = Conflict.objects.standing()
    ties = standing.filter(person__in=people, organisation_id=organisation_id)
    return any(counted_each([seats, ties], 1))
