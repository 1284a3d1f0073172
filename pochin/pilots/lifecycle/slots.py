"""A site's part in a pilot.

proposed → agreed → confirmed → used → released; declined and given back: released
a site that has to leave while the run goes on: used → left → released
"""

from __future__ import annotations

from datetime import date, datetime
from typing import Any

from django.utils import timezone
from django.utils.translation import gettext as _t
from django.utils.translation import gettext_lazy as _

from pochin.core import signatures
from pochin.core.lifecycle import NOW, STAY, Lifecycle, Refused, guard
from pochin.core.policy import SYSTEM, system
from pochin.participants.policy import person_hat
from pochin.pilots.lifecycle.course import life
from pochin.pilots.lifecycle.keeping import lose_site
from pochin.pilots.models import (
    BEFORE_RUNNING,
    LeftBecause,
    Pilot,
    SiteSlot,
    SlotRole,
    SlotState,
    State,
)
from pochin.pilots.policy import designer, slot_keeper
from pochin.sites.models import Site
from pochin.sites.models import State as SiteState

slot_life: Lifecycle[SiteSlot] = Lifecycle(
    "pilots.slot",
    SlotState,
    ends=frozenset({SlotState.RELEASED}),
    rests={
        SlotState.USED: _("The site takes part until the pilot ends."),
        SlotState.LEFT: _("The site has left. Its readings stay, in the group it was given."),
    },
)


def _keepers(slot: SiteSlot) -> list[str]:
    return [hat for key in slot.keepers() for hat in person_hat(key)]


slot_life.waits(
    SlotState.PROPOSED,
    on=_keepers,
    owner=_("the keepers of the site"),
    clock="site answer",
    days=10,
    words=_("Answer whether the site takes part"),
)
slot_life.waits(
    SlotState.AGREED,
    on=lambda slot: _keepers(slot) if slot.is_act_awaited else [],
    owner=_("the keepers of the site"),
    clock="site answer",
    days=10,
    words=_("Sign the consent of the site"),
)
slot_life.waits(
    SlotState.CONFIRMED,
    on=lambda slot: _keepers(slot) if slot.is_act_awaited else [],
    owner=_("the keepers of the site"),
    clock="site answer",
    days=10,
    words=_("Sign the start act of the site"),
)


@guard(_("The pilot is past the point at which sites join."))
def pilot_takes_sites(pilot: Pilot) -> bool:
    return pilot.state in BEFORE_RUNNING


@guard(_("The first day must not be after the last."))
def days_are_in_order(pilot: Pilot, *, starts_on: date, ends_on: date) -> bool:
    return starts_on <= ends_on


@guard(_("This site is already in the pilot."))
def site_is_not_in_yet(pilot: Pilot, *, site: Site) -> bool:
    return not pilot.slots.filter(site=site).exclude(state=SlotState.RELEASED).exists()


@guard(_("The place does not have the status of a site."))
def site_has_status(slot: SiteSlot) -> bool:
    return slot.pilot.is_archive or slot.site.state == SiteState.HAS_STATUS


@guard(_("The site has no room for one more pilot on these days."))
def site_has_room(slot: SiteSlot) -> bool:
    return len(slot.others()) < slot.site.capacity


@guard(_("The site has black-out days within these days."))
def days_are_not_blacked_out(slot: SiteSlot) -> bool:
    return not slot.black_outs()


@guard(_("Another pilot is held here on these days; say why the two do not disturb each other."))
def no_twin_trial(slot: SiteSlot) -> bool:
    return bool(slot.twin_words.strip()) or not slot.others()


@guard(_("The plan is not locked yet."))
def plan_is_locked(slot: SiteSlot) -> bool:
    return slot.pilot.is_locked


@guard(
    _("A trial from the archive was over before its plan: no site consents to it."), is_lasting=True
)
def slot_is_of_a_trial_held_now(slot: SiteSlot) -> bool:
    return not slot.pilot.is_archive


@guard(_("The start act is signed when the baseline is being measured."))
def pilot_measures_baseline(slot: SiteSlot) -> bool:
    return slot.pilot.state == State.BASELINE


@guard(_("A site leaves a pilot while its run lasts; before that it says that it does not take "
         "part, and after it its part is over."))  # fmt: skip
def run_lasts(slot: SiteSlot) -> bool:
    return slot.pilot.state in (State.RUNNING, State.SUSPENDED)


@guard(_("The last day lies between the first day of the site and today."))
def last_day_is_of_the_run(slot: SiteSlot, *, left_on: date, at: datetime) -> bool:
    return slot.starts_on <= left_on <= timezone.localdate(at)


@guard(_("Say why the site leaves: whoever reads the result must be able to judge it."))
def departure_is_explained(slot: SiteSlot, *, because: str, reason: str) -> bool:
    return because in LeftBecause.values and bool(reason.strip())


FREE = (site_has_status, site_has_room, days_are_not_blacked_out, no_twin_trial)


@slot_life.birth(
    SlotState.PROPOSED,
    who=designer,
    label=_("Propose a site"),
    done=_("The site was asked to take part"),
    guards=[pilot_takes_sites, days_are_in_order, site_is_not_in_yet],
)
def propose_site(
    pilot: Pilot,
    *,
    by: Any,
    site: Site,
    starts_on: date,
    ends_on: date,
    role: str = SlotRole.DRAWN,
    twin_words: str = "",
    at: datetime = NOW,
) -> SiteSlot:
    """Ask a site to take part on these days."""
    return SiteSlot(
        pilot=pilot, site=site, role=role, starts_on=starts_on, ends_on=ends_on,
        twin_words=twin_words,
    )  # fmt: skip


@slot_life.move(
    SlotState.PROPOSED,
    to=SlotState.AGREED,
    who=slot_keeper,
    label=_("Agree for the site"),
    done=_("The site agreed to take part"),
    guards=FREE,
    holds=lambda slot: slot.site,
)
def agree(slot: SiteSlot, *, by: Any, at: datetime = NOW) -> None:
    """Say that the site will take part; its days are held from now on."""
    slot.agreed_by_id = by.pk


@slot_life.move(
    SlotState.PROPOSED,
    SlotState.AGREED,
    SlotState.CONFIRMED,
    to=SlotState.RELEASED,
    who=slot_keeper | designer,
    label=_("Do not take part"),
    done=_("The site does not take part"),
)
def decline(slot: SiteSlot, *, by: Any, reason: str, at: datetime = NOW) -> None:
    """Say why the site does not take part."""
    slot.reasons = reason


@slot_life.move(
    SlotState.AGREED,
    to=SlotState.CONFIRMED,
    who=slot_keeper,
    label=_("Sign the consent"),
    done=_("The consent of the site was signed"),
    guards=[slot_is_of_a_trial_held_now, plan_is_locked, *FREE],
    is_final=True,
    holds=lambda slot: slot.site,
)
def confirm(slot: SiteSlot, *, by: Any, read: str = "", at: datetime = NOW) -> None:
    """Sign which part the site has, by the locked plan.

    `read` is the fingerprint of the act the signer had before them; another one is refused.
    """
    _sign(slot, "consent", slot.consent(), by=by, read=read, at=at)


@slot_life.move(
    SlotState.CONFIRMED,
    to=STAY,
    who=slot_keeper,
    label=_("Sign the start act"),
    done=_("The start act was signed"),
    guards=[pilot_measures_baseline, *FREE],
    is_final=True,
    holds=lambda slot: slot.site,
)
def sign_start(slot: SiteSlot, *, by: Any, read: str = "", at: datetime = NOW) -> None:
    """Say that the site is ready to start.

    `read` is the fingerprint of the act the signer had before them; another one is refused.
    """
    _sign(slot, "start", slot.start_act(), by=by, read=read, at=at)
    slot.ready_at = at


def _sign(
    slot: SiteSlot, what: str, said: dict[str, Any], *, by: Any, read: str, at: datetime
) -> None:
    fingerprint = signatures.fingerprint(said)
    if read and read != fingerprint:
        raise Refused(
            _t("The words were changed after you had opened them. Read them anew, then sign.")
        )
    signatures.sign(slot, what=what, by=by, role="site", sha256=fingerprint, at=at)


@slot_life.move(
    SlotState.CONFIRMED,
    to=SlotState.USED,
    who=system,
    label=_("The run began"),
    done=_("The run at the site began"),
)
def use(slot: SiteSlot, *, by: Any, at: datetime = NOW) -> None:
    """The site now works as the plan says."""


@slot_life.move(
    SlotState.USED,
    to=SlotState.LEFT,
    who=slot_keeper | designer,
    label=_("Leave the pilot"),
    done=_("The site left the pilot for good"),
    guards=[
        slot_is_of_a_trial_held_now,
        run_lasts,
        last_day_is_of_the_run,
        departure_is_explained,
    ],
    is_final=True,
    holds=lambda slot: slot.pilot,
)
def leave(
    slot: SiteSlot, *, by: Any, left_on: date, because: str, reason: str, at: datetime = NOW
) -> None:
    """Take the site out for good while the run goes on elsewhere; it cannot come back.

    What it measured stays and counts in the group it was given, and the result tells that it left.
    """
    slot.left_on, slot.left_because, slot.reasons = left_on, because, reason


@slot_life.move(
    SlotState.PROPOSED,
    SlotState.AGREED,
    SlotState.CONFIRMED,
    SlotState.USED,
    SlotState.LEFT,
    to=SlotState.RELEASED,
    who=system,
    label=_("The pilot is over"),
    done=_("The pilot is over: the site is free"),
)
def release(slot: SiteSlot, *, by: Any, at: datetime = NOW) -> None:
    """The site is free for other pilots."""


@slot_life.follows("leave")
def _tell_the_pilot(slot: SiteSlot, at: datetime) -> None:
    lose_site(slot.pilot, by=SYSTEM, note=f"{slot.site.number}: {slot.reasons}", at=at)


@life.follows("lock", "draw")
def _take_roles(pilot: Pilot, at: datetime) -> None:
    """The roles of the sites are those the plan or the lot gives them."""
    drawn = pilot.assignment()
    if drawn is None:
        return
    arms = dict(zip(map(str, drawn.unit_ids), drawn.arms, strict=True))
    for slot in pilot.slots.select_related("site"):
        if (arm := arms.get(str(slot.site.number))) is not None:
            slot.role = SlotRole.TREATMENT if arm else SlotRole.COMPARISON
            slot.save(update_fields=["role"])


@life.follows("prepare", "begin_baseline")
def _ask_the_sites(pilot: Pilot, at: datetime) -> None:
    for slot in pilot.slots.filter(state__in=[SlotState.AGREED, SlotState.CONFIRMED]):
        slot_life.pass_turn(slot, at)


@life.follows("start")
def _use_the_sites(pilot: Pilot, at: datetime) -> None:
    for slot in pilot.slots.filter(state=SlotState.CONFIRMED):
        use(slot, by=SYSTEM, at=at)


@life.follows("cancel", "close", "close_without_result")
def _release_the_sites(pilot: Pilot, at: datetime) -> None:
    for slot in pilot.slots.exclude(state=SlotState.RELEASED):
        release(slot, by=SYSTEM, at=at)
