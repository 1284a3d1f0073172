"""Who reads how much of a pilot."""

from __future__ import annotations

from datetime import date
from typing import Any

from django.apps import apps
from django.db import models
from django.db.models import Case, Exists, OuterRef, Q, Value, When

from pochin.needs.models import answering_needs_of
from pochin.participants.models import own
from pochin.participants.policy import Role, either, may_have, organisations, programmes, ties
from pochin.pilots.models.states import (
    OBSERVED_STATES,
    PUBLIC_STATES,
    READING_ROLES,
    UNDECIDED,
    Reach,
)
from pochin.ui.seen import written_once

# Whoever is named in a pilot as one of these reads all of it.
NAMED = ("sponsor", "manager", "analyst", "methodologist", "decision_owner")

# One after another: an OR over several indexes would read the whole register.
own(
    "pilots",
    " UNION ALL ".join(f"SELECT 1 FROM pilots_pilot WHERE {role}_id = %s" for role in NAMED),
)


def _insiders(user: Any) -> Q | None:
    """Who sees all of a pilot: the vendor's people; others only without a tie to the vendor.

    None where there can be no such pilot, so that the database need not be asked.
    """
    read = programmes(user, *READING_ROLES)
    ours = Q(programme__in=read) if read else None
    if may_have(user, "needs"):
        ours = either(ours, answering_needs_of(user, is_many=bool(read)))
    if may_have(user, "pilots"):
        for role in NAMED:
            ours = either(ours, Q(**{f"{role}_id": user.pk}))
    if may_have(user, "sites"):
        slots = apps.get_model("pilots", "SiteSlot").objects  # stands above this module
        ours = either(ours, Q(Exists(slots.kept_by(user).filter(pilot=OuterRef("pk")))))
    seats = organisations(user)
    theirs = Q(organisation__in=seats) if seats else None
    return either(theirs, _untied(ours, user) if ours else None)


def _observers(user: Any) -> Q | None:
    """The same for those who observe a programme."""
    observed = programmes(user, Role.OBSERVER)
    if not observed:
        return None
    return _untied(Q(programme__in=observed, state__in=OBSERVED_STATES), user)


def _untied(seen: Q, user: Any) -> Q:
    """What somebody sees of pilots, but for those of companies they are tied to."""
    tied = ties(user)
    # Spelled with IS NOT NULL, because NOT IN over an empty vendor would drop the row.
    return seen & ~Q(organisation__isnull=False, organisation__in=tied) if tied else seen


# Of the remark `reach`; one for all questions, so that they are known to be alike.
REACH = models.CharField()


class PilotQuerySet(models.QuerySet):
    @written_once
    def visible_to(self, user: Any) -> PilotQuerySet:
        """The public register; what one takes part in; the observer also what was decided."""
        shown = Q(is_public=True, state__in=PUBLIC_STATES)
        if not user.is_authenticated:
            return self.filter(shown)
        return self.filter(either(either(_insiders(user), _observers(user)), shown))

    @written_once
    def inside(self, user: Any) -> PilotQuerySet:
        """Those whose plan, log and results the user may read."""
        seen = _insiders(user) if user.is_authenticated else None
        return self.filter(seen) if seen else self.none()

    @written_once
    def observed(self, user: Any) -> PilotQuerySet:
        """Those whose plan and decision the user may read."""
        if not user.is_authenticated:
            return self.none()
        seen = either(_insiders(user), _observers(user))
        return self.filter(seen) if seen else self.none()

    @written_once
    def with_reach(self, user: Any) -> PilotQuerySet:
        """Note on each pilot, as `reach`, how much of it the user may see."""
        if not user.is_authenticated:
            return self.annotate(reach=Value(Reach.PUBLIC.value))
        reaches = ((_insiders(user), Reach.INSIDE), (_observers(user), Reach.OBSERVER))
        return self.annotate(
            reach=Case(
                *(When(seen, then=Value(reach.value)) for seen, reach in reaches if seen),
                default=Value(Reach.PUBLIC.value),
                output_field=REACH,
            )
        )

    def decision_overdue(self, on: date) -> PilotQuerySet:
        """Those whose decision date has passed while nothing was decided."""
        return self.filter(decision_date__lt=on, state__in=UNDECIDED)
