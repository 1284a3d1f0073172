"""What a signed contract waits for next, by which day, and of whom."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime, time

from django.utils import timezone

from pochin.core import calendar
from pochin.deals.models import Deal, RoyaltyReport
from pochin.participants.policy import Role, organisation_hat, person_hat, role_hat

# Working days the buyer has to answer what was handed over.
TO_ACCEPT = 10
# Working days to close a contract without a last day, once everything in it is paid.
TO_CLOSE = 20


@dataclass(frozen=True, slots=True)
class Due:
    """The next day of a contract, and who is to do something by it."""

    on: date
    holders: tuple[str, ...]


def leading(deal: Deal) -> list[str]:
    """Who leads the deal: its manager, or the lawyers of the programme."""
    return person_hat(deal.manager_id) or role_hat(Role.LAWYER, deal)


def following(deal: Deal) -> Due | None:
    """What is due first: of one day deliveries come before payments, payments before reports."""
    found = [one for one in (_delivery(deal), _payment(deal), _report(deal)) if one is not None]
    return min(found, key=lambda one: one.on, default=None)


def _delivery(deal: Deal) -> Due | None:
    """The seller hands over by the day of the plan, the buyer answers within its days."""
    handed = deal.deliveries.with_buyer().order_by("handed_at").first()
    if handed is not None:
        last = calendar.after(handed.handed_at, TO_ACCEPT)
        return Due(timezone.localdate(last), tuple(leading(deal)))
    ahead = deal.deliveries.with_seller().filter(due_on__isnull=False).order_by("due_on").first()
    return Due(ahead.due_on, tuple(organisation_hat(deal.seller_id))) if ahead else None


def _payment(deal: Deal) -> Due | None:
    """Who leads the deal notes what was paid."""
    payment = deal.payments.filter(paid_on__isnull=True).order_by("due_on").first()
    return Due(payment.due_on, tuple(leading(deal))) if payment else None


def _report(deal: Deal) -> Due | None:
    """The licensee hands in what was earned."""
    waiting = RoyaltyReport.objects.filter(licence__deal=deal, reported_at__isnull=True)
    report = waiting.select_related("licence").order_by("due_on").first()
    if report is None:
        return None
    licensee = report.licence.licensee_id
    asked = organisation_hat(licensee) if licensee == deal.seller_id else leading(deal)
    return Due(report.due_on, tuple(asked))


def holders(deal: Deal) -> list[str]:
    """Whose turn it is while a contract binds."""
    due = following(deal)
    return list(due.holders) if due else leading(deal)


def until(deal: Deal) -> datetime | None:
    """The last moment of the next day of the contract, of its term, or of the time to close it."""
    due = following(deal)
    day = due.on if due else deal.ends_on
    if day is not None:
        return _end_of(day)
    paid = deal.payments.filter(paid_on__isnull=False).order_by("-paid_on").first()
    return calendar.after(_end_of(paid.paid_on), TO_CLOSE) if paid and paid.paid_on else None


def _end_of(day: date) -> datetime:
    return datetime.combine(day, time(23, 59, 59), calendar.MOSCOW)
