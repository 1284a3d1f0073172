"""The places of a pilot, each with a role and days of its own."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date
from types import MappingProxyType
from typing import Any, ClassVar, Self

from django.db import models
from django.db.models import Exists, F, OuterRef, Q
from django.urls import reverse
from django.utils.translation import gettext_lazy as _

from pochin.core import imprints
from pochin.participants.models import (
    Person,
)
from pochin.pilots.models.pilot import OfPilot, Pilot
from pochin.pilots.models.states import (
    HELD_SLOTS,
    LeftBecause,
    SlotRole,
    SlotState,
    State,
)
from pochin.sites.models import BlackOut, Deputy, Site, black_outs_between


class OfPilotQuerySet(models.QuerySet):
    """Things that belong to a pilot are seen by those who see all of it."""

    def visible_to(self, user: Any) -> Self:
        return self.filter(pilot__in=Pilot.objects.inside(user))


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

    def awaiting_act(self) -> SlotQuerySet:
        """The slots whose keepers have an act to sign: the consent, or that the site is ready."""
        consent = Q(state=SlotState.AGREED, pilot__locked_at__isnull=False, pilot__is_archive=False)
        ready = Q(state=SlotState.CONFIRMED, ready_at__isnull=True, pilot__state=State.BASELINE)
        return self.filter(consent | ready)

    def touching(self, first: date, last: date) -> SlotQuerySet:
        """The slots that take up a site on any of these days."""
        return self.filter(state__in=HELD_SLOTS, starts_on__lte=last, ends_on__gte=first)


class SiteSlot(OfPilot, models.Model):
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
    # Of a site that left while the run went on; its readings stay, and its part in the lot.
    left_on = models.DateField(_("last day at the site"), null=True, editable=False)
    left_because = models.CharField(_("why it left"), max_length=10, choices=LeftBecause,
                                    blank=True, editable=False)  # fmt: skip

    objects: ClassVar[models.Manager] = SlotQuerySet.as_manager()
    shown_with = ("pilot", "site")
    # What a page that changes nothing has read beforehand, by name.
    held: Mapping[str, list[Any]] = MappingProxyType({})

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
            models.CheckConstraint(
                name="slot_that_left_has_day_and_reason",
                condition=~Q(state="left")
                | (Q(left_on__isnull=False) & ~Q(left_because="") & ~Q(reasons="")),
            ),
        ]
        indexes = [
            models.Index(fields=["site", "starts_on", "ends_on"]),
            models.Index(fields=["pilot", "state"]),
        ]

    def __str__(self) -> str:
        return str(self.site)

    @property
    def code(self) -> str:
        """Of which pilot: in a list of what waits, twelve sites of one look alike."""
        return self.pilot.code

    def get_absolute_url(self) -> str:
        return reverse("pilots:slot", args=[self.pilot.number, self.site.number])

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

    def start_act(self) -> dict[str, Any]:
        """What the site signs when it is ready to start."""
        return self.consent() | {"format": "pochin-start-act/1"}

    @property
    def took_part(self) -> bool:
        """Whether the site worked in the run, though its part may be over."""
        if self.state == SlotState.RELEASED:
            return self.left_on is not None or bool(self.ready_at and not self.reasons)
        return self.state in (SlotState.USED, SlotState.LEFT)

    @property
    def is_act_awaited(self) -> bool:
        """Whether the keepers of the site have an act to sign now; as `awaiting_act` asks it."""
        return self.is_act_awaited_in(self.pilot)

    def is_act_awaited_in(self, pilot: Pilot) -> bool:
        """The same, where the pilot is at hand."""
        if self.state == SlotState.AGREED:
            return pilot.is_locked and not pilot.is_archive
        is_measured = pilot.state == State.BASELINE and self.ready_at is None
        return self.state == SlotState.CONFIRMED and is_measured

    def waits_among(self, *, is_mine: bool) -> tuple[str, str] | None:
        """What several of one pilot that wait for the same are called as one, and where they
        stand: for their keeper where the acts are signed, for others where the sites are listed.
        """
        title, number = f"{self.pilot.code} {self.pilot}", self.pilot.number
        if not is_mine:
            return title, reverse("pilots:sites", args=[number])
        if self.is_act_awaited:
            return title, reverse("pilots:acts_of_pilot", args=[number])
        return None

    def others(self) -> list[SiteSlot]:
        """The parts of the site in other pilots that take up any of these days."""
        if (held := self.held.get("others")) is not None:
            return held
        touching = SiteSlot.objects.touching(self.starts_on, self.ends_on)
        return list(touching.filter(site_id=self.site_id).exclude(pilot_id=self.pilot_id))

    def black_outs(self) -> list[BlackOut]:
        """The days within these on which nothing may be tried at the site."""
        if (held := self.held.get("black_outs")) is not None:
            return held
        return list(black_outs_between(self.site, self.starts_on, self.ends_on))


# What a move of the pilot gives to all of its sites.
imprints.keep(SiteSlot, loose=["role", "ends_on"])
