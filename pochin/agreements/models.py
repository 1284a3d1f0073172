"""Agreements: who promised what to whom, from when until when, over which bytes."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import date
from typing import Any, ClassVar

from django.db import models
from django.db.models import Exists, F, OuterRef, Q
from django.utils.translation import gettext_lazy as _

from pochin.core import numbers, signatures
from pochin.files.models import File
from pochin.participants.models import Organisation, Person, Programme, in_reader_language
from pochin.participants.policy import Role, organisations, programmes
from pochin.search import index
from pochin.ui.addresses import address


class State(models.TextChoices):
    """The life of an agreement."""

    DRAFT = "draft", _("draft")
    NEGOTIATION = "negotiation", _("being signed")
    SIGNED = "signed", _("signed")
    IN_FORCE = "in_force", _("in force")
    EXPIRED = "expired", _("expired")
    TERMINATED = "terminated", _("terminated")


class AgreementKind(models.TextChoices):
    FRAMEWORK = "framework", _("cooperation agreement")
    MEMORANDUM = "memorandum", _("memorandum")
    PILOT = "pilot", _("agreement on a pilot")
    NDA = "nda", _("non-disclosure agreement")
    DATA = "data", _("agreement on data")


# Who works with agreements for the centre.
WRITERS = (Role.COORDINATOR, Role.LAWYER)
READERS = (*WRITERS, Role.DIRECTOR, Role.PILOT_MANAGER, Role.AUDITOR)


class AgreementQuerySet(models.QuerySet):
    def visible_to(self, user: Any) -> AgreementQuerySet:
        """Those of one's programmes; a party reads what was sent to be signed, never a draft."""
        if not user.is_authenticated:
            return self.none()
        own = Party.objects.filter(agreement=OuterRef("pk"), organisation__in=organisations(user))
        mine = Q(programme__in=programmes(user, *READERS))
        return self.filter(mine | (Exists(own) & ~Q(sha256="")))


class Agreement(models.Model):
    """One agreement between two or more organisations."""

    programme = models.ForeignKey(
        Programme, models.PROTECT, related_name="agreements", verbose_name=_("programme")
    )
    number = models.PositiveIntegerField(_("number"), editable=False)
    kind = models.CharField(_("kind"), max_length=20, choices=AgreementKind)
    title_ru = models.CharField(_("title in Russian"), max_length=250)
    title_en = models.CharField(_("title in English"), max_length=250, blank=True)
    text_ru = models.TextField(_("text in Russian"), max_length=60000, blank=True)
    text_en = models.TextField(_("text in English"), max_length=60000, blank=True)
    document = models.ForeignKey(
        File, models.PROTECT, null=True, editable=False, verbose_name=_("document")
    )
    starts_on = models.DateField(_("in force from"))
    ends_on = models.DateField(_("in force until"), null=True, blank=True)
    parties = models.ManyToManyField(Organisation, through="Party", related_name="agreements")
    state = models.CharField(max_length=20, choices=State, default=State.DRAFT, editable=False)
    # SHA-256 of what was sent to be signed; the words may not change under it.
    sha256 = models.CharField(_("fingerprint"), max_length=64, blank=True, editable=False)
    signed_at = models.DateTimeField(_("signed"), null=True, editable=False)
    terminated_on = models.DateField(_("terminated"), null=True, editable=False)
    reasons = models.TextField(_("reasons"), blank=True, editable=False)
    is_demonstration = models.BooleanField(default=False, editable=False)

    objects: ClassVar[models.Manager] = AgreementQuerySet.as_manager()
    shown_with = ("programme",)

    class Meta:
        verbose_name = _("agreement")
        verbose_name_plural = _("agreements")
        constraints = [
            models.UniqueConstraint(fields=["programme", "number"], name="agreement_number_once"),
            models.CheckConstraint(
                name="agreement_ends_after_start",
                condition=Q(ends_on__isnull=True) | Q(ends_on__gte=F("starts_on")),
            ),
            models.CheckConstraint(
                name="agreement_signed_has_fingerprint",
                condition=~Q(state__in=["signed", "in_force", "expired"])
                | Q(signed_at__isnull=False) & ~Q(sha256=""),
            ),
        ]
        indexes = [
            models.Index(fields=["programme", "state"]),
            models.Index(fields=["state", "ends_on"]),
        ]

    def __str__(self) -> str:
        return in_reader_language(self.title_ru, self.title_en)

    @property
    def code(self) -> str:
        """The number as people read it: С-012 in Russian, C-012 in English."""
        return numbers.written("agreement", self.number)

    def get_absolute_url(self) -> str:
        return address("agreements:agreement", self.programme.code, self.number)

    def content(self) -> dict[str, Any]:
        """What the parties sign."""
        parties = self.party_set.select_related("organisation").order_by("pk")
        return {
            "programme": self.programme.code,
            "number": self.number,
            "kind": self.kind,
            "title": [self.title_ru, self.title_en],
            "text": [self.text_ru, self.text_en],
            "document": self.document.sha256 if self.document else "",
            "term": [self.starts_on.isoformat(), self.ends_on and self.ends_on.isoformat()],
            "parties": [
                [p.organisation.name_ru, p.organisation.inn, p.organisation.ogrn] for p in parties
            ],
        }

    def fingerprint(self) -> str:
        """SHA-256 of what the parties sign."""
        return signatures.fingerprint(self.content())


class Party(models.Model):
    """An organisation that takes part in an agreement, and its signature."""

    agreement = models.ForeignKey(Agreement, models.CASCADE)
    organisation = models.ForeignKey(Organisation, models.PROTECT, verbose_name=_("organisation"))
    # Where nobody is named, whoever signs for the organisation may sign.
    signatory = models.ForeignKey(
        Person, models.PROTECT, null=True, blank=True, related_name="+", verbose_name=_("signatory")
    )
    signed_by = models.ForeignKey(
        Person, models.PROTECT, null=True, editable=False, related_name="+"
    )
    signed_at = models.DateTimeField(_("signed"), null=True, editable=False)

    class Meta:
        verbose_name = _("party")
        constraints = [
            models.UniqueConstraint(fields=["agreement", "organisation"], name="party_once"),
            models.CheckConstraint(
                name="party_signature_is_whole",
                condition=Q(signed_by__isnull=True, signed_at__isnull=True)
                | Q(signed_by__isnull=False, signed_at__isnull=False),
            ),
        ]
        indexes = [models.Index(fields=["organisation", "agreement"])]

    def __str__(self) -> str:
        return str(self.organisation)


index.declare(
    Agreement,
    title=lambda a: f"{a.title_ru} {a.title_en}",
    text=lambda a: " ".join(str(p.name_ru) for p in a.parties.all()),
    number=lambda a: f"С-{a.number}",
    fetch=lambda things: things.prefetch_related("parties"),
)


def in_force(
    organisation_a: Organisation,
    organisation_b: Organisation,
    kinds: Iterable[str],
    on: date,
) -> bool:
    """Whether an agreement of one of these kinds binds the two organisations on this day."""
    return (
        between(organisation_a, organisation_b).filter(kind__in=kinds).filter(_binds(on)).exists()
    )


def between(
    organisation_a: Organisation, organisation_b: Organisation
) -> models.QuerySet[Agreement]:
    """The agreements to which both organisations are parties."""
    first = Party.objects.filter(agreement=OuterRef("pk"), organisation=organisation_a)
    second = Party.objects.filter(agreement=OuterRef("pk"), organisation=organisation_b)
    return Agreement.objects.filter(Exists(first), Exists(second))


def _binds(on: date) -> Q:
    # By the term and not by the state alone: the clock may be a day late, the law is not.
    signed = Q(state__in=[State.SIGNED, State.IN_FORCE, State.EXPIRED])
    ended = Q(state=State.TERMINATED, signed_at__isnull=False, terminated_on__gt=on)
    term = Q(starts_on__lte=on) & (Q(ends_on__isnull=True) | Q(ends_on__gte=on))
    return (signed | ended) & term
