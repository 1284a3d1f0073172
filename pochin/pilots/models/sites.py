"""The places of a pilot, each with a role and days of its own."""

from __future__ import annotations

from datetime import date
from typing import Any, ClassVar

from django.db import models
from django.db.models import Exists, F, OuterRef, Q
from django.urls import reverse
from django.utils.translation import gettext_lazy as _

from pochin.participants.models import (
    Person,
)
from pochin.pilots.models.pilot import OfPilot, Pilot
from pochin.pilots.models.states import HELD_SLOTS, SlotRole, SlotState
from pochin.sites.models import Deputy, Site


class OfPilotQuerySet(models.QuerySet):
    """Things that belong to a pilot are seen by those who see all of it."""

    def visible_to(self, user: Any) -> OfPilotQuerySet:
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
