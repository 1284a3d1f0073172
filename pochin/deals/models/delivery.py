"""What the seller hands over under a contract, and how the buyer accepts it."""

from __future__ import annotations

from datetime import date
from typing import Any, ClassVar

from django.db import models
from django.db.models import Q
from django.utils import timezone
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from pochin.core import tongue
from pochin.deals.models.deal import Deal, State
from pochin.participants.models import Person


class DeliveryQuerySet(models.QuerySet):
    def visible_to(self, user: Any) -> DeliveryQuerySet:
        """To those who see the deal."""
        return self.filter(deal__in=Deal.objects.visible_to(user).values("pk"))

    def with_seller(self) -> DeliveryQuerySet:
        """Those the seller has still to hand over, or to hand over again."""
        return self.filter(handed_on__isnull=True)

    def with_buyer(self) -> DeliveryQuerySet:
        """Those handed over that the buyer has not answered yet."""
        return self.filter(handed_on__isnull=False, accepted_on__isnull=True)


class Delivery(models.Model):
    """One stage of a contract: planned, handed over, accepted or returned with remarks."""

    deal = models.ForeignKey(Deal, models.CASCADE, related_name="deliveries")
    number = models.PositiveSmallIntegerField(_("number"), editable=False)
    words = models.CharField(_("what is handed over"), max_length=200)
    due_on = models.DateField(_("due"), null=True, blank=True)
    amount = models.DecimalField(
        _("sum with tax"), max_digits=18, decimal_places=2, null=True, blank=True
    )
    handed_on = models.DateField(_("handed over"), null=True, editable=False)
    handed_at = models.DateTimeField(null=True, editable=False)
    handed_by = models.ForeignKey(
        Person, models.PROTECT, null=True, editable=False, related_name="+"
    )
    note = models.TextField(_("what shows it"), blank=True, editable=False)
    accepted_on = models.DateField(_("accepted"), null=True, editable=False)
    accepted_at = models.DateTimeField(null=True, editable=False)
    accepted_by = models.ForeignKey(
        Person, models.PROTECT, null=True, editable=False, related_name="+"
    )
    paper = models.CharField(_("acceptance act"), max_length=60, blank=True, editable=False)
    # What the buyer signed, word for word: names of companies change, a signed act does not.
    act = models.JSONField(default=dict, editable=False)
    sha256 = models.CharField(_("fingerprint"), max_length=64, blank=True, editable=False)
    # Of the last return; they stay to be read after the acceptance.
    remarks = models.TextField(_("remarks"), blank=True, editable=False)

    objects: ClassVar[models.Manager] = DeliveryQuerySet.as_manager()

    class Meta:
        verbose_name = pgettext_lazy("contract", "delivery")
        constraints = [
            models.UniqueConstraint(fields=["deal", "number"], name="delivery_number_once"),
            models.CheckConstraint(
                name="delivery_accepted_was_handed_over",
                condition=Q(accepted_on__isnull=True) | Q(handed_on__isnull=False),
            ),
            models.CheckConstraint(
                name="delivery_sum_is_positive",
                condition=Q(amount__isnull=True) | Q(amount__gt=0),
            ),
        ]

    def __str__(self) -> str:
        return tongue.own(self.words)

    def content(self) -> list[Any]:
        """What is approved and signed of it; a sum only where one is named."""
        planned = [self.number, self.words, self.due_on and self.due_on.isoformat()]
        return planned if self.amount is None else [*planned, str(self.amount)]

    @property
    def is_overdue(self) -> bool:
        """Whether its day has passed and nothing was handed over, while the contract binds."""
        today: date = timezone.localdate()
        late = self.handed_on is None and self.due_on is not None and self.due_on < today
        return late and self.deal.state in (State.SIGNED, State.IN_FORCE)
