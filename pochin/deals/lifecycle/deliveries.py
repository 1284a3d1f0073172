"""What is handed over under a contract: planned, handed over, accepted or returned."""

from __future__ import annotations

from datetime import date, datetime
from decimal import Decimal
from typing import Any

from django.db.models import QuerySet
from django.utils import timezone
from django.utils.translation import gettext as _t
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from pochin.core import signatures
from pochin.core.lifecycle import NOW, STAY, Refused
from pochin.deals import acts
from pochin.deals.lifecycle import guards as g
from pochin.deals.lifecycle.moves import life
from pochin.deals.models import Deal, Delivery, State
from pochin.deals.policy import keeper, seller, writer


@life.move(
    State.TERMS, to=STAY, who=writer, label=_("Plan a delivery"), done=_("A delivery was planned"),
)  # fmt: skip
def plan_delivery(
    deal: Deal, *, by: Any, words: str, due_on: date | None = None,
    amount: Decimal | None = None, at: datetime = NOW,
) -> None:  # fmt: skip
    """Write down what the seller is to hand over, by which day and for how much."""
    if due_on is not None and due_on < timezone.localdate(at):
        raise Refused(
            _t("The delivery is due on a day that has passed. Name today or a later day.")
        )
    last = deal.deliveries.order_by("-number").first()
    number = last.number + 1 if last else 1
    Delivery.objects.create(
        deal=deal, number=number, words=words, due_on=due_on, amount=amount
    )  # fmt: skip


@life.move(
    State.TERMS, to=STAY, who=writer, label=_("Remove a delivery"), done=_("A delivery was removed")
)
def remove_delivery(deal: Deal, *, by: Any, delivery: Delivery, at: datetime = NOW) -> None:
    """Take a line out of the plan of deliveries again."""
    deal.deliveries.filter(pk=delivery.pk).delete()


@life.move(
    State.SIGNED,
    State.IN_FORCE,
    to=STAY,
    who=seller,
    label=pgettext_lazy("delivery", "Hand over"),
    done=_("It was handed over"),
    guards=[g.handing_day_is_possible],
)
def hand_over(
    deal: Deal, *, by: Any, delivery: Delivery, handed_on: date, note: str, at: datetime = NOW
) -> None:
    """Say for the seller that it was handed over, and what shows it; the buyer answers."""
    _write_down(
        deal.deliveries.with_seller(), delivery, handed_on=handed_on, handed_at=at,
        handed_by_id=by.pk, note=note,
        otherwise=_t("This is handed over already; the buyer answers now."),
    )  # fmt: skip
    sha256 = signatures.fingerprint(acts.handed(_fresh(deal, delivery)))
    signatures.sign(delivery, what=acts.HANDED, by=by, role="seller", sha256=sha256, at=at)


@life.move(
    State.SIGNED,
    State.IN_FORCE,
    to=STAY,
    who=keeper,
    label=pgettext_lazy("delivery", "Accept"),
    done=_("It was accepted by an act"),
    guards=[g.acceptance_day_is_possible],
    is_final=True,
)
def accept_delivery(
    deal: Deal, *, by: Any, delivery: Delivery, accepted_on: date, paper: str, at: datetime = NOW
) -> None:
    """Accept for the buyer what was handed over: the act is signed by it, and can be printed."""
    _write_down(
        deal.deliveries.with_buyer(), delivery, accepted_on=accepted_on, accepted_at=at,
        accepted_by_id=by.pk, paper=paper, otherwise=_not_with_buyer(),
    )  # fmt: skip
    said = acts.content(_fresh(deal, delivery))
    sha256 = signatures.fingerprint(said)
    deal.deliveries.filter(pk=delivery.pk).update(act=said, sha256=sha256)
    signatures.sign(delivery, what=acts.ACCEPTED, by=by, role="buyer", sha256=sha256, at=at)


@life.move(
    State.SIGNED, State.IN_FORCE, to=STAY, who=keeper,
    label=pgettext_lazy("delivery", "Return with remarks"), done=_("It was returned with remarks"),
)  # fmt: skip
def return_delivery(
    deal: Deal, *, by: Any, delivery: Delivery, reason: str, at: datetime = NOW
) -> None:
    """Not accept it yet, and say what is to be put right; the seller hands it over again."""
    _write_down(
        deal.deliveries.with_buyer(), delivery, handed_on=None, handed_at=None, handed_by=None,
        remarks=reason, otherwise=_not_with_buyer(),
    )  # fmt: skip


def _write_down(
    waiting: QuerySet[Delivery], delivery: Delivery, *, otherwise: str, **said: Any
) -> None:
    """Keep what a side says of a delivery that waits for it; `otherwise` says why it does not."""
    if not waiting.filter(pk=delivery.pk).update(**said):
        raise Refused(otherwise)


def _fresh(deal: Deal, delivery: Delivery) -> Delivery:
    found = deal.deliveries.select_related("handed_by", "accepted_by").get(pk=delivery.pk)
    found.deal = deal
    return found


def _not_with_buyer() -> str:
    return _t("This does not wait for the buyer: it is not handed over yet or accepted already.")
