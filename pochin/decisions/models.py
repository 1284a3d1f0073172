"""Decisions: what was chosen, on which result, why, and who signed these bytes."""

from __future__ import annotations

import secrets
from typing import Any

from django.db import models
from django.db.models import Exists, OuterRef, Q
from django.urls import reverse
from django.utils.translation import gettext_lazy as _

from pochin.core import seals, signatures, standing
from pochin.evaluations.models import Evaluation
from pochin.participants.models import Person
from pochin.participants.policy import Role, programmes
from pochin.pilots.models import OfPilot, Outcome, Pilot
from pochin.ui.seen import written_once

FORMAT = "pochin-decision/1"


class State(models.TextChoices):
    PREPARED = "prepared", _("prepared")
    SECOND = "second", _("waiting for a second signature")
    SIGNED = "signed", _("signed")
    WITHDRAWN = "withdrawn", _("withdrawn before it was signed")


class DecisionQuerySet(models.QuerySet):
    @written_once
    def visible_to(self, user: Any) -> DecisionQuerySet:
        """Signed ones to those who may read the pilot's result; before that to those who judge."""
        if not user.is_authenticated:
            return self.none()
        # Of each decision its own pilot, never all pilots there are.
        this = OuterRef("pilot")
        observed = Pilot.objects.observed(user).filter(pk=this)
        judged = Pilot.objects.inside(user).filter(
            Q(decision_owner_id=user.pk)
            | Q(programme__in=programmes(user, Role.DIRECTOR, Role.COMMITTEE, Role.AUDITOR)),
            pk=this,
        )
        return self.filter(Q(Exists(observed), state=State.SIGNED) | Q(Exists(judged)))


class Decision(OfPilot, models.Model):
    """One decision about one pilot. The database keeps a signed one as it is, for ever."""

    pilot = models.ForeignKey(Pilot, models.PROTECT, related_name="decisions")
    number = models.PositiveSmallIntegerField(editable=False)
    evaluation = models.ForeignKey(
        Evaluation, models.PROTECT, related_name="decisions", editable=False
    )
    owner = models.ForeignKey(Person, models.PROTECT, related_name="+", editable=False)
    # As it was when the decision was prepared: it is signed, and people change their address.
    owner_email = models.EmailField(null=True, editable=False)
    outcome = models.CharField(_("decision"), max_length=20, choices=Outcome)
    words = models.TextField(_("why"), max_length=6000)
    conditions = models.TextField(_("conditions"), max_length=4000, blank=True)
    ends_on = models.DateField(_("new last day of the run"), null=True, blank=True)
    decide_on = models.DateField(_("new decision date"), null=True, blank=True)
    to_learn = models.TextField(_("what will be learnt"), max_length=4000, blank=True)
    seconded_by = models.ForeignKey(
        Person, models.PROTECT, null=True, related_name="+", editable=False
    )
    sha256 = models.CharField(max_length=64, editable=False)
    prepared_at = models.DateTimeField(_("prepared"), editable=False)
    signed_at = models.DateTimeField(_("signed"), null=True, editable=False)
    state = models.CharField(max_length=10, choices=State, default=State.PREPARED, editable=False)

    objects = DecisionQuerySet.as_manager()
    shown_with = ("pilot",)

    class Meta:
        verbose_name = _("decision on a pilot")
        verbose_name_plural = _("decisions on pilots")
        constraints = [
            models.UniqueConstraint(fields=["pilot", "number"], name="decision_number_once"),
            models.UniqueConstraint(
                fields=["pilot"],
                condition=Q(state__in=["prepared", "second"]),
                name="decision_one_at_work",
            ),
            models.CheckConstraint(
                name="decision_signed_has_date",
                condition=~Q(state="signed") | Q(signed_at__isnull=False),
            ),
        ]

    def __str__(self) -> str:
        return str(self.pilot)

    def get_absolute_url(self) -> str:
        return reverse("decisions:page", args=[self.pilot.number, self.number])

    @property
    def code(self) -> str:
        return self.pilot.code

    def content(self) -> dict[str, Any]:
        """What is signed: the choice, the words, and the fingerprints of what it stands on."""
        return {
            "format": FORMAT,
            "pilot": self.pilot.number,
            "number": self.number,
            "outcome": self.outcome,
            "words": self.words,
            "conditions": self.conditions,
            "ends_on": self.ends_on.isoformat() if self.ends_on else None,
            "decide_on": self.decide_on.isoformat() if self.decide_on else None,
            "to_learn": self.to_learn,
            "owner": self.owner_email or self.owner.email,
            "verdict": self.evaluation.verdict,
            "colour": self.evaluation.colour,
            "result_sha256": self.evaluation.sha256,
            "plan_sha256": self.evaluation.plan.sha256,
            "data_sha256": self.evaluation.snapshot.sha256,
        }

    def fingerprint(self) -> str:
        return signatures.fingerprint(self.content())

    @property
    def is_whole(self) -> bool:
        """Whether the words still are those that were prepared to be signed."""
        return self.sha256 == self.fingerprint()


standing.sealed(Decision, Q(state=State.SIGNED))


class Vote(models.Model):
    """A committee member's voice on a decision above the limit of money."""

    decision = models.ForeignKey(Decision, models.PROTECT, related_name="votes")
    by = models.ForeignKey(Person, models.PROTECT, related_name="+")
    is_for = models.BooleanField()
    words = models.TextField(blank=True)
    at = models.DateTimeField()

    class Meta:
        constraints = [models.UniqueConstraint(fields=["decision", "by"], name="vote_once")]

    def __str__(self) -> str:
        return f"{self.by} {'+' if self.is_for else '−'}"


# Certificates ----------------------------------------------------------------------------------

# Without letters that look like digits or like each other.
LETTERS = "0123456789ABCDEFGHJKMNPQRSTVWXYZ"


def new_number() -> str:
    """A number that nobody can guess, in two groups of four: “7KQ4-M2XD”."""
    signs = "".join(secrets.choice(LETTERS) for _n in range(8))
    return f"{signs[:4]}-{signs[4:]}"


class CertificateState(models.TextChoices):
    VALID = "valid", _("valid")
    REVOKED = "revoked", _("revoked")


class CertificateQuerySet(models.QuerySet):
    def visible_to(self, user: Any) -> CertificateQuerySet:
        """To those who may read the pilot's result; others find one by its number alone."""
        if not user.is_authenticated:
            return self.none()
        return self.filter(pilot__in=Pilot.objects.observed(user).values("pk"))


class Certificate(OfPilot, models.Model):
    """What the centre certifies about a pilot; its sealed document never changes."""

    pilot = models.ForeignKey(Pilot, models.PROTECT, related_name="certificates", editable=False)
    decision = models.ForeignKey(
        Decision, models.PROTECT, related_name="certificates", editable=False
    )
    number = models.CharField(
        _("number"), max_length=9, unique=True, default=new_number, editable=False
    )
    # A `pochin-certificate/1` document with its key and signature.
    document = models.JSONField(editable=False)
    sha256 = models.CharField(max_length=64, editable=False)
    issued_by = models.ForeignKey(Person, models.PROTECT, related_name="+", editable=False)
    issued_at = models.DateTimeField(_("issued"), editable=False)
    revoked_at = models.DateTimeField(_("revoked"), null=True, editable=False)
    reason = models.TextField(_("why it was revoked"), max_length=4000, blank=True, editable=False)
    state = models.CharField(
        max_length=10, choices=CertificateState, default=CertificateState.VALID, editable=False
    )

    objects = CertificateQuerySet.as_manager()
    shown_with = ("pilot",)

    class Meta:
        verbose_name = _("pilot certificate")
        verbose_name_plural = _("pilot certificates")
        constraints = [
            models.UniqueConstraint(
                fields=["pilot"], condition=Q(state="valid"), name="certificate_one_valid"
            ),
            models.CheckConstraint(
                name="certificate_revoked_has_words",
                condition=~Q(state="revoked") | (Q(revoked_at__isnull=False) & ~Q(reason="")),
            ),
        ]

    def __str__(self) -> str:
        return self.number

    def get_absolute_url(self) -> str:
        return reverse("decisions:certificate", args=[self.number])

    @property
    def code(self) -> str:
        return self.number

    @property
    def is_whole(self) -> bool:
        """Whether the document still carries the seal it was issued with."""
        return seals.is_whole(self.document) and (
            signatures.fingerprint(self.document) == self.sha256
        )


standing.sealed(Certificate)


def by_number(number: str) -> Certificate | None:
    """The certificate with this number, for whoever holds it; capitals and dash do not matter."""
    plain = "".join(sign for sign in number.upper() if sign in LETTERS)
    wanted = f"{plain[:4]}-{plain[4:]}"
    return Certificate.objects.filter(number=wanted).select_related("pilot__programme").first()


# Published results -----------------------------------------------------------------------------


class PublicationState(models.TextChoices):
    ASKED = "asked", _("waits for the company")
    PUBLISHED = "published", _("published")
    DECLINED = "declined", _("the company declined")
    WITHDRAWN = "withdrawn", _("withdrawn")


class PublishedResultQuerySet(models.QuerySet):
    def visible_to(self, user: Any) -> PublishedResultQuerySet:
        """Published ones to everybody; the others to those inside the pilot."""
        shown = Q(state=PublicationState.PUBLISHED)
        if not user.is_authenticated:
            return self.filter(shown)
        return self.filter(shown | Q(pilot__in=Pilot.objects.inside(user).values("pk")))


class PublishedResult(OfPilot, models.Model):
    """What a decided pilot came to, as everybody reads it; its document never changes."""

    pilot = models.ForeignKey(
        Pilot, models.PROTECT, related_name="published_results", editable=False
    )
    decision = models.ForeignKey(Decision, models.PROTECT, related_name="+", editable=False)
    number = models.PositiveSmallIntegerField(editable=False)
    # A `pochin-published-result/1` document.
    document = models.JSONField(editable=False)
    sha256 = models.CharField(max_length=64, editable=False)
    # As in the document, to filter by.
    verdict = models.CharField(max_length=20, editable=False)
    words_ru = models.TextField(_("in words, in Russian"), max_length=4000, blank=True)
    words_en = models.TextField(_("in words, in English"), max_length=4000, blank=True)
    asked_by = models.ForeignKey(Person, models.PROTECT, related_name="+", editable=False)
    asked_at = models.DateTimeField(_("asked"), editable=False)
    agreed_by = models.ForeignKey(
        Person, models.PROTECT, null=True, related_name="+", editable=False
    )
    published_at = models.DateTimeField(_("published"), null=True, editable=False)
    reason = models.TextField(_("why"), max_length=4000, blank=True, editable=False)
    state = models.CharField(
        max_length=10, choices=PublicationState, default=PublicationState.ASKED, editable=False
    )

    objects = PublishedResultQuerySet.as_manager()
    shown_with = ("pilot__programme", "pilot__organisation", "decision__evaluation")

    class Meta:
        verbose_name = _("published result")
        verbose_name_plural = _("published results")
        indexes = [models.Index(fields=["state", "-published_at"], name="published_result_latest")]
        constraints = [
            models.UniqueConstraint(fields=["pilot", "number"], name="published_result_once"),
            models.UniqueConstraint(
                fields=["pilot"],
                condition=Q(state__in=["asked", "published"]),
                name="published_result_one_live",
            ),
        ]

    def __str__(self) -> str:
        return str(self.pilot)

    def get_absolute_url(self) -> str:
        return reverse("decisions:result", args=[self.pilot.number, self.number])

    @property
    def code(self) -> str:
        return self.pilot.code
