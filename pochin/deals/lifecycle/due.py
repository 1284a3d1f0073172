"""What a signed contract waits for next, by which day, and of whom."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime, time

from pochin.core import calendar
from pochin.deals.models import Deal, RoyaltyReport
from pochin.participants.policy import Role, organisation_hat, person_hat, role_hat

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
    """The payment or the royalty report that is due first; payments before reports of one day.

    A payment is noted by who leads the deal, a report is handed in by the licensee.
    """
    payment = deal.payments.filter(paid_on__isnull=True).order_by("due_on").first()
    report = (
        RoyaltyReport.objects.filter(licence__deal=deal, reported_at__isnull=True)
        .select_related("licence")
        .order_by("due_on")
        .first()
    )
    if report is not None and (payment is None or report.due_on < payment.due_on):
        licensee = report.licence.licensee_id
        asked = organisation_hat(licensee) if licensee == deal.seller_id else leading(deal)
        return Due(report.due_on, tuple(asked))
    return Due(payment.due_on, tuple(leading(deal))) if payment is not None else None


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
