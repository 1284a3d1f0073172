"""The payments of a contract: what is due when, what was paid, what is late."""

from __future__ import annotations

from datetime import date
from typing import Any, ClassVar

from django.db import models
from django.db.models import F, Q
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from pochin.core import tongue
from pochin.deals.models.deal import Deal, State
from pochin.search import index


class PaymentQuerySet(models.QuerySet):
    def visible_to(self, user: Any) -> PaymentQuerySet:
        """To those who see the deal."""
        return self.filter(deal__in=Deal.objects.visible_to(user).values("pk"))

    def paid(self) -> PaymentQuerySet:
        return self.filter(paid_on__isnull=False)

    def overdue(self, on: date) -> PaymentQuerySet:
        """Those of contracts in force whose day has passed."""
        return self.filter(
            paid_on__isnull=True, due_on__lt=on, deal__state__in=[State.SIGNED, State.IN_FORCE]
        )

    def ahead(self, on: date) -> PaymentQuerySet:
        """Those of contracts in force whose day has not passed yet."""
        return self.filter(
            paid_on__isnull=True, due_on__gte=on, deal__state__in=[State.SIGNED, State.IN_FORCE]
        )


class Payment(models.Model):
    """One payment of the schedule, in the currency of its deal."""

    deal = models.ForeignKey(Deal, models.CASCADE, related_name="payments")
    number = models.PositiveSmallIntegerField(_("number"), editable=False)
    words = models.CharField(_("for what"), max_length=200)
    condition = models.CharField(_("on which condition"), max_length=200, blank=True)
    due_on = models.DateField(_("due"))
    amount = models.DecimalField(_("sum with tax"), max_digits=18, decimal_places=2)
    paid_on = models.DateField(_("paid"), null=True, editable=False)
    paper = models.CharField(_("payment order"), max_length=60, blank=True, editable=False)
    # When both sides were told that its day has passed; once.
    late_told_at = models.DateTimeField(null=True, editable=False)

    objects: ClassVar[models.Manager] = PaymentQuerySet.as_manager()

    class Meta:
        verbose_name = _("payment")
        verbose_name_plural = _("payments")
        constraints = [
            models.UniqueConstraint(fields=["deal", "number"], name="payment_number_once"),
            models.CheckConstraint(name="payment_is_positive", condition=Q(amount__gt=0)),
        ]
        indexes = [models.Index(fields=["due_on"]), models.Index(F("paid_on"), name="payment_paid")]

    def __str__(self) -> str:
        return tongue.own(self.words)

    @property
    def programme(self) -> Any:
        return self.deal.programme

    @property
    def is_overdue(self) -> bool:
        """Whether its day has passed and nothing was paid, while the contract binds."""
        late = self.paid_on is None and self.due_on < timezone.localdate()
        return late and self.deal.state in (State.SIGNED, State.IN_FORCE)

    def get_absolute_url(self) -> str:
        return f"{self.deal.get_absolute_url()}#p{self.number}"


index.declare(
    Payment,
    title=lambda p: f"{p.words} {p.paper} {p.condition}",
    text=lambda p: (
        f"{p.deal.title_ru} {p.deal.title_en} {p.deal.contract} {p.deal.buyer.name_ru} "
        f"{p.deal.seller.name_ru} {p.deal.seller.name_en}"
    ),
    number=lambda p: f"Д-{p.deal.number}",
    fetch=lambda things: things.select_related("deal__buyer", "deal__seller"),
)
