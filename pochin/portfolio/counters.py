"""What commitments count by themselves: each counter with the list it was counted from."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal
from urllib.parse import urlencode

from django.db.models import F
from django.urls import reverse

from pochin.agreements.lifecycle import commitments
from pochin.agreements.models import SHARES, UNDER_WAY, Commitment, CommitmentState, Counter
from pochin.applications.models import Application
from pochin.core.models import Turn
from pochin.core.policy import SYSTEM
from pochin.deals.models import Deal
from pochin.needs.models import Need
from pochin.participants.models import MEMBER_STATES, Membership, Programme
from pochin.pilots.models import Outcome, Pilot


@dataclass(frozen=True, slots=True)
class Count:
    """What the registers hold: the value in the unit of the target, and the list behind it."""

    value: Decimal
    href: str
    of: int | None = None


def _list(name: str, programme: Programme, **asked: str) -> str:
    return f"{reverse(name)}?{urlencode({'programme': programme.code, **asked})}"


def _between(name: str, since: date, until: date) -> dict[str, str]:
    return {f"{name}_from": since.isoformat(), f"{name}_to": until.isoformat()}


def pilots_started(programme: Programme, since: date, until: date) -> Count:
    """Pilots of cluster participants that started within these days, both included."""
    members = Membership.objects.filter(programme=programme, state__in=MEMBER_STATES)
    found = Pilot.objects.filter(
        programme=programme,
        organisation__in=members.values("organisation"),
        started_at__date__range=(since, until),
    )
    asked = {"members": "yes", **_between("started", since, until)}
    return Count(Decimal(found.count()), _list("pilots:index", programme, **asked))


def pilots_scaled(programme: Programme, since: date, until: date) -> Count:
    """Pilots that were decided to be scaled within these days, with or without conditions."""
    found = Pilot.objects.filter(
        programme=programme,
        outcome__in=[Outcome.SCALE, Outcome.SCALE_WITH_CONDITIONS],
        decided_at__date__range=(since, until),
    )
    asked = {"scaled": "yes", **_between("decided", since, until)}
    return Count(Decimal(found.count()), _list("pilots:index", programme, **asked))


def needs_published(programme: Programme, since: date, until: date) -> Count:
    """Needs that were published within these days."""
    found = Need.objects.filter(programme=programme, published_at__date__range=(since, until))
    asked = _between("published", since, until)
    return Count(Decimal(found.count()), _list("needs:index", programme, **asked))


def applications(programme: Programme, since: date, until: date) -> Count:
    """Applications that were submitted within these days."""
    found = Application.objects.filter(
        programme=programme, submitted_at__date__range=(since, until)
    )
    asked = _between("submitted", since, until)
    return Count(Decimal(found.count()), _list("applications:index", programme, **asked))


def deals_signed(programme: Programme, since: date, until: date) -> Count:
    """Deals that both sides signed within these days."""
    found = Deal.objects.filter(programme=programme, signed_at__date__range=(since, until))
    asked = _between("signed", since, until)
    return Count(Decimal(found.count()), _list("deals:index", programme, **asked))


def answered(programme: Programme, since: date, until: date) -> Count:
    """The share of steps of screening that ended in time, in per cent of those that ended."""
    ended = Turn.objects.filter(
        programme_id=programme.pk, clock="screening", ended_at__date__range=(since, until)
    )
    in_time, of = ended.filter(ended_at__lte=F("due_at")).count(), ended.count()
    share = Decimal(100 * in_time) / of if of else Decimal(0)
    asked = {"clock": "screening", "in_time": "yes", **_between("ended", since, until)}
    href = _list("portfolio:turns", programme, **asked)
    return Count(share.quantize(Decimal("0.01")), href, of)


COUNTERS: dict[str, Callable[[Programme, date, date], Count]] = {
    Counter.PILOTS_STARTED: pilots_started,
    Counter.PILOTS_SCALED: pilots_scaled,
    Counter.NEEDS_PUBLISHED: needs_published,
    Counter.APPLICATIONS: applications,
    Counter.DEALS_SIGNED: deals_signed,
    Counter.ANSWERED: answered,
}
# Which entries of the journal may change which counters.
MOVED_BY: dict[str, tuple[str, ...]] = {
    "pilots.start": (Counter.PILOTS_STARTED,),
    "pilots.scale": (Counter.PILOTS_SCALED,),
    "pilots.scale_with_conditions": (Counter.PILOTS_SCALED,),
    "needs.publish": (Counter.NEEDS_PUBLISHED,),
    "applications.submit": (Counter.APPLICATIONS,),
    "applications.start_screening": (Counter.ANSWERED,),
    "applications.send_to_review": (Counter.ANSWERED,),
    "deals.conclude": (Counter.DEALS_SIGNED,),
    "agreements.commitment.activate": tuple(COUNTERS),
    "agreements.commitment.amend": tuple(COUNTERS),
}


def count(commitment: Commitment) -> Count:
    """What the registers hold now for this commitment, from its first to its last day."""
    counter = COUNTERS[commitment.counter]
    return counter(commitment.programme, commitment.starts_on, commitment.due_on)


def recount(*, at: datetime, counters: tuple[str, ...] = (), programme: int | None = None) -> int:
    """Hand what was counted down to the commitments; returns how many figures changed."""
    found = Commitment.objects.filter(state__in=UNDER_WAY, counter__in=counters or COUNTERS)
    if programme is not None:
        found = found.filter(agreement__programme=programme)
    changed = 0
    for commitment in found.select_related("agreement__programme").order_by("pk"):
        counted = count(commitment)
        was = (commitment.value, commitment.of, commitment.counted_href)
        if was == (counted.value, counted.of, counted.href):
            continue
        commitments.count(
            commitment, by=SYSTEM, at=at, value=counted.value, href=counted.href, of=counted.of
        )
        changed += 1
        _note_reached(commitment, at)
    return changed


def _note_reached(commitment: Commitment, at: datetime) -> None:
    grows = commitment.counter not in SHARES
    if grows and commitment.is_reached and commitment.state == CommitmentState.ACTIVE:
        commitments.reach(commitment, by=SYSTEM, at=at)
