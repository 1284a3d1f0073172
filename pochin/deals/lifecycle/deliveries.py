"""What is handed over under a contract: planned, handed over, accepted or returned."""

from __future__ import annotations

from datetime import date, datetime
from typing import Any

from django.utils.translation import gettext as _t
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from pochin.core.lifecycle import NOW, STAY, Refused
from pochin.deals.lifecycle import guards as g
from pochin.deals.lifecycle.moves import life
from pochin.deals.models import Deal, Delivery, State
from pochin.deals.policy import keeper, seller, writer


@life.move(State.TERMS, to=STAY, who=writer, label=_("Plan a delivery"))
def plan_delivery(
    deal: Deal, *, by: Any, words: str, due_on: date | None = None, at: datetime = NOW
) -> None:
    """Write down what the seller is to hand over, and by which day."""
    last = deal.deliveries.order_by("-number").first()
    number = last.number + 1 if last else 1
    Delivery.objects.create(deal=deal, number=number, words=words, due_on=due_on)


@life.move(State.TERMS, to=STAY, who=writer, label=_("Remove a delivery"))
def remove_delivery(deal: Deal, *, by: Any, delivery: Delivery, at: datetime = NOW) -> None:
    """Take a line out of the plan of deliveries again."""
    deal.deliveries.filter(pk=delivery.pk).delete()


@life.move(
    State.SIGNED,
    State.IN_FORCE,
    to=STAY,
    who=seller,
    label=pgettext_lazy("delivery", "Hand over"),
    guards=[g.handing_day_is_possible],
)
def hand_over(
    deal: Deal, *, by: Any, delivery: Delivery, handed_on: date, note: str, at: datetime = NOW
) -> None:
    """Say for the seller that it was handed over, and what shows it; the buyer answers."""
    handed = deal.deliveries.with_seller().filter(pk=delivery.pk).update(
        handed_on=handed_on, handed_at=at, handed_by_id=by.pk, note=note
    )  # fmt: skip
    if not handed:
        raise Refused(_t("This is handed over already; the buyer answers now."))


@life.move(
    State.SIGNED,
    State.IN_FORCE,
    to=STAY,
    who=keeper,
    label=pgettext_lazy("delivery", "Accept"),
    guards=[g.acceptance_day_is_possible],
)
def accept_delivery(
    deal: Deal, *, by: Any, delivery: Delivery, accepted_on: date, paper: str, at: datetime = NOW
) -> None:
    """Accept for the buyer what was handed over, by an act with a number."""
    accepted = deal.deliveries.with_buyer().filter(pk=delivery.pk).update(
        accepted_on=accepted_on, accepted_at=at, accepted_by_id=by.pk, paper=paper
    )  # fmt: skip
    if not accepted:
        raise Refused(_not_with_buyer())


@life.move(
    State.SIGNED, State.IN_FORCE, to=STAY, who=keeper,
    label=pgettext_lazy("delivery", "Return with remarks"),
)  # fmt: skip
def return_delivery(
    deal: Deal, *, by: Any, delivery: Delivery, reason: str, at: datetime = NOW
) -> None:
    """Not accept it yet, and say what is to be put right; the seller hands it over again."""
    returned = deal.deliveries.with_buyer().filter(pk=delivery.pk).update(
        handed_on=None, handed_at=None, handed_by=None, remarks=reason
    )  # fmt: skip
    if not returned:
        raise Refused(_not_with_buyer())


def _not_with_buyer() -> str:
    return _t("This does not wait for the buyer: it is not handed over yet or accepted already.")
