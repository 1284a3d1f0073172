"""The life of a meeting.

planned → invitations sent → held → minutes drafted → minutes signed; called off before it is held
"""

from __future__ import annotations

from datetime import date, datetime
from typing import Any

from django.db import models
from django.utils import timezone
from django.utils.translation import gettext as _t
from django.utils.translation import gettext_lazy as _

from pochin.coordination.lifecycle import tasks
from pochin.coordination.models import (
    AgendaItem,
    Answer,
    Invitee,
    Meeting,
    MeetingState,
    Recusal,
    Resolution,
    TakenOff,
)
from pochin.coordination.policy import chair, invited, organiser
from pochin.core import numbers, signatures
from pochin.core.lifecycle import NOW, STAY, Lifecycle, Refused, guard
from pochin.core.policy import SYSTEM
from pochin.participants.models import Person, Programme
from pochin.participants.policy import Role, person_hat, role_hat

AHEAD = (MeetingState.PLANNED, MeetingState.INVITED)

life: Lifecycle[Meeting] = Lifecycle(
    "coordination.meeting",
    MeetingState,
    ends=frozenset({MeetingState.PUBLISHED, MeetingState.CANCELLED}),
    rests={
        MeetingState.INVITED: _("Its day has not come yet."),
        MeetingState.SIGNED: _("The minutes are signed; they may be shown to all members."),
    },
)
life.waits(
    MeetingState.PLANNED,
    on=lambda meeting: role_hat(Role.COORDINATOR, meeting),
    owner=Role.COORDINATOR.label,
    clock="meeting",
    days=10,
    words=_("Finish the agenda and send the invitations"),
    until=lambda meeting: meeting.starts_at,
)
life.waits(
    MeetingState.HELD,
    on=lambda meeting: role_hat(Role.COORDINATOR, meeting),
    owner=Role.COORDINATOR.label,
    clock="minutes",
    days=3,
    words=_("Draft the minutes"),
)
life.waits(
    MeetingState.MINUTED,
    on=lambda meeting: person_hat(meeting.chair_id),
    owner=_("the chair of the meeting"),
    clock="minutes signature",
    days=3,
    words=_("Read and sign the minutes"),
)


@guard(_("The agenda is empty."))
def has_agenda(meeting: Meeting) -> bool:
    return meeting.items.exists()


@guard(_("Nobody is invited yet."))
def has_invitees(meeting: Meeting) -> bool:
    return meeting.invitees.exists()


@guard(_("It has begun already."))
def is_ahead(meeting: Meeting, *, at: datetime) -> bool:
    return meeting.starts_at > at


@guard(_("It has not begun yet."))
def has_begun(meeting: Meeting, *, at: datetime) -> bool:
    return meeting.starts_at <= at


@guard(_("There are no minutes yet."))
def has_minutes(meeting: Meeting) -> bool:
    return bool(meeting.minutes_ru)


@life.birth(
    MeetingState.PLANNED,
    who=organiser,
    label=_("Plan a meeting"),
    done=_("The meeting was planned"),
)
def plan(programme: Programme, *, by: Any, at: datetime = NOW, **fields: Any) -> Meeting:
    """Plan a meeting; those who are invited do not see it yet."""
    _check_times(fields["starts_at"], fields["ends_at"])
    number = numbers.following(f"meeting@{programme.pk}")
    return Meeting(programme=programme, number=number, **fields)


EARLIEST, LATEST = 1900, 2999


def _check_times(starts_at: datetime, ends_at: datetime) -> None:
    if not EARLIEST <= starts_at.year <= ends_at.year <= LATEST and starts_at < ends_at:
        raise Refused(
            _t("A number or a day is too far out to be kept. Put it right and send it again.")
        )
    if ends_at <= starts_at:
        raise Refused(_t("The meeting ends before it begins. Check both times."))


@life.move(
    *AHEAD,
    to=STAY,
    who=organiser,
    label=_("Change the time or the place"),
    done=_("The time or the place was changed"),
)
def edit(meeting: Meeting, *, by: Any, at: datetime = NOW, **fields: Any) -> None:
    """Change it; the calendars of those who were invited follow."""
    _check_times(fields["starts_at"], fields["ends_at"])
    for name, value in fields.items():
        setattr(meeting, name, value)
    meeting.sequence += 1


@life.move(
    *AHEAD,
    to=STAY,
    who=organiser,
    label=_("Add an agenda item"),
    done=_("An agenda item was added"),
)
def add_item(
    meeting: Meeting,
    *,
    by: Any,
    title_ru: str,
    title_en: str = "",
    about: models.Model | None = None,
    at: datetime = NOW,
) -> None:
    """Add a point to the agenda, tied to what it is about."""
    last = meeting.items.order_by("-place").first()
    AgendaItem.objects.create(
        meeting=meeting, place=last.place + 1 if last else 1, title_ru=title_ru,
        title_en=title_en, thing=about,
    )  # fmt: skip


@life.move(
    *AHEAD,
    to=STAY,
    who=organiser,
    label=_("Remove an agenda item"),
    done=_("An agenda item was removed"),
)
def remove_item(meeting: Meeting, *, by: Any, item: AgendaItem, at: datetime = NOW) -> None:
    """Take a point out of the agenda."""
    meeting.items.filter(pk=item.pk).delete()


@life.move(
    *AHEAD,
    to=STAY,
    who=organiser,
    label=_("Invite a person"),
    done=_("A person was added to the invited"),
)
def add_invitee(meeting: Meeting, *, by: Any, person: Person, at: datetime = NOW) -> None:
    """Name a person to be invited; where invitations were sent, they are told at once."""
    Invitee.objects.get_or_create(meeting=meeting, person=person, defaults={"asked_at": at})


@life.move(
    *AHEAD,
    to=STAY,
    who=organiser,
    label=_("Take a person off the list"),
    done=_("A person was taken off the list of the invited"),
)
def remove_invitee(meeting: Meeting, *, by: Any, person: Person, at: datetime = NOW) -> None:
    """Take a person off the list; where invitations were sent, it leaves their calendar."""
    listed = meeting.invitees.filter(person=person)
    if not listed.exists():
        raise Refused(_t("This person is not invited."))
    is_sent = meeting.state == MeetingState.INVITED
    if is_sent and not meeting.invitees.exclude(person=person).exists():
        raise Refused(_t("Nobody would be invited any more. Call the meeting off instead."))
    listed.delete()
    Recusal.objects.filter(item__meeting=meeting, person=person).delete()
    if is_sent:
        meeting.sequence += 1
        TakenOff.objects.create(meeting=meeting, person=person, at=at)


@life.move(
    MeetingState.PLANNED,
    to=STAY,
    who=organiser,
    label=_("Invite the working group"),
    done=_("The working group was added to the invited"),
)
def invite_group(meeting: Meeting, *, by: Any, at: datetime = NOW) -> None:
    """Invite everybody who sits in the working group of the meeting."""
    if meeting.group is None:
        raise Refused(_t("The meeting belongs to no working group."))
    for seat in meeting.group.seats.all():
        Invitee.objects.get_or_create(
            meeting=meeting, person_id=seat.person_id, defaults={"asked_at": at}
        )


@life.move(
    MeetingState.PLANNED,
    to=MeetingState.INVITED,
    who=organiser,
    label=_("Send the invitations"),
    done=_("The invitations were sent"),
    guards=[has_agenda, has_invitees, is_ahead],
)
def send_invitations(meeting: Meeting, *, by: Any, at: datetime = NOW) -> None:
    """Show it to those who are invited, and put it into their calendars."""


@life.move(
    MeetingState.INVITED,
    to=STAY,
    who=invited,
    label=_("Answer the invitation"),
    done=_("The invitation was answered"),
)
def answer(meeting: Meeting, *, by: Any, answer: str, at: datetime = NOW) -> None:
    """Say whether one comes."""
    meeting.invitees.filter(person_id=by.pk).update(answer=answer)


@life.move(
    MeetingState.INVITED,
    MeetingState.HELD,
    to=STAY,
    who=invited,
    label=_("Recuse yourself from an item"),
    done=_("Somebody keeps out of an agenda item"),
)
def recuse(meeting: Meeting, *, by: Any, item: AgendaItem, reason: str, at: datetime = NOW) -> None:
    """Keep out of one point of the agenda, with the reason; it stands in the minutes."""
    Recusal.objects.update_or_create(item=item, person_id=by.pk, defaults={"reason": reason})


@life.move(
    MeetingState.INVITED,
    to=MeetingState.HELD,
    who=organiser,
    label=_("Note who was there"),
    done=_("It was noted who was there"),
    guards=[has_begun],
)
def hold(meeting: Meeting, *, by: Any, present: list[Person], at: datetime = NOW) -> None:
    """Note that it was held and who was there."""
    keys = [person.pk for person in present]
    meeting.invitees.filter(person__in=keys).update(was_present=True)
    meeting.invitees.exclude(person__in=keys).update(was_present=False)


@life.move(
    MeetingState.HELD,
    MeetingState.MINUTED,
    to=MeetingState.MINUTED,
    who=organiser,
    label=_("Write the minutes"),
    done=_("The minutes were written"),
)
def write_minutes(
    meeting: Meeting, *, by: Any, minutes_ru: str, minutes_en: str, at: datetime = NOW
) -> None:
    """Write the minutes, or write them anew before they are signed."""
    meeting.minutes_ru, meeting.minutes_en = minutes_ru, minutes_en


@life.move(
    MeetingState.HELD,
    MeetingState.MINUTED,
    to=STAY,
    who=organiser,
    label=_("Add a resolution"),
    done=_("A resolution was added"),
)
def resolve(
    meeting: Meeting,
    *,
    by: Any,
    text_ru: str,
    responsible: Person,
    due_on: date,
    text_en: str = "",
    item: AgendaItem | None = None,
    at: datetime = NOW,
) -> None:
    """Write down what was decided, who answers for it and by when."""
    if responsible.pk == meeting.chair_id:
        raise Refused(_t("The chair accepts the tasks of a meeting. Name somebody else."))
    if due_on < timezone.localdate(meeting.starts_at):
        raise Refused(_t("It would be due before the meeting that decides it. Choose another day."))
    last = meeting.resolutions.order_by("-place").first()
    Resolution.objects.create(
        meeting=meeting, place=last.place + 1 if last else 1, text_ru=text_ru, text_en=text_en,
        responsible=responsible, due_on=due_on, item=item,
    )  # fmt: skip


@life.move(
    MeetingState.HELD,
    MeetingState.MINUTED,
    to=STAY,
    who=organiser,
    label=_("Remove a resolution"),
    done=_("A resolution was removed"),
)
def remove_resolution(
    meeting: Meeting, *, by: Any, resolution: Resolution, at: datetime = NOW
) -> None:
    """Take a resolution out before the minutes are signed."""
    meeting.resolutions.filter(pk=resolution.pk).delete()


@life.move(
    MeetingState.MINUTED,
    to=MeetingState.SIGNED,
    who=chair,
    label=_("Sign the minutes"),
    done=_("The minutes were signed"),
    guards=[has_minutes],
    is_final=True,
)
def sign(meeting: Meeting, *, by: Any, at: datetime = NOW) -> None:
    """Sign the minutes over their fingerprint; from here on the resolutions are tasks."""
    meeting.sha256, meeting.signed_at = meeting.fingerprint(), at
    signatures.sign(meeting, what="minutes", by=by, role="chair", sha256=meeting.sha256, at=at)


@life.follows("sign")
def give_tasks(meeting: Meeting, at: datetime) -> None:
    """Every resolution becomes a task, which the chair accepts."""
    for resolution in meeting.resolutions.select_related("responsible", "item").order_by("place"):
        tasks.give(
            meeting.programme,
            by=SYSTEM,
            at=at,
            title_ru=resolution.text_ru[:300],
            title_en=resolution.text_en[:300],
            words=resolution.text_ru if len(resolution.text_ru) > 300 else "",
            due_on=max(resolution.due_on, timezone.localdate(at)),
            responsible=resolution.responsible,
            controller=meeting.chair,
            resolution=resolution,
            about=resolution.item.thing if resolution.item else None,
        )


@life.move(
    MeetingState.SIGNED,
    to=MeetingState.PUBLISHED,
    who=chair | organiser,
    label=_("Publish the minutes"),
    done=_("The minutes were published"),
    is_final=True,
)
def publish(meeting: Meeting, *, by: Any, at: datetime = NOW) -> None:
    """Show the minutes and what was decided to everybody of the programme and its members."""


@life.move(
    *AHEAD,
    to=MeetingState.CANCELLED,
    who=organiser,
    label=_("Call off the meeting"),
    done=_("The meeting was called off"),
    is_final=True,
)
def call_off(meeting: Meeting, *, by: Any, reason: str, at: datetime = NOW) -> None:
    """Call it off; those who were invited are told, and it leaves their calendars."""
    meeting.sequence += 1


ANSWERS = [(Answer.YES.value, Answer.YES.label), (Answer.NO.value, Answer.NO.label)]
