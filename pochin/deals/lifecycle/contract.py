"""What is written into a deal beside its terms: payments, rights, licences and their reports."""

from __future__ import annotations

from datetime import date, datetime, timedelta
from decimal import Decimal
from typing import Any

from django.utils import timezone
from django.utils.translation import gettext as _t
from django.utils.translation import gettext_lazy as _

from pochin.core.lifecycle import NOW, STAY, Refused
from pochin.core.policy import system
from pochin.deals.lifecycle import guards as g
from pochin.deals.lifecycle.moves import life
from pochin.deals.models import Deal, Licence, Payment, Right, RoyaltyReport, State
from pochin.deals.models.rights import periods
from pochin.deals.policy import keeper, reporter, writer

# A licensee reports within so many days after the period.
REPORT_DAYS = 30
# More periods than this no licence has.
MOST_PERIODS = 200


@life.move(
    State.TERMS,
    to=STAY,
    who=writer,
    label=_("Plan a payment"),
    done=_("A payment was planned"),
    guards=[g.payment_is_positive, g.payment_is_after_the_beginning, g.payment_is_ahead],
)
def plan_payment(
    deal: Deal,
    *,
    by: Any,
    words: str,
    due_on: date,
    amount: Decimal,
    condition: str = "",
    at: datetime = NOW,
) -> None:
    """Add a line to the schedule; together the lines make the sum of the contract."""
    Payment.objects.create(
        deal=deal, number=_following(deal.payments), words=words, condition=condition,
        due_on=due_on, amount=amount,
    )  # fmt: skip


@life.move(
    State.TERMS, to=STAY, who=writer, label=_("Remove a payment"), done=_("A payment was removed")
)
def remove_payment(deal: Deal, *, by: Any, payment: Payment, at: datetime = NOW) -> None:
    """Take a line out of the schedule again."""
    deal.payments.filter(pk=payment.pk).delete()


@life.move(
    State.SIGNED,
    State.IN_FORCE,
    to=STAY,
    who=keeper,
    label=_("Note a payment"),
    done=_("A payment was noted"),
    guards=[g.payment_day_is_possible],
)
def note_payment(
    deal: Deal, *, by: Any, payment: Payment, paid_on: date, paper: str, at: datetime = NOW
) -> None:
    """Write down that a payment of the schedule was made, by which order."""
    paid = deal.payments.filter(pk=payment.pk, paid_on__isnull=True).update(
        paid_on=paid_on, paper=paper
    )
    if not paid:
        raise Refused(_t("This payment is already noted."))


@life.move(
    State.SIGNED,
    State.IN_FORCE,
    to=STAY,
    who=system,
    label=_("A payment is late"),
    done=_("A payment is late"),
    guards=[g.a_payment_is_late],
)
def note_late(deal: Deal, *, by: Any, at: datetime = NOW) -> None:
    """Note that the day of a payment has passed, so that both sides are told of it, once."""
    late = deal.payments.overdue(timezone.localdate(at)).filter(late_told_at__isnull=True)
    late.update(late_told_at=at)


OPEN = (State.INTENTION, State.TERMS, State.APPROVALS, State.SIGNED, State.IN_FORCE)


@life.move(*OPEN, to=STAY, who=writer, label=_("Add a right"), done=_("A right was added"))
def add_right(deal: Deal, *, by: Any, at: datetime = NOW, **fields: Any) -> None:
    """Write down a result of intellectual work: brought along or made together."""
    Right.objects.create(deal=deal, number=_following(deal.rights), **fields)


@life.move(
    State.INTENTION,
    State.TERMS,
    to=STAY,
    who=writer,
    label=_("Remove a right"),
    done=_("A right was removed"),
)
def remove_right(deal: Deal, *, by: Any, right: Right, at: datetime = NOW) -> None:
    """Take a right out again, as long as nobody is licensed to use it."""
    if right.licences.exists():
        raise Refused(_t("There is a licence to this right; it stays."))
    deal.rights.filter(pk=right.pk).delete()


@life.move(*OPEN, to=STAY, who=writer, label=_("Add a licence"), done=_("A licence was added"))
def add_licence(deal: Deal, *, by: Any, at: datetime = NOW, **fields: Any) -> None:
    """Write down who may use a right; the reports that will be due are counted at once."""
    licence = Licence(deal=deal, number=_following(deal.licences), **fields)
    if licence.ends_on < licence.starts_on:
        raise Refused(_t("The licence must not end before it begins."))
    stretches = periods(licence)
    if len(stretches) > MOST_PERIODS:
        raise Refused(_t("A licence with so many reports is too long; shorten its term."))
    licence.save()
    RoyaltyReport.objects.bulk_create(
        RoyaltyReport(
            licence=licence,
            number=number,
            first_day=first,
            last_day=last,
            due_on=last + timedelta(days=REPORT_DAYS),
        )
        for number, (first, last) in enumerate(stretches, start=1)
    )


@life.move(
    State.SIGNED,
    State.IN_FORCE,
    to=STAY,
    who=reporter,
    label=_("Report an income"),
    done=_("An income was reported"),
)
def file_report(
    deal: Deal, *, by: Any, report: RoyaltyReport, income: Decimal, at: datetime = NOW
) -> None:
    """Say what was earned in a period of a licence; the royalty follows from it."""
    if report.last_day >= timezone.localdate(at):
        raise Refused(_t("This period is not over yet; report it after its last day."))
    if income < 0:
        raise Refused(_t("An income cannot be less than zero."))
    filed = RoyaltyReport.objects.filter(
        pk=report.pk, licence__deal=deal, reported_at__isnull=True
    ).update(income=income, reported_at=at)
    if not filed:
        raise Refused(_t("This period is already reported."))


def _following(lines: Any) -> int:
    last = lines.order_by("-number").first()
    return last.number + 1 if last else 1
