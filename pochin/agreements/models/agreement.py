"""An agreement: who promises what to whom, from when to when, and who may read it."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import date
from typing import Any, ClassVar

from django.db import models
from django.db.models import Exists, F, OuterRef, Q
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from pochin.core import numbers, signatures
from pochin.files.models import File
from pochin.participants.models import Organisation, Person, Programme, in_reader_language
from pochin.participants.policy import Role, organisations, programmes
from pochin.search import index
from pochin.ui.addresses import address
from pochin.ui.seen import written_once


class State(models.TextChoices):
    """The life of an agreement."""

    DRAFT = "draft", _("draft")
    NEGOTIATION = "negotiation", _("being negotiated")
    ANSWERED = "answered", _("answers received")
    APPROVALS = "approvals", _("being approved")
    SIGNING = "signing", _("being signed")
    SIGNED = "signed", _("signed")
    IN_FORCE = "in_force", _("in force")
    RENEWED = "renewed", _("renewed by another")
    EXPIRED = "expired", _("expired")
    TERMINATED = "terminated", _("terminated")
    NOT_CONCLUDED = "not_concluded", pgettext_lazy("agreement", "not concluded")


class AgreementKind(models.TextChoices):
    FRAMEWORK = "framework", _("cooperation agreement")
    MEMORANDUM = "memorandum", _("memorandum")
    PILOT = "pilot", _("agreement on a pilot")
    NDA = "nda", _("non-disclosure agreement")
    DATA = "data", _("agreement on data")


class Renewal(models.TextChoices):
    """What happens when the term is over."""

    NONE = "none", _("ends with its term")
    AUTOMATIC = "automatic", _("goes on by itself unless a party objects")
    AGREED = "agreed", _("goes on by another agreement")


# Who works with agreements for the centre.
WRITERS = (Role.COORDINATOR, Role.LAWYER)
READERS = (
    *WRITERS, Role.DIRECTOR, Role.PILOT_MANAGER, Role.AUDITOR, Role.NEED_OWNER,
    Role.EXPORT_MANAGER,
)  # fmt: skip

# While the words may still change.
OPEN_WORDS = (State.DRAFT, State.NEGOTIATION, State.ANSWERED)

# From the signature on.
SIGNED_STATES = (State.SIGNED, State.IN_FORCE, State.RENEWED, State.EXPIRED)


class AgreementQuerySet(models.QuerySet):
    @written_once
    def visible_to(self, user: Any) -> AgreementQuerySet:
        """What one reads inside; and, signed, what was opened to everybody who signs in."""
        if not user.is_authenticated:
            return self.none()
        return self.filter(_inside(user) | Q(is_public=True, state__in=SIGNED_STATES))

    def inside(self, user: Any) -> AgreementQuerySet:
        """Those of one's programmes; a party reads what was sent to it, never a draft."""
        return self.filter(_inside(user)) if user.is_authenticated else self.none()


def _inside(user: Any) -> Q:
    own = Party.objects.filter(agreement=OuterRef("pk"), organisation__in=organisations(user))
    return Q(programme__in=programmes(user, *READERS)) | (Exists(own) & ~Q(sha256=""))


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
    place_ru = models.CharField(_("place in Russian"), max_length=120, blank=True)
    place_en = models.CharField(_("place in English"), max_length=120, blank=True)
    event_ru = models.CharField(_("event in Russian"), max_length=250, blank=True)
    event_en = models.CharField(_("event in English"), max_length=250, blank=True)
    source_url = models.URLField(_("where it was told"), max_length=500, blank=True)
    coordination_ru = models.TextField(
        _("who coordinates and how often they meet, in Russian"), max_length=2000, blank=True
    )
    coordination_en = models.TextField(
        _("who coordinates and how often they meet, in English"), max_length=2000, blank=True
    )
    starts_on = models.DateField(_("in force from"))
    ends_on = models.DateField(_("in force until"), null=True, blank=True)
    renewal = models.CharField(
        _("when the term is over"), max_length=10, choices=Renewal, default=Renewal.NONE
    )
    renewal_months = models.PositiveSmallIntegerField(
        _("goes on for so many months"), null=True, blank=True
    )
    # The term as it went on; the words that were signed stay as they were.
    prolonged_until = models.DateField(_("prolonged until"), null=True, editable=False)
    successor = models.ForeignKey(
        "self", models.PROTECT, null=True, editable=False, related_name="predecessors"
    )
    is_public = models.BooleanField(
        _("everybody who signs in may read it once it is signed"), default=False
    )
    is_on_paper = models.BooleanField(default=False, editable=False)
    parties = models.ManyToManyField(Organisation, through="Party", related_name="agreements")
    state = models.CharField(max_length=20, choices=State, default=State.DRAFT, editable=False)
    # SHA-256 of what was sent to be signed; the words may not change under it.
    sha256 = models.CharField(_("fingerprint"), max_length=64, blank=True, editable=False)
    # When the words were last shown to the parties; each is asked for its answer to these.
    shown_at = models.DateTimeField(_("shown to the parties"), null=True, editable=False)
    signed_at = models.DateTimeField(_("signed"), null=True, editable=False)
    terminated_on = models.DateField(_("day of its end"), null=True, editable=False)
    # The side that ended it, or broke the negotiation off.
    ended_for = models.ForeignKey(
        Organisation, models.PROTECT, null=True, editable=False, related_name="+"
    )
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
                condition=~Q(state__in=["signed", "in_force", "renewed", "expired"])
                | Q(signed_at__isnull=False) & ~Q(sha256=""),
            ),
            models.CheckConstraint(
                name="agreement_goes_on_for_some_time",
                condition=~Q(renewal="automatic") | Q(renewal_months__gt=0),
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

    @property
    def term_ends_on(self) -> date | None:
        """The last day of the term, as it was prolonged."""
        return self.prolonged_until or self.ends_on

    def told(self, field: str) -> str:
        """A text in the reader's language, by the name both languages share."""
        return in_reader_language(getattr(self, f"{field}_ru"), getattr(self, f"{field}_en"))

    def content(self) -> dict[str, Any]:
        """What the parties sign. What is empty is left out, so that old fingerprints stay true."""
        further: dict[str, list[Any]] = {
            "place": [self.place_ru, self.place_en],
            "event": [self.event_ru, self.event_en],
            "coordination": [self.coordination_ru, self.coordination_en],
            "renewal": [] if self.renewal == Renewal.NONE else [self.renewal, self.renewal_months],
            "clauses": [clause.content() for clause in self.clauses.order_by("place")],
            "annexes": [
                [a.title_ru, a.title_en, a.file.sha256]
                for a in self.annexes.select_related("file").order_by("place")
            ],
            "signatories": self._signatories(),
            "commitments": [
                c.content()
                for c in self.commitments.exclude(state="withdrawn")
                .select_related("owes", "to")
                .order_by("number")
            ],
        }
        return self._core() | {name: value for name, value in further.items() if any(value)}

    def _signatories(self) -> list[list[str]]:
        named = [p for p in self.party_set.order_by("pk") if p.signs_ru]
        return [[p.signs_ru, p.signs_en, p.post_ru, p.post_en, p.grounds] for p in named]

    def _core(self) -> dict[str, Any]:
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
    # Who signs, as it stands on paper: a person need not be known to the house.
    signs_ru = models.CharField(_("who signs, in Russian"), max_length=120, blank=True)
    signs_en = models.CharField(_("who signs, in English"), max_length=120, blank=True)
    post_ru = models.CharField(_("post, in Russian"), max_length=250, blank=True)
    post_en = models.CharField(_("post, in English"), max_length=250, blank=True)
    grounds = models.CharField(_("acts on the grounds of"), max_length=200, blank=True)
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

    def told(self, field: str) -> str:
        """A text in the reader's language, by the name both languages share."""
        return in_reader_language(getattr(self, f"{field}_ru"), getattr(self, f"{field}_en"))


index.declare(
    Agreement,
    title=lambda a: f"{a.title_ru} {a.title_en}",
    text=lambda a: " ".join([a.event_ru, *(str(p.name_ru) for p in a.parties.all())]),
    number=lambda a: f"С-{a.number}",
    fetch=lambda things: things.prefetch_related("parties"),
    along=lambda a: [a.commitments.all()],
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
    signed = Q(state__in=SIGNED_STATES)
    ended = Q(state=State.TERMINATED, signed_at__isnull=False, terminated_on__gt=on)
    lasts = Q(ends_on__isnull=True) | Q(ends_on__gte=on) | Q(prolonged_until__gte=on)
    return (signed | ended) & Q(starts_on__lte=on) & lasts
