"""The plan of a pilot, its amendments and the remarks on it."""

from __future__ import annotations

import math
from datetime import date, datetime, timedelta
from typing import Any, ClassVar

from django.db import models
from django.db.models import Q
from django.urls import reverse
from django.utils.functional import cached_property
from django.utils.translation import gettext as _t
from django.utils.translation import gettext_lazy as _

from pochin.core import signatures, standing, tongue
from pochin.core.models import Signature
from pochin.lab.canonical import canonical
from pochin.lab.protocol import Protocol
from pochin.participants.models import (
    Person,
)
from pochin.pilots.models.pilot import OfPilot, Pilot, Window
from pochin.pilots.models.sites import OfPilotQuerySet
from pochin.ui.seen import written_once


class PlanQuerySet(models.QuerySet):
    @written_once
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
    # The signatures under its bytes, where a page has read them beforehand.
    signed: list[Signature] | None = None

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

    def falls_short(self) -> bool:
        """Whether a decision extended the run beyond the days whose readings the plan takes."""
        _first, last = self.run_window()
        ends = self.pilot.ends_on
        return bool(self.pilot.extensions and last and ends and last < ends)

    def periods_until_the_end(self) -> int | None:
        """How many periods the run needs to last until the extended end; None where it does."""
        first, _last = self.run_window()
        if not self.falls_short() or first is None or self.pilot.ends_on is None:
            return None
        days = (self.pilot.ends_on - first).days + 1
        if self.content["periods"]["length"] == "month":
            end = self.pilot.ends_on
            return (end.year - first.year) * 12 + end.month - first.month + 1
        return math.ceil(days / (7 if self.content["periods"]["length"] == "week" else 1))

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


standing.sealed(Plan, Q(locked_at__isnull=False))


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


class Amendment(OfPilot, models.Model):
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
        which = {"pilot": self.pilot.code, "number": self.number, "title": self.pilot.title}
        return _t("%(pilot)s, amendment %(number)d of the plan: %(title)s") % which

    def get_absolute_url(self) -> str:
        return reverse("pilots:amendment", args=[self.pilot.number, self.number])


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
        return tongue.own(self.words)[:60]


def signed_sides(plan: Plan) -> dict[str, Signature]:
    """The signatures under exactly these bytes of a plan, by the side they stand for."""
    under = plan.signed
    if under is None:
        under = list(signatures.under(plan, what="plan", sha256=plan.sha256))
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
