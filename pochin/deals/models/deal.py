"""Deals: who buys what from whom, on which decision, approved by whom."""

from __future__ import annotations

from datetime import date
from decimal import Decimal
from typing import Any, ClassVar

from django.db import models
from django.db.models import Exists, F, OuterRef, Q
from django.urls import reverse
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from pochin.core import numbers, signatures
from pochin.deals.money import Currency, tax_inside
from pochin.decisions.models import Decision
from pochin.files.models import File
from pochin.participants.models import Organisation, Person, Programme, in_reader_language
from pochin.participants.policy import Role, organisations, programmes, ties
from pochin.pilots.models import Pilot
from pochin.search import index
from pochin.ui.seen import written_once


class State(models.TextChoices):
    """The life of a deal."""

    INTENTION = "intention", _("intention")
    TERMS = "terms", _("terms being agreed")
    APPROVALS = "approvals", _("being approved")
    SIGNED = "signed", _("signed")
    IN_FORCE = "in_force", _("in force")
    FULFILLED = "fulfilled", _("fulfilled")
    TERMINATED = "terminated", _("terminated")
    NOT_CONCLUDED = "not_concluded", _("not concluded")


BEFORE_SIGNED = (State.INTENTION, State.TERMS, State.APPROVALS)
# Contracts: what totals of money are counted over.
BOUND = (State.SIGNED, State.IN_FORCE, State.FULFILLED, State.TERMINATED)


class DealKind(models.TextChoices):
    PURCHASE = "purchase", _("purchase")
    SERVICE = "service", _("service")
    LICENCE = "licence", _("licence")
    JOINT = "joint", _("joint research and development")
    FRAMEWORK = "framework", _("framework contract")
    INVESTMENT = "investment", _("investment")


class Route(models.TextChoices):
    """How the buyer chooses the seller by its rules of procurement."""

    NONE = "none", _("no procurement is needed")
    SOLE = "sole", _("sole supplier")
    SMALL = "small", _("small purchase")
    QUOTES = "quotes", _("request for quotations")
    OFFERS = "offers", _("request for offers")
    TENDER = "tender", _("tender")
    AUCTION = "auction", _("auction")


class NotConcluded(models.TextChoices):
    PRICE = "price", _("the price was not agreed")
    BUDGET = "budget", _("there is no money in the budget")
    SECURITY = "security", _("security does not allow it")
    PROCUREMENT = "procurement", _("the procurement had another winner or did not take place")
    RIGHTS = "rights", _("the rights were not agreed")
    SELLER = "seller", _("the company withdrew")
    NEED_GONE = "need_gone", _("the need is gone")
    OTHER = "other", _("another reason")


class Terminated(models.TextChoices):
    """Through whom a contract that bound ended before its time."""

    BY_SELLER = "by_seller", _("the seller did not do what was promised")
    BY_BUYER = "by_buyer", _("the buyer did not do what was promised")
    AGREED = "agreed", _("both sides agreed on it")
    OUTSIDE = "outside", _("neither side is to blame")


# Who works on deals for the buyer, and who reads them.
WRITERS = (Role.COORDINATOR, Role.LAWYER, Role.DIRECTOR)
READERS = (*WRITERS, Role.PILOT_MANAGER, Role.AUDITOR)


def _buyers(user: Any) -> Q:
    """The buyer's side: roles of the programme, the buyer's people, those named; without a tie."""
    asked = Approval.objects.filter(deal=OuterRef("pk"), approver_id=user.pk)
    ours = (
        Q(programme__in=programmes(user, *READERS))
        | Q(buyer__in=organisations(user))
        | Q(manager_id=user.pk)
        | Q(pilot__need__owner_id=user.pk)
        | Exists(asked)
    )
    return ours & ~Q(seller__in=ties(user))


class DealQuerySet(models.QuerySet):
    @written_once
    def visible_to(self, user: Any) -> DealQuerySet:
        """The buyer's side, and the seller's people; those with a tie to the seller are neither."""
        if not user.is_authenticated:
            return self.none()
        return self.filter(_buyers(user) | Q(seller__in=organisations(user)))

    def of_buyer(self, user: Any) -> DealQuerySet:
        """Those whose approvals the user may read: the buyer's side."""
        return self.filter(_buyers(user)) if user.is_authenticated else self.none()

    def bound(self) -> DealQuerySet:
        """Contracts: what was signed."""
        return self.filter(state__in=BOUND)


class Deal(models.Model):
    """One deal between a buyer and a seller, from the intention to the end of the contract."""

    programme = models.ForeignKey(
        Programme, models.PROTECT, related_name="deals", verbose_name=_("programme")
    )
    number = models.PositiveIntegerField(_("number"), editable=False)
    kind = models.CharField(
        _("type of deal"), max_length=12, choices=DealKind, default=DealKind.PURCHASE
    )
    title_ru = models.CharField(_("title in Russian"), max_length=200)
    title_en = models.CharField(_("title in English"), max_length=200, blank=True)
    pilot = models.ForeignKey(
        Pilot, models.PROTECT, null=True, blank=True, editable=False, related_name="deals",
        verbose_name=_("pilot"),
    )  # fmt: skip
    decision = models.OneToOneField(
        Decision, models.PROTECT, null=True, editable=False, related_name="deal",
        verbose_name=_("decision"),
    )  # fmt: skip
    # Why there is a deal without a decision to scale, in the words of who may say so.
    exception = models.TextField(_("exception"), max_length=4000, blank=True, editable=False)
    exception_by = models.ForeignKey(
        Person, models.PROTECT, null=True, editable=False, related_name="+"
    )
    buyer = models.ForeignKey(
        Organisation, models.PROTECT, related_name="bought", verbose_name=_("buyer")
    )
    seller = models.ForeignKey(
        Organisation, models.PROTECT, related_name="sold", verbose_name=_("seller")
    )
    manager = models.ForeignKey(
        Person, models.PROTECT, null=True, blank=True, related_name="+",
        verbose_name=_("who leads the deal"),
    )  # fmt: skip
    subject = models.TextField(_("what is bought"), max_length=4000, blank=True)
    volume = models.CharField(_("volume"), max_length=300, blank=True)
    sites_planned = models.PositiveIntegerField(_("sites planned"), null=True, blank=True)
    conditions = models.TextField(_("conditions of the decision"), blank=True, editable=False)
    route = models.CharField(_("procurement route"), max_length=10, choices=Route, blank=True)
    route_number = models.CharField(_("number of the procurement"), max_length=60, blank=True)
    amount = models.DecimalField(
        _("sum with tax"), max_digits=18, decimal_places=2, null=True, blank=True
    )
    currency = models.CharField(_("currency"), max_length=3, choices=Currency, default=Currency.RUB)
    # Percent inside the sum; empty where the contract is outside of the tax.
    vat = models.DecimalField(
        _("value added tax, %"), max_digits=4, decimal_places=2, null=True, blank=True
    )
    starts_on = models.DateField(_("in force from"), null=True, blank=True)
    ends_on = models.DateField(_("in force until"), null=True, blank=True)
    contract = models.CharField(_("number of the contract"), max_length=60, blank=True)
    buyer_signatory = models.ForeignKey(
        Person, models.PROTECT, null=True, blank=True, related_name="+",
        verbose_name=_("who signs for the buyer"),
    )  # fmt: skip
    seller_signatory = models.ForeignKey(
        Person, models.PROTECT, null=True, blank=True, related_name="+",
        verbose_name=_("who signs for the seller"),
    )  # fmt: skip
    document = models.ForeignKey(
        File, models.PROTECT, null=True, editable=False, verbose_name=_("contract")
    )
    # What the plan promised and the pilot measured, as they stood when the deal was opened.
    promised = models.JSONField(default=dict, editable=False)
    state = models.CharField(max_length=14, choices=State, default=State.INTENTION, editable=False)
    # SHA-256 of the terms that were approved and are signed.
    sha256 = models.CharField(_("fingerprint"), max_length=64, blank=True, editable=False)
    opened_at = models.DateTimeField(_("opened"), editable=False)
    decided_at = models.DateTimeField(_("decided"), null=True, editable=False)
    signed_at = models.DateTimeField(_("signed"), null=True, editable=False)
    days_to_sign = models.PositiveIntegerField(
        _("days from decision to signature"), null=True, editable=False
    )
    ended_on = models.DateField(_("ended"), null=True, editable=False)
    reason_code = models.CharField(
        _("reason"), max_length=12, blank=True, editable=False,
        choices=[*NotConcluded.choices, *Terminated.choices],
    )  # fmt: skip
    reasons = models.TextField(_("reasons"), blank=True, editable=False)
    is_demonstration = models.BooleanField(default=False, editable=False)

    objects: ClassVar[models.Manager] = DealQuerySet.as_manager()
    shown_with = ("programme",)

    class Meta:
        verbose_name = _("deal")
        verbose_name_plural = _("deals")
        constraints = [
            models.UniqueConstraint(fields=["programme", "number"], name="deal_number_once"),
            models.CheckConstraint(name="deal_has_two_sides", condition=~Q(buyer=F("seller"))),
            models.CheckConstraint(
                name="deal_sum_is_positive", condition=Q(amount__isnull=True) | Q(amount__gt=0)
            ),
            models.CheckConstraint(
                name="deal_ends_after_it_starts",
                condition=Q(starts_on__isnull=True)
                | Q(ends_on__isnull=True)
                | Q(ends_on__gte=F("starts_on")),
            ),
            models.CheckConstraint(
                name="deal_signed_is_whole",
                condition=~Q(state__in=["signed", "in_force", "fulfilled"])
                | Q(signed_at__isnull=False, amount__isnull=False) & ~Q(sha256=""),
            ),
        ]
        indexes = [
            models.Index(fields=["programme", "state"]),
            models.Index(fields=["seller", "state"]),
            models.Index(fields=["buyer", "state"]),
            models.Index(fields=["state", "signed_at"]),
        ]

    def __str__(self) -> str:
        return in_reader_language(self.title_ru, self.title_en)

    @property
    def code(self) -> str:
        """The number as people read it: Д-012 in Russian, D-012 in English."""
        return numbers.written("deal", self.number)

    def get_absolute_url(self) -> str:
        return reverse("deals:deal", args=[self.programme.code, self.number])

    @property
    def deal(self) -> Deal:
        """Itself, so that one rule serves a deal and whatever belongs to one."""
        return self

    @property
    def tax(self) -> Decimal | None:
        """The value added tax inside the sum."""
        return None if self.amount is None else tax_inside(self.amount, self.vat)

    def sides(self) -> models.QuerySet[Organisation]:
        """The two organisations of the deal."""
        return Organisation.objects.filter(pk__in=[self.buyer_id, self.seller_id])

    def content(self) -> dict[str, Any]:
        """What is approved and signed; deliveries only where any are planned."""
        deliveries = [one.content() for one in self.deliveries.order_by("number")]
        return {
            **({"deliveries": deliveries} if deliveries else {}),
            "format": "pochin-deal/1",
            "programme": self.programme.code,
            "number": self.number,
            "kind": self.kind,
            "title": [self.title_ru, self.title_en],
            "buyer": [self.buyer.name_ru, self.buyer.inn],
            "seller": [self.seller.name_ru, self.seller.inn],
            "subject": self.subject,
            "volume": self.volume,
            "conditions": self.conditions,
            "route": [self.route, self.route_number],
            "sum": [str(self.amount), self.currency, None if self.vat is None else str(self.vat)],
            "term": [_iso(self.starts_on), _iso(self.ends_on)],
            "contract": self.contract,
            "document": self.document.sha256 if self.document else "",
            "payments": [
                [p.number, p.words, p.due_on.isoformat(), str(p.amount)]
                for p in self.payments.order_by("number")
            ],
        }

    def fingerprint(self) -> str:
        """SHA-256 of what is approved and signed."""
        return signatures.fingerprint(self.content())


def _iso(day: date | None) -> str | None:
    return day.isoformat() if day else None


class ApprovalKind(models.TextChoices):
    """The approvals a contract needs; they go on side by side."""

    BUSINESS = "business", _("business")
    FINANCE = "finance", _("finance")
    LEGAL = "legal", _("legal")
    SECURITY = "security", _("security")
    PROCUREMENT = "procurement", _("procurement")


class ApprovalState(models.TextChoices):
    ASKED = "asked", _("asked")
    GIVEN = "given", pgettext_lazy("terms", "approved")
    RETURNED = "returned", _("returned with remarks")
    VOID = "void", _("no longer needed")


class ApprovalQuerySet(models.QuerySet):
    def visible_to(self, user: Any) -> ApprovalQuerySet:
        """The buyer's side alone: what was remarked is not for the seller."""
        return self.filter(deal__in=Deal.objects.of_buyer(user).values("pk"))

    def standing(self) -> ApprovalQuerySet:
        """Those of the terms as they are now."""
        return self.exclude(state=ApprovalState.VOID)


class Approval(models.Model):
    """One of the approvals of the terms, with its own clock."""

    deal = models.ForeignKey(Deal, models.CASCADE, related_name="approvals")
    number = models.PositiveSmallIntegerField(editable=False)
    kind = models.CharField(_("approval"), max_length=12, choices=ApprovalKind)
    approver = models.ForeignKey(
        Person, models.PROTECT, related_name="+", verbose_name=_("who approves")
    )
    state = models.CharField(
        max_length=10, choices=ApprovalState, default=ApprovalState.ASKED, editable=False
    )
    asked_at = models.DateTimeField(_("asked"), editable=False)
    given_at = models.DateTimeField(_("approved"), null=True, editable=False)
    remarks = models.TextField(_("remarks"), blank=True, editable=False)

    objects: ClassVar[models.Manager] = ApprovalQuerySet.as_manager()
    shown_with = ("deal__programme",)

    class Meta:
        verbose_name = _("approval")
        constraints = [
            models.UniqueConstraint(fields=["deal", "number"], name="approval_number_once"),
            models.UniqueConstraint(
                fields=["deal", "kind"], condition=~Q(state="void"), name="approval_kind_once"
            ),
        ]

    def __str__(self) -> str:
        return f"{self.deal}: {self.get_kind_display()}"

    @property
    def code(self) -> str:
        return self.deal.code

    @property
    def programme(self) -> Programme:
        return self.deal.programme

    @property
    def programme_id(self) -> int:
        return self.deal.programme_id

    def get_absolute_url(self) -> str:
        return reverse(
            "deals:approval", args=[self.deal.programme.code, self.deal.number, self.number]
        )


index.declare(
    Deal,
    title=lambda d: f"{d.title_ru} {d.title_en}",
    text=lambda d: (
        f"{d.subject} {d.contract} {d.buyer.name_ru} {d.seller.name_ru} {d.seller.name_en}"
    ),
    number=lambda d: f"Д-{d.number}",
    fetch=lambda things: things.select_related("buyer", "seller"),
    along=lambda d: [d.payments.all()],
)
