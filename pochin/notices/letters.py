"""Who is told about what, and in which words."""

from __future__ import annotations

import uuid
from collections.abc import Iterator
from datetime import datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

from django.conf import settings
from django.core.mail import EmailMultiAlternatives
from django.core.signing import dumps
from django.db import models
from django.template.loader import render_to_string
from django.urls import reverse
from django.utils import timezone, translation
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from pochin.agreements.lifecycle import commitments
from pochin.agreements.models import WRITERS
from pochin.coordination import talking
from pochin.coordination.models import Invitee, Meeting, MeetingState, TakenOff
from pochin.core import turns
from pochin.core.models import Entry
from pochin.deals.lifecycle.due import leading
from pochin.notices import calendars, of_pilots
from pochin.notices.models import DEFAULT, Group, Letter, Notice, Preference, Way
from pochin.notices.wording import INVITING, Line, lines
from pochin.participants import tokens
from pochin.participants.directory import people
from pochin.participants.models import Invitation, Person
from pochin.participants.policy import Role
from pochin.participants.tasks import INVITED_DAYS

# Decisions whose parties are told at once: the verb and the hats, from the thing.
DECISIONS: dict[str, Any] = {
    **of_pilots.DECISIONS,
    "applications.submit": lambda a: [f"{r}@org-{a.organisation_id}" for r in ("edit", "sign")],
    "applications.accept": lambda a: [f"edit@org-{a.organisation_id}", f"person@{a.need.owner_id}"],
    "applications.refuse": lambda a: [f"edit@org-{a.organisation_id}", f"person@{a.need.owner_id}"],
    "applications.refuse_at_screening": lambda a: [f"edit@org-{a.organisation_id}"],
    "participants.admit": lambda m: [f"edit@org-{m.organisation_id}"],
    "participants.confirm_admission": lambda m: [f"edit@org-{m.organisation_id}"],
    "participants.refuse": lambda m: [f"edit@org-{m.organisation_id}"],
    "exports.lose_certificate": lambda p: [
        f"edit@org-{p.organisation_id}", f"person@{p.manager_id or 0}"
    ],
    "deals.conclude": lambda d: [f"edit@org-{d.seller_id}", f"person@{d.manager_id or 0}"],
    "deals.hand_over": leading,
    "deals.accept_delivery": lambda d: [f"edit@org-{d.seller_id}"],
    "deals.return_delivery": lambda d: [f"edit@org-{d.seller_id}"],
    "deals.break_off": lambda d: [f"edit@org-{d.seller_id}"],
    "deals.terminate": lambda d: [f"edit@org-{d.seller_id}", f"person@{d.manager_id or 0}"],
    "agreements.commitment.confirm": commitments.holders_of_debt,
    "agreements.commitment.accept_report": commitments.holders_of_debt,
    "agreements.commitment.dispute": commitments.holders_of_debt,
    "agreements.commitment.confirm_by_silence": commitments.holders_of_debt,
    "agreements.conclude": lambda a: _parties(a),
    "agreements.terminate": lambda a: _parties(a),
    "agreements.break_off": lambda a: _parties(a),
    "participants.registration.confirm": lambda r: [f"person@{r.person_id}"],
    "participants.registration.refuse": lambda r: [f"person@{r.person_id}"],
    "coordination.task.move_due": lambda t: [f"person@{t.responsible_id}"],
    "coordination.task.accept": lambda t: [f"person@{t.responsible_id}"],
    "coordination.task.cancel": lambda t: [f"person@{t.responsible_id}"],
    "coordination.task.ask_to_move": lambda t: [f"person@{t.controller_id}"],
    "needs.question.answer": lambda q: [f"person@{q.asked_by_id}"],
    "needs.question.decline": lambda q: [f"person@{q.asked_by_id}"],
    "decisions.certificate.issue": lambda c: [f"edit@org-{c.pilot.organisation_id}"],
    "decisions.result.agree": lambda t: [f"person@{t.asked_by_id}"],
    "decisions.result.decline": lambda t: [f"person@{t.asked_by_id}"],
    "decisions.result.withdraw": lambda t: [f"edit@org-{t.pilot.organisation_id}"],
    "decisions.certificate.revoke": lambda c: [f"edit@org-{c.pilot.organisation_id}"],
}  # fmt: skip
# News for those who take part: the same, but not urgent.
STORIES: dict[str, Any] = {
    **of_pilots.STORIES,
    "applications.withdraw": lambda a: [f"{Role.COORDINATOR}@{a.programme_id}"],
    "exports.sign_first": lambda p: [f"{Role.EXPORT_MANAGER}@{p.programme_id}"],
    "exports.close": lambda p: [f"edit@org-{p.organisation_id}"],
    "deals.begin": lambda d: [f"edit@org-{d.seller_id}"],
    "deals.fulfil": lambda d: [f"edit@org-{d.seller_id}"],
    "agreements.remark": lambda a: _writers(a),
    "agreements.accept_words": lambda a: _writers(a),
    "agreements.object_to": lambda a: _writers(a),
    "agreements.answer_remark": lambda a: _parties(a),
    "agreements.enter_into_force": lambda a: _parties(a),
    "agreements.expire": lambda a: _parties(a),
    "participants.invitation.accept": lambda i: [f"person@{i.invited_by_id}"],
    "participants.invitation.decline": lambda i: [f"person@{i.invited_by_id}"],
    "needs.publish": lambda n: [f"person@{n.owner_id}"],
    "needs.close_intake": lambda n: [f"person@{n.owner_id}"],
    "needs.extend": lambda n: [f"person@{n.owner_id}"],
}
# Reminders: as pressing as a turn, though nothing passed from hand to hand.
REMINDERS: dict[str, Any] = {
    "applications.remind": lambda a: [f"edit@org-{a.organisation_id}"],
    "reviews.remind": lambda a: [f"person@{a.expert_id}"],
    "deals.note_late": lambda d: [f"edit@org-{d.seller_id}", *leading(d)],
    "agreements.commitment.remind": commitments.holders_of_debt,
    "agreements.commitment.note_due": commitments.holders_of_debt,
    "agreements.commitment.note_overdue": lambda c: [
        *commitments.holders_of_debt(c), *commitments.holders_of_answer(c)
    ],
    "agreements.commitment.remind_to_confirm": commitments.holders_of_answer,
    tokens.ENDS: lambda token: [f"person@{token.person_id}"],
}  # fmt: skip
ESCALATES_TO = {2: Role.COORDINATOR, 3: Role.DIRECTOR}


def _meeting_hats(entry: Entry, meeting: Meeting) -> list[str]:
    """Whom a change of a meeting concerns: nobody while it is planned, else all who are invited.

    Who is named later is told alone: nothing changed for the others.
    """
    if entry.before == MeetingState.PLANNED and entry.after != MeetingState.INVITED:
        return []
    listed, chair = meeting.invitees.all(), [meeting.chair_id]
    if entry.verb == "coordination.meeting.add_invitee":
        listed, chair = listed.filter(asked_at=entry.at), []
    return [f"person@{key}" for key in (*chair, *listed.values_list("person", flat=True))]


def _writers(agreement: Any) -> list[str]:
    """Those who write agreements for the centre."""
    return [f"{role}@{agreement.programme_id}" for role in WRITERS]


def _parties(agreement: Any) -> list[str]:
    """Those who may edit or sign for the organisations of an agreement."""
    sides = agreement.party_set.values_list("organisation_id", flat=True)
    return [f"{right}@org-{side}" for side in sides for right in ("edit", "sign")]


def told(entry: Entry) -> Iterator[tuple[Group, Person]]:
    """Who is told about an entry, each person once, the most pressing reason first."""
    thing = entry.thing
    if thing is None:
        return
    seen = {entry.by_id}
    for group, hats in _hats(entry, thing):
        for person in people(hats):
            if person.pk not in seen and may_see(person, thing):
                seen.add(person.pk)
                yield group, person


def _hats(entry: Entry, thing: Any) -> Iterator[tuple[Group, list[str]]]:
    if entry.verb == "turns.overdue":
        facts = entry.text.facts
        above = ESCALATES_TO.get(facts["step"])
        programme = getattr(thing, "programme_id", None)
        yield Group.LATE, [f"{above}@{programme}"] if above else [facts["holder"]]
        return
    if entry.verb in INVITING:
        yield Group.DECISION, _meeting_hats(entry, thing)
    if entry.verb in DECISIONS:
        yield Group.DECISION, DECISIONS[entry.verb](thing)
    if entry.verb == talking.VERB:
        yield Group.TURN, [f"person@{key}" for key in entry.text.facts["told"]]
        return
    if entry.verb in REMINDERS:
        yield Group.TURN, REMINDERS[entry.verb](thing)
    fresh = turns.of(thing).filter(since=entry.at)
    yield Group.TURN, [turn.holder for turn in fresh]
    if entry.verb in STORIES:
        yield Group.STORY, STORIES[entry.verb](thing)


def may_see(person: Person, thing: Any) -> bool:
    """Whether the person may see the thing now."""
    model: type[models.Model] = type(thing)
    return model._default_manager.visible_to(person).filter(pk=thing.pk).exists()  # type: ignore[attr-defined]


def note(entry: Entry) -> list[Notice]:
    """Note down who is told; those who want it at once get a letter written."""
    made = []
    for group, person in told(entry):
        way = way_of(person, group)
        notice = Notice.objects.create(
            person=person, entry=entry, group=group, way=way, at=entry.at
        )
        if way == Way.NOW:
            write(person, [notice], at=timezone.now())
        made.append(notice)
    return made


def way_of(person: Person, group: str) -> str:
    """How the person wants to be told about this group."""
    chosen = Preference.objects.filter(person=person, group=group).first()
    return chosen.way if chosen else DEFAULT[Group(group)]


def _host() -> str:
    return settings.SITE_URL.partition("://")[2].partition(":")[0].partition("/")[0]


def write(
    person: Person, notices: list[Notice], *, at: datetime, is_digest: bool = False
) -> Letter:
    """Write a letter that is still to leave."""
    letter = Letter.objects.create(
        person=person,
        message_id=f"<{uuid.uuid4().hex}@{_host()}>",
        is_digest=is_digest,
        written_at=at,
    )
    letter.notices.set(notices)
    return letter


def send(letter: Letter) -> bool:
    """Send a letter; what its reader may no longer see stays out, and an empty one is not sent.

    Neither is one to somebody who was shut out meanwhile.
    """
    person = letter.person
    if not person.is_active:
        return False
    with translation.override(person.language), timezone.override(ZoneInfo(person.zone)):
        rows = lines(letter.notices.select_related("entry__text").order_by("at"), person)
        if not rows:
            return False
        _message(letter, person, rows).send()
    return True


def _message(letter: Letter, person: Person, rows: list[Line]) -> EmailMultiAlternatives:
    group = letter.notices.first().group  # type: ignore[union-attr]
    off = settings.SITE_URL + reverse("notices:off", args=[off_token(person, group)])
    context = {"rows": rows, "person": person, "site": settings.SITE_URL, "off": off}
    subject = (
        ngettext("Your digest: %(n)d notice", "Your digest: %(n)d notices", len(rows))
        % {"n": len(rows)}
        if letter.is_digest
        else f"{rows[0].title}: {rows[0].what[:1].lower()}{rows[0].what[1:]}"
    )
    message = EmailMultiAlternatives(
        subject=" ".join(subject.split())[:180],
        body=render_to_string("notices/letter.txt", context),
        to=[person.email],
        headers={
            "Message-ID": letter.message_id,
            "List-Unsubscribe": f"<{off}>",
            "List-Unsubscribe-Post": "List-Unsubscribe=One-Click",
        },
    )
    message.attach_alternative(render_to_string("notices/letter.html", context), "text/html")
    for thing in _invited(letter):
        text, method = calendars.invitation(thing, person, at=letter.written_at)
        message.attach_alternative(text, f"text/calendar; method={method}; charset=utf-8")
    return message


def invite(invitation: Invitation) -> None:
    """Write to somebody who may not be here yet; sent again, it has the same Message-ID."""
    by = invitation.invited_by
    with translation.override(by.language):
        context = {
            "invitation": invitation,
            "by": by,
            "until": timezone.localdate(invitation.sent_at + timedelta(days=INVITED_DAYS)),
            "url": settings.SITE_URL + reverse("participants:invitation", args=[invitation.key]),
        }
        subject = _("%(person)s invites you to speak for %(organisation)s") % {
            "person": by,
            "organisation": invitation.organisation,
        }
        EmailMultiAlternatives(
            subject=" ".join(subject.split())[:180],
            body=render_to_string("notices/invitation.txt", context),
            to=[invitation.email],
            headers={"Message-ID": f"<invitation-{invitation.key}@{_host()}>"},
        ).send()


def take_off(taken: TakenOff) -> bool:
    """Write to somebody who is not invited any more, so that the entry leaves their calendar.

    They may no longer see the meeting, so the letter says no more than the invitation did. Who was
    invited again meanwhile gets nothing. Sent again, it has the same Message-ID.
    """
    meeting, person = taken.meeting, taken.person
    if not person.is_active or Invitee.objects.filter(meeting=meeting, person=person).exists():
        return False
    with translation.override(person.language), timezone.override(ZoneInfo(person.zone)):
        context = {"meeting": meeting}
        message = EmailMultiAlternatives(
            subject=" ".join(_("You are no longer invited: %(meeting)s").split())[:180]
            % {"meeting": " ".join(str(meeting).split())},
            body=render_to_string("notices/taken_off.txt", context),
            to=[person.email],
            headers={"Message-ID": f"<taken-off-{taken.pk}@{_host()}>"},
        )
        text = calendars.withdrawal(taken)
    message.attach_alternative(text, "text/calendar; method=CANCEL; charset=utf-8")
    message.send()
    return True


def _invited(letter: Letter) -> list[Any]:
    """The meetings whose invitations travel with the letter."""
    verbs = letter.notices.filter(entry__verb__in=INVITING).select_related("entry")
    keys = {notice.entry.thing_id for notice in verbs}
    seen = Meeting.objects.visible_to(letter.person).filter(invitees__person=letter.person)
    return list(seen.filter(pk__in=keys).select_related("programme", "chair").distinct())


def off_token(person: Person, group: str) -> str:
    """What the one-click link of a letter carries."""
    return dumps([person.pk, group], salt="notices.off")
