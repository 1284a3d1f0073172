"""The life of a site.

nominated → checked → has status ↔ suspended; withdrawn from anywhere
"""

from __future__ import annotations

from datetime import date, datetime
from typing import Any

from django.utils import timezone
from django.utils.translation import gettext as _t
from django.utils.translation import gettext_lazy as _

from pochin.core import numbers
from pochin.core.lifecycle import NOW, STAY, Lifecycle, Refused, guard
from pochin.participants.models import Person, Programme
from pochin.participants.policy import Role, organisation_hat, person_hat, programmes, role_hat
from pochin.sites.models import BlackOut, Deputy, Feed, Site, State
from pochin.sites.policy import coordinator, head, keeper, nominator, responsible

life: Lifecycle[Site] = Lifecycle(
    "sites",
    State,
    ends=frozenset({State.WITHDRAWN}),
    rests={State.HAS_STATUS: _("Pilots can be planned here.")},
)


def _asked_to_check(site: Site) -> list[str]:
    # Places taken from a register wait for nobody until a programme takes an interest.
    return role_hat(Role.COORDINATOR, site) if site.programme_id else []


def _owed(site: Site) -> list[str]:
    if site.consent_at is None and site.owner_id:
        return organisation_hat(site.owner_id, "sign")
    return role_hat(Role.COORDINATOR, site)


def _can_resume(site: Site) -> list[str]:
    return person_hat(site.responsible_id) or role_hat(Role.COORDINATOR, site)


life.waits(
    State.NOMINATED,
    on=_asked_to_check,
    owner=Role.COORDINATOR.label,
    clock="site check",
    days=10,
    words=_("Check the place"),
)
life.waits(
    State.CHECKED,
    on=_owed,
    owner=_("the head of the unit; after the consent the coordinator"),
    clock="site status",
    days=10,
    words=_("Name the responsible person, the instruction and the head's consent"),
)
life.waits(
    State.SUSPENDED,
    on=_can_resume,
    owner=_("who answers for the site, or the coordinator"),
    clock="site suspension",
    days=20,
    words=_("Resume the site or withdraw it"),
)


@guard(_("No responsible person is named."))
def responsible_is_named(site: Site) -> bool:
    return site.responsible_id is not None


@guard(_("The safety instruction is missing."))
def safety_is_instructed(site: Site) -> bool:
    return bool(site.instruction)


@guard(_("The head of the unit has not consented."))
def head_consents(site: Site) -> bool:
    return site.consent_at is not None


@guard(_("The place has no unit it belongs to."))
def has_owner(site: Site) -> bool:
    return site.owner_id is not None


@life.birth(
    State.NOMINATED, who=nominator, label=_("Nominate a place"), done=_("A place was nominated")
)
def nominate(programme: Programme, *, by: Any, at: datetime = NOW, **fields: Any) -> Site:
    """Propose a place where pilots could happen."""
    site = Site(programme=programme, **fields)
    if site.postcode and Site._base_manager.filter(postcode=site.postcode).exists():
        raise Refused(
            _t("The postcode %(index)s is already in the register: open that place instead.")
            % {"index": site.postcode}
        )
    site.number = int(site.postcode) if site.postcode else numbers.following("site")
    return site


@life.move(
    State.NOMINATED,
    State.CHECKED,
    State.HAS_STATUS,
    State.SUSPENDED,
    to=STAY,
    who=keeper,
    label=_("Edit"),
    done=_("The description of the place was changed"),
)
def edit(site: Site, *, by: Any, at: datetime = NOW, **fields: Any) -> None:
    """Change what is known about the place."""
    for name, value in fields.items():
        setattr(site, name, value)


@life.move(
    State.NOMINATED,
    to=State.CHECKED,
    who=coordinator,
    label=_("Confirm the check"),
    done=_("The check of the place was confirmed"),
)
def check(site: Site, *, by: Any, programme: Programme, at: datetime = NOW) -> None:
    """Say that the place exists and fits; the programme now answers for its status."""
    if programme.pk not in programmes(by, Role.COORDINATOR):
        raise Refused(_t("Choose a programme in which you are a coordinator."))
    site.programme = programme


@life.move(
    State.CHECKED,
    State.HAS_STATUS,
    State.SUSPENDED,
    to=STAY,
    who=coordinator,
    label=_("Name the responsible person"),
    done=_("The responsible person was named"),
)
def appoint(site: Site, *, by: Any, person: Person, at: datetime = NOW) -> None:
    """Name who answers for the site; the person before is released."""
    site.responsible = person


@life.move(
    State.CHECKED,
    State.HAS_STATUS,
    State.SUSPENDED,
    to=STAY,
    who=responsible | coordinator,
    label=_("Add a deputy"),
    done=_("A deputy was added"),
)
def add_deputy(site: Site, *, by: Any, person: Person, at: datetime = NOW) -> None:
    """Let somebody stand in for the responsible person."""
    if site.deputies.filter(person=person, until__isnull=True).exists():
        raise Refused(_t("%(person)s is already a deputy here.") % {"person": person})
    Deputy.objects.create(site=site, person=person, since=timezone.localdate(at))


@life.move(
    State.CHECKED,
    State.HAS_STATUS,
    State.SUSPENDED,
    to=STAY,
    who=responsible | coordinator,
    label=_("Release a deputy"),
    done=_("A deputy was released"),
)
def release_deputy(site: Site, *, by: Any, person: Person, at: datetime = NOW) -> None:
    """End the standing-in; the history keeps it."""
    held = site.deputies.filter(person=person, until__isnull=True)
    if not held.update(until=timezone.localdate(at)):
        raise Refused(_t("%(person)s is not a deputy here.") % {"person": person})


@life.move(
    State.CHECKED,
    State.HAS_STATUS,
    State.SUSPENDED,
    to=STAY,
    who=keeper,
    label=_("Note the safety instruction"),
    done=_("The safety instruction was noted"),
)
def instruct(
    site: Site, *, by: Any, instruction: str, instructed_on: date, at: datetime = NOW
) -> None:
    """Name the document by which people work safely here, and from when it holds."""
    site.instruction, site.instructed_on = instruction, instructed_on


@life.move(
    State.CHECKED,
    to=STAY,
    who=head,
    label=_("Consent as head of the unit"),
    done=_("The head of the unit consented"),
    guards=[has_owner],
    is_final=True,
)
def consent(site: Site, *, by: Any, at: datetime = NOW) -> None:
    """Agree that pilots may be held at this place."""
    site.consent_by_id, site.consent_at = by.pk, at


@life.move(
    State.CHECKED,
    to=State.HAS_STATUS,
    who=coordinator,
    label=_("Give the status of a site"),
    done=_("The place became a site for pilots"),
    guards=[responsible_is_named, safety_is_instructed, head_consents],
)
def give_status(site: Site, *, by: Any, at: datetime = NOW) -> None:
    """Open the place for pilots."""


@life.move(
    State.HAS_STATUS,
    to=State.SUSPENDED,
    who=keeper,
    label=_("Suspend"),
    done=_("The site was suspended"),
)
def suspend(site: Site, *, by: Any, reason: str, at: datetime = NOW) -> None:
    """Take no new pilots for a time; those at work are told."""
    site.reasons = reason


@life.move(
    State.SUSPENDED,
    to=State.HAS_STATUS,
    who=responsible | coordinator,
    label=_("Resume"),
    done=_("The site takes pilots again"),
    guards=[responsible_is_named, safety_is_instructed, head_consents],
)
def resume(site: Site, *, by: Any, at: datetime = NOW) -> None:
    """Take pilots again."""
    site.reasons = ""


@life.move(
    State.NOMINATED,
    State.CHECKED,
    State.HAS_STATUS,
    State.SUSPENDED,
    to=State.WITHDRAWN,
    who=coordinator | head,
    label=_("Withdraw"),
    done=_("The site was taken off the register"),
    is_final=True,
)
def withdraw(site: Site, *, by: Any, reason: str, at: datetime = NOW) -> None:
    """Take the place off the register of sites; its history is kept."""
    site.reasons = reason


@life.move(
    State.CHECKED,
    State.HAS_STATUS,
    State.SUSPENDED,
    to=STAY,
    who=keeper,
    label=_("Add black-out days"),
    done=_("Black-out days were added"),
)
def black_out(
    site: Site,
    *,
    by: Any,
    starts_on: date,
    ends_on: date,
    why_ru: str,
    why_en: str = "",
    at: datetime = NOW,
) -> None:
    """Name days on which nothing may be tried here."""
    if ends_on < starts_on:
        raise Refused(_t("The last black-out day must not be before the first."))
    BlackOut.objects.create(
        site=site,
        number=numbers.following(f"black-out@{site.pk}"),
        starts_on=starts_on,
        ends_on=ends_on,
        why_ru=why_ru,
        why_en=why_en,
    )


@life.move(
    State.CHECKED,
    State.HAS_STATUS,
    State.SUSPENDED,
    to=STAY,
    who=keeper,
    label=_("Lift black-out days"),
    done=_("Black-out days were lifted"),
)
def lift_black_out(site: Site, *, by: Any, number: int, at: datetime = NOW) -> None:
    """Take back black-out days named earlier."""
    gone, _kinds = site.black_outs.filter(number=number).delete()
    if not gone:
        raise Refused(_t("These black-out days are already lifted."))


@life.move(
    State.CHECKED,
    State.HAS_STATUS,
    State.SUSPENDED,
    to=STAY,
    who=keeper,
    label=_("Add a feed"),
    done=_("A feed was added"),
)
def add_feed(site: Site, *, by: Any, code: str, at: datetime = NOW, **fields: Any) -> None:
    """Name a series of measurements the site can give."""
    if site.feeds.filter(code=code).exists():
        raise Refused(_t("The site already gives a series called %(code)s.") % {"code": code})
    Feed.objects.create(site=site, code=code, **fields)
