"""What a signed contract waits for, by which day, and of whom."""

from __future__ import annotations

from collections.abc import Iterator
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
    """Something a contract waits for, and who is to do it by its day."""

    on: date
    holders: tuple[str, ...]


def leading(deal: Deal) -> list[str]:
    """Who leads the deal: its manager, or the lawyers of the programme."""
    return person_hat(deal.manager_id) or role_hat(Role.LAWYER, deal)


def owed(deal: Deal) -> dict[str, date]:
    """Everybody who owes the contract something, each with the day that comes first for them."""
    found: dict[str, date] = {}
    for due in (*_deliveries(deal), *_payments(deal), *_reports(deal)):
        for holder in due.holders:
            found[holder] = min(due.on, found.get(holder, due.on))
    return found


def _deliveries(deal: Deal) -> Iterator[Due]:
    """The seller hands over by the day of the plan, the buyer answers within its days."""
    handed = deal.deliveries.with_buyer().order_by("handed_at").first()
    if handed is not None:
        last = calendar.after(handed.handed_at, TO_ACCEPT)
        yield Due(timezone.localdate(last), tuple(leading(deal)))
    ahead = deal.deliveries.with_seller().filter(due_on__isnull=False).order_by("due_on").first()
    if ahead is not None:
        yield Due(ahead.due_on, tuple(organisation_hat(deal.seller_id)))


def _payments(deal: Deal) -> Iterator[Due]:
    """Who leads the deal notes what was paid."""
    payment = deal.payments.filter(paid_on__isnull=True).order_by("due_on").first()
    if payment is not None:
        yield Due(payment.due_on, tuple(leading(deal)))


def _reports(deal: Deal) -> Iterator[Due]:
    """Each licensee hands in what was earned."""
    waiting = RoyaltyReport.objects.filter(licence__deal=deal, reported_at__isnull=True)
    asked: set[int] = set()
    for report in waiting.select_related("licence").order_by("due_on"):
        licensee = report.licence.licensee_id
        if licensee not in asked:
            asked.add(licensee)
            ours = licensee == deal.seller_id
            yield Due(report.due_on, tuple(organisation_hat(licensee) if ours else leading(deal)))


def holders(deal: Deal) -> list[str]:
    """Whose turn it is while a contract binds: all who owe it something."""
    return list(owed(deal)) or leading(deal)


def until(deal: Deal) -> datetime | dict[str, datetime] | None:
    """The last moment of each one's day, of the term of the contract, or of the time to close."""
    days = owed(deal)
    if days:
        return {holder: _end_of(day) for holder, day in days.items()}
    if deal.ends_on is not None:
        return _end_of(deal.ends_on)
    paid = deal.payments.filter(paid_on__isnull=False).order_by("-paid_on").first()
    return calendar.after(_end_of(paid.paid_on), TO_CLOSE) if paid and paid.paid_on else None


def _end_of(day: date) -> datetime:
    return datetime.combine(day, time(23, 59, 59), calendar.MOSCOW)
