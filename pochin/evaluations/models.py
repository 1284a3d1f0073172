"""Evaluations: one run of a locked plan over closed data; every run stays listed."""

from __future__ import annotations

from typing import Any

from django.db import models
from django.db.models import Exists, OuterRef, Q
from django.urls import reverse
from django.utils.translation import gettext_lazy as _

from pochin.core import signatures, standing
from pochin.lab.protocol import Protocol
from pochin.measurements.models import Snapshot
from pochin.participants.models import Person
from pochin.participants.policy import may_have
from pochin.pilots import wording
from pochin.pilots.models import OfPilot, Pilot, Plan
from pochin.ui.seen import written_once


class State(models.TextChoices):
    COMPUTED = "computed", _("computed")
    RELEASED = "released", _("shown to the sides")
    REPLACED = "replaced", _("computed anew")


class EvaluationQuerySet(models.QuerySet):
    @written_once
    def visible_to(self, user: Any) -> EvaluationQuerySet:
        """Released ones to those inside the pilot, and to the observer once it is decided;
        before that only to the analyst and the methodologist of the pilot."""
        if not user.is_authenticated:
            return self.none()
        # Of each evaluation its own pilot, never all pilots there are.
        this = OuterRef("pilot")
        seen = Q(Exists(Pilot.objects.observed(user).filter(pk=this)), state=State.RELEASED)
        if may_have(user, "pilots"):
            theirs = Q(analyst_id=user.pk) | Q(methodologist_id=user.pk)
            seen |= Q(Exists(Pilot.objects.inside(user).filter(theirs, pk=this)))
        return self.filter(seen)


class Evaluation(OfPilot, models.Model):
    """What came out of one run, with everything it was computed from."""

    pilot = models.ForeignKey(Pilot, models.PROTECT, related_name="evaluations")
    number = models.PositiveSmallIntegerField(_("number"), editable=False)
    plan = models.ForeignKey(Plan, models.PROTECT, related_name="+", editable=False)
    snapshot = models.ForeignKey(Snapshot, models.PROTECT, related_name="+", editable=False)
    # A `pochin-result/1` document, and the SHA-256 of its canonical bytes.
    result = models.JSONField(editable=False)
    sha256 = models.CharField(max_length=64, editable=False)
    # What `alike.kept_of` says of the document: reckoned once, so that many can be compared. Two
    # numbers as JSON, which keeps every digit where lists are asked for together.
    measure = models.TextField(blank=True, default="", editable=False)
    likened = models.JSONField(null=True, editable=False)
    computed_by = models.ForeignKey(Person, models.PROTECT, related_name="+", editable=False)
    computed_at = models.DateTimeField(_("computed"), editable=False)
    released_at = models.DateTimeField(_("shown"), null=True, editable=False)
    state = models.CharField(max_length=10, choices=State, default=State.COMPUTED, editable=False)

    objects = EvaluationQuerySet.as_manager()
    shown_with = ("pilot",)

    class Meta:
        verbose_name = _("evaluation")
        verbose_name_plural = _("evaluations")
        constraints = [
            models.UniqueConstraint(fields=["pilot", "number"], name="evaluation_number_once"),
            models.UniqueConstraint(
                fields=["pilot"], condition=Q(state="computed"), name="evaluation_one_at_work"
            ),
        ]

    def __str__(self) -> str:
        return str(self.pilot)

    def get_absolute_url(self) -> str:
        return reverse("evaluations:page", args=[self.pilot.number, self.number])

    @property
    def code(self) -> str:
        return self.pilot.code

    @property
    def verdict(self) -> str:
        return verdict_key(self.result["decision"]["verdict"])

    @property
    def colour(self) -> str:
        return self.result["decision"]["colour"]

    def to_read(self, language: str = "") -> tuple[Protocol, dict[str, Any]]:
        """Plan and result with the plan's words in a language, the page's by default."""
        told = wording.of(self.pilot, language)
        return told.plan(self.plan.protocol), told.result(self.result)

    @property
    def is_whole(self) -> bool:
        """Whether the document still is the one that was computed."""
        return signatures.fingerprint(self.result) == self.sha256


standing.sealed(Evaluation)


def verdict_key(verdict: str) -> str:
    """The word of a verdict as it stands in lists and filters: “no-effect-shown” is “no_effect”."""
    return verdict.replace("-shown", "").replace("-", "_")


def released(pilot: Pilot) -> Evaluation | None:
    """The evaluation that was shown to the sides, if one was."""
    shown = pilot.evaluations.filter(state=State.RELEASED)
    return shown.select_related("plan", "snapshot").order_by("-number").first()
