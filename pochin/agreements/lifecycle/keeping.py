"""The term goes on, is renewed, ends by itself or is ended."""

from __future__ import annotations

from calendar import monthrange
from datetime import date, datetime
from typing import Any

from django.db.models import Count, Q, QuerySet
from django.utils import timezone
from django.utils.translation import gettext as _t
from django.utils.translation import gettext_lazy as _

from pochin.agreements.lifecycle.course import (
    goes_on_by_itself,
    life,
    term_is_over,
)
from pochin.agreements.models import (
    Agreement,
    Renewal,
    State,
)
from pochin.agreements.policy import ender, may_sign, party_signatory, writer
from pochin.core.lifecycle import NOW, STAY, Refused, guard
from pochin.core.policy import system


@life.move(
    State.IN_FORCE,
    to=STAY,
    who=system | writer,
    label=_("Note that the term goes on"),
    done=_("The term goes on"),
    guards=[goes_on_by_itself, term_is_over],
)
def prolong(agreement: Agreement, *, by: Any, at: datetime = NOW) -> None:
    """Nobody objected, so the term goes on as was agreed."""
    if (ends := agreement.term_ends_on) is not None:
        agreement.prolonged_until = _months_later(ends, agreement.renewal_months or 12)


def _months_later(day: date, months: int) -> date:
    """The same day so many months later, or the last one of that month.

    >>> _months_later(date(2024, 2, 29), 12)
    datetime.date(2025, 2, 28)
    """
    year, month = divmod(day.year * 12 + day.month - 1 + months, 12)
    last = monthrange(year, month + 1)[1]
    # The last day of a month stays the last day.
    is_last = day.day == monthrange(day.year, day.month)[1]
    return date(year, month + 1, last if is_last else min(day.day, last))


@life.move(
    State.IN_FORCE,
    to=STAY,
    who=party_signatory,
    label=_("Do not let it go on by itself"),
    done=_("The agreement will end with its term"),
    guards=[goes_on_by_itself],
    is_final=True,
)
def end_with_term(agreement: Agreement, *, by: Any, reason: str, at: datetime = NOW) -> None:
    """Let the agreement end with its present term."""
    agreement.renewal = Renewal.NONE


def successors(agreement: Agreement) -> QuerySet[Agreement]:
    """The other signed agreements of the programme that bind the same parties."""
    bound = list(agreement.parties.values_list("pk", flat=True))
    others = Agreement.objects.filter(
        programme=agreement.programme_id, state__in=[State.SIGNED, State.IN_FORCE]
    )
    ours = Count("party", filter=Q(party__organisation__in=bound))
    counted = others.exclude(pk=agreement.pk).annotate(all_bound=Count("party"), ours=ours)
    return counted.filter(all_bound=len(bound), ours=len(bound))


@guard(_("No other agreement of the same parties is signed yet. Prepare it first and let it be "
         "signed."))  # fmt: skip
def successor_is_signed(agreement: Agreement) -> bool:
    return successors(agreement).exists()


@life.move(
    State.SIGNED,
    State.IN_FORCE,
    to=State.RENEWED,
    who=writer,
    label=_("Renew by another one"),
    done=_("The agreement was renewed by another one"),
    guards=[successor_is_signed],
)
def renew(agreement: Agreement, *, by: Any, successor: Agreement, at: datetime = NOW) -> None:
    """Note that another signed agreement of the same parties goes on in its place."""
    same = set(agreement.parties.values_list("pk", flat=True))
    if successor.pk == agreement.pk or successor.state not in (State.SIGNED, State.IN_FORCE):
        raise Refused(_t("It can be renewed only by another agreement that is signed."))
    if same != set(successor.parties.values_list("pk", flat=True)):
        raise Refused(_t("The other agreement is between other parties."))
    agreement.successor = successor


@life.move(
    State.IN_FORCE,
    to=State.EXPIRED,
    who=system,
    label=_("Note that the term ended"),
    done=_("The term of the agreement ended"),
    guards=[term_is_over],
)
def expire(agreement: Agreement, *, by: Any, at: datetime = NOW) -> None:
    """The term has ended."""


@life.move(
    State.SIGNED,
    State.IN_FORCE,
    to=State.TERMINATED,
    who=ender,
    label=_("Terminate"),
    done=_("The agreement was terminated"),
    is_final=True,
)
def terminate(agreement: Agreement, *, by: Any, reason: str, at: datetime = NOW) -> None:
    """End for one's side, before its term, what all have signed."""
    _end(agreement, by, at, reason)


@life.move(
    State.NEGOTIATION,
    State.ANSWERED,
    State.APPROVALS,
    State.SIGNING,
    to=State.NOT_CONCLUDED,
    who=ender,
    label=_("Do not conclude"),
    done=_("The agreement will not be concluded"),
    is_final=True,
)
def break_off(agreement: Agreement, *, by: Any, reason: str, at: datetime = NOW) -> None:
    """Say for one's side that there will be no agreement, and why."""
    _end(agreement, by, at, reason)


@life.move(
    State.DRAFT,
    to=State.NOT_CONCLUDED,
    who=writer,
    label=_("Drop the draft"),
    done=_("The draft was dropped"),
    is_final=True,
)
def drop(agreement: Agreement, *, by: Any, at: datetime = NOW) -> None:
    """Give up an agreement that nobody has seen yet."""
    _end(agreement, by, at, "")


def _end(agreement: Agreement, by: Any, at: datetime, reason: str) -> None:
    """Write down when it ended, why, and which side ended it: a party, else the centre."""
    sides = (p.organisation_id for p in agreement.party_set.order_by("pk") if may_sign(by, p))
    agreement.ended_for_id = next(sides, agreement.programme.centre_id)
    agreement.terminated_on, agreement.reasons = timezone.localdate(at), reason
