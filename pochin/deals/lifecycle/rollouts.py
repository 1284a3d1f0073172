"""The life of a roll-out.

planned → waves → complete; waves ↔ frozen; waves, frozen, complete → rolled back; the metric of
the pilot goes on being measured while it lasts, and after it is complete
"""

from __future__ import annotations

from datetime import date, datetime
from decimal import Decimal
from typing import Any

from django.utils import timezone
from django.utils.translation import gettext as _t
from django.utils.translation import gettext_lazy as _

from pochin.core.lifecycle import NOW, STAY, Lifecycle, Refused, guard
from pochin.deals import following
from pochin.deals.models import (
    Deal,
    Realised,
    RollOut,
    RollOutState,
    State,
    Wave,
    WaveSite,
)
from pochin.deals.policy import keeper
from pochin.participants.policy import Role, person_hat, role_hat
from pochin.sites.models import Site

rollout_life: Lifecycle[RollOut] = Lifecycle(
    "deals.rollout",
    RollOutState,
    ends=frozenset({RollOutState.ROLLED_BACK}),
    rests={RollOutState.COMPLETE: _("Every planned site works with it; readings may still come.")},
)

# While it goes on, and after it: the same metric goes on being measured.
FOLLOWED = (RollOutState.WAVES, RollOutState.FROZEN, RollOutState.COMPLETE)


def _leading(roll_out: RollOut) -> list[str]:
    return person_hat(roll_out.deal.manager_id) or role_hat(Role.COORDINATOR, roll_out)


rollout_life.waits(
    RollOutState.PLANNED,
    on=_leading,
    owner=_("the manager of the deal or the coordinator"),
    clock="roll-out plan",
    days=20,
    words=_("Divide the sites into waves and begin"),
)
rollout_life.waits(
    RollOutState.WAVES,
    on=_leading,
    owner=_("the manager of the deal or the coordinator"),
    clock="roll-out",
    days=120,
    words=_("Note which sites work with it and what it brings"),
)
rollout_life.waits(
    RollOutState.FROZEN,
    on=_leading,
    owner=_("the manager of the deal or the coordinator"),
    clock="roll-out freeze",
    days=20,
    words=_("Go on, or roll back"),
)


@guard(_("The contract is not in force."))
def contract_is_in_force(roll_out: RollOut) -> bool:
    return roll_out.deal.state == State.IN_FORCE


@guard(_("No wave with sites is planned yet."))
def has_waves(roll_out: RollOut) -> bool:
    return WaveSite.objects.filter(wave__roll_out=roll_out).exists()


@guard(_("Not every planned site works with it yet."))
def all_sites_work_with_it(roll_out: RollOut) -> bool:
    waiting = WaveSite.objects.filter(wave__roll_out=roll_out, adopted_on__isnull=True)
    return not waiting.exists()


@guard(_("This day has not come yet."))
def day_has_come(roll_out: RollOut, *, adopted_on: date, at: datetime) -> bool:
    return adopted_on <= timezone.localdate(at)


@guard(_("No site works with it before the contract is signed."))
def day_is_after_signature(roll_out: RollOut, *, adopted_on: date) -> bool:
    signed = roll_out.deal.signed_at
    return signed is None or adopted_on >= timezone.localdate(signed)


@guard(_("A wave begins after the contract is signed."))
def wave_is_after_signature(roll_out: RollOut, *, planned_on: date) -> bool:
    signed = roll_out.deal.signed_at
    return signed is None or planned_on >= timezone.localdate(signed)


@guard(_("The period must begin after the pilot."))
def period_is_after_the_pilot(roll_out: RollOut, *, first_day: date) -> bool:
    pilot = roll_out.deal.pilot
    return pilot is None or pilot.ends_on is None or first_day > pilot.ends_on


@guard(_("The pilot had no metric to measure on."))
def has_a_metric(roll_out: RollOut) -> bool:
    return bool(roll_out.deal.promised.get("metric"))


@guard(_("The period must end after it begins, and be over."))
def period_is_over(roll_out: RollOut, *, first_day: date, last_day: date, at: datetime) -> bool:
    return first_day <= last_day < timezone.localdate(at)


@guard(_("The contract is neither signed nor in force."))
def contract_is_signed(deal: Deal) -> bool:
    return deal.state in (State.SIGNED, State.IN_FORCE)


@guard(_("The roll-out of this deal is already planned."))
def none_is_planned(deal: Deal) -> bool:
    return not RollOut._base_manager.filter(deal=deal).exists()


@rollout_life.birth(
    RollOutState.PLANNED,
    who=keeper,
    label=_("Plan a roll-out"),
    done=_("The roll-out was planned"),
    guards=[contract_is_signed, none_is_planned],
)
def plan_roll_out(deal: Deal, *, by: Any, at: datetime = NOW) -> RollOut:
    """Begin to divide the sites of a contract into waves."""
    return RollOut(deal=deal)


@rollout_life.move(
    RollOutState.PLANNED,
    RollOutState.WAVES,
    to=STAY,
    who=keeper,
    label=_("Plan a wave"),
    done=_("A wave was planned"),
    guards=[wave_is_after_signature],
)
def plan_wave(
    roll_out: RollOut, *, by: Any, planned_on: date, sites: list[Site], at: datetime = NOW
) -> None:
    """Name sites that begin together; a site stands in one wave only."""
    known = roll_out.waves.filter(sites__in=[site.pk for site in sites])
    taken = known.values_list("sites__number", flat=True).first()
    if taken is not None:
        raise Refused(_t("Site %(number)s already stands in a wave.") % {"number": taken})
    wave = Wave.objects.create(
        roll_out=roll_out, number=roll_out.waves.count() + 1, planned_on=planned_on
    )
    WaveSite.objects.bulk_create(WaveSite(wave=wave, site=site) for site in sites)


@rollout_life.move(
    RollOutState.PLANNED,
    to=RollOutState.WAVES,
    who=keeper,
    label=_("Begin the first wave"),
    done=_("The first wave began"),
    guards=[contract_is_in_force, has_waves],
)
def start(roll_out: RollOut, *, by: Any, at: datetime = NOW) -> None:
    """The sites of the first wave begin."""
    roll_out.started_at = at


@rollout_life.move(
    RollOutState.WAVES,
    to=STAY,
    who=keeper,
    label=_("Note that sites work with it"),
    done=_("Sites of a wave began to work with the solution"),
    guards=[day_has_come, day_is_after_signature],
)
def note_adoption(
    roll_out: RollOut, *, by: Any, wave: Wave, adopted_on: date, numbers: list[int],
    at: datetime = NOW,
) -> None:  # fmt: skip
    """Write down since when these sites of a wave work with the solution."""
    places = WaveSite.objects.filter(wave=wave, wave__roll_out=roll_out, site__number__in=numbers)
    if not places.filter(adopted_on__isnull=True).update(adopted_on=adopted_on):
        raise Refused(_t("None of these sites waits in this wave."))
    following.count_anew(roll_out, at)


@rollout_life.move(
    *FOLLOWED,
    to=STAY,
    who=keeper,
    label=_("Note a benefit by hand"),
    done=_("A benefit was noted by hand"),
    guards=[has_a_metric, period_is_over, period_is_after_the_pilot],
)
def note_benefit(
    roll_out: RollOut,
    *,
    by: Any,
    first_day: date,
    last_day: date,
    sites: int,
    effect: Decimal,
    source: str,
    at: datetime = NOW,
) -> None:
    """Write down a number found elsewhere; it stands marked as typed, with its source."""
    number = max(roll_out.realised.values_list("number", flat=True), default=0) + 1
    Realised.objects.create(
        roll_out=roll_out, number=number, first_day=first_day, last_day=last_day, sites=sites,
        effect=effect, source=source, noted_by=by, noted_at=at,
    )  # fmt: skip


@rollout_life.move(
    RollOutState.WAVES,
    to=RollOutState.COMPLETE,
    who=keeper,
    label=_("Note that it is complete"),
    done=_("The roll-out is complete"),
    guards=[has_waves, all_sites_work_with_it],
    is_final=True,
)
def complete(roll_out: RollOut, *, by: Any, at: datetime = NOW) -> None:
    """Every planned site works with the solution."""
    roll_out.ended_at = at


@rollout_life.move(
    RollOutState.WAVES,
    to=RollOutState.FROZEN,
    who=keeper,
    label=_("Freeze"),
    done=_("The roll-out was frozen"),
)
def freeze(roll_out: RollOut, *, by: Any, reason: str, at: datetime = NOW) -> None:
    """Let no further site begin, and say why."""
    roll_out.reasons = reason


@rollout_life.move(
    RollOutState.FROZEN,
    to=RollOutState.WAVES,
    who=keeper,
    label=_("Go on with the waves"),
    done=_("The waves go on"),
    guards=[contract_is_in_force],
)
def resume(roll_out: RollOut, *, by: Any, at: datetime = NOW) -> None:
    """Let further sites begin again."""
    roll_out.reasons = ""


@rollout_life.move(
    *FOLLOWED,
    to=RollOutState.ROLLED_BACK,
    who=keeper,
    label=_("Roll back"),
    done=_("The solution was taken out of the sites again"),
)
def roll_back(roll_out: RollOut, *, by: Any, reason: str, at: datetime = NOW) -> None:
    """Take the solution out of the sites again, and say why."""
    roll_out.ended_at, roll_out.reasons = at, reason
    # Nobody checks any more what still waits; the page says why.
    roll_out.follow_ups.waiting().update(refused_at=at, problem={"code": "rolled_back"})
