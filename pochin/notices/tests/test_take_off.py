"""Who is taken off the list of a meeting gets the entry out of their calendar, and no more."""

from datetime import timedelta

import pytest
from django.core import mail

from conftest import NOON
from pochin.coordination.lifecycle import meetings
from pochin.coordination.models import Meeting, TakenOff
from pochin.core.lifecycle import Refused
from pochin.core.policy import Forbidden
from pochin.jobs import worker
from pochin.notices import calendars, letters, tasks
from pochin.notices.models import Notice

LATER = NOON + timedelta(days=7)


@pytest.fixture
def meeting(cast, django_capture_on_commit_callbacks):
    """Kira leads; Anna and Lev are invited and were told."""
    made = meetings.plan(
        cast.city, by=cast.vera, at=NOON, title_ru="Совет", title_en="Council", chair=cast.kira,
        starts_at=LATER, ends_at=LATER + timedelta(hours=1),
    )  # fmt: skip
    meetings.add_item(made, by=cast.vera, title_ru="Тайный вопрос", at=NOON)
    for person in (cast.anna, cast.lev):
        meetings.add_invitee(made, by=cast.vera, person=person, at=NOON)
    with django_capture_on_commit_callbacks(execute=True):
        return meetings.send_invitations(made, by=cast.vera, at=NOON)


@pytest.fixture
def take_off(meeting, cast, django_capture_on_commit_callbacks):
    def make(person):
        with django_capture_on_commit_callbacks(execute=True):
            return meetings.remove_invitee(meeting, by=cast.vera, person=person, at=NOON)

    return make


def parts_of(letter):
    """The calendar in a letter, unfolded, with the type it was sent as."""
    [(content, kind)] = [
        (a.content, a.mimetype) for a in letter.alternatives if "calendar" in a.mimetype
    ]
    return content.replace("\r\n ", ""), kind


def told(verb):
    found = Notice.objects.filter(entry__verb=f"coordination.meeting.{verb}")
    return sorted(notice.person.email.partition("@")[0] for notice in found)


def test_the_meeting_leaves_their_calendar_and_their_pages(take_off, meeting, cast):
    sequence = meeting.sequence
    take_off(cast.anna)
    worker.run_due()

    [letter] = [one for one in mail.outbox if one.to == [cast.anna.email]]
    text, kind = parts_of(letter)
    assert kind == "text/calendar; method=CANCEL; charset=utf-8"
    assert "METHOD:CANCEL\r\n" in text
    assert "STATUS:CANCELLED\r\n" in text
    assert f"SEQUENCE:{sequence + 1}\r\n" in text
    assert f"UID:{calendars.uid_of(meeting)}\r\n" in text
    assert "mailto:anna@example.org" in text
    assert not Meeting.objects.visible_to(cast.anna).exists()
    assert "Council" not in calendars.of(cast.anna, at=NOON)


def test_the_letter_says_nothing_of_the_agenda(take_off, cast):
    take_off(cast.anna)
    worker.run_due()

    [letter] = [one for one in mail.outbox if one.to == [cast.anna.email]]
    assert "Тайный вопрос" not in letter.body + parts_of(letter)[0]


def test_the_others_keep_their_invitation_and_get_no_letter(take_off, meeting, cast):
    take_off(cast.anna)
    worker.run_due()

    assert [i.person for i in meeting.invitees.all()] == [cast.lev]
    assert [one for one in mail.outbox if one.to == [cast.lev.email]] == []


def test_sent_again_after_a_crash_it_has_the_same_name(take_off, cast):
    take_off(cast.anna)
    taken = TakenOff.objects.get()
    assert tasks.send_taken_off.func(taken.pk)
    assert tasks.send_taken_off.func(taken.pk)

    assert len({one.extra_headers["Message-ID"] for one in mail.outbox}) == 1


def test_who_is_invited_again_meanwhile_gets_no_withdrawal(take_off, meeting, cast):
    take_off(cast.anna)
    meetings.add_invitee(meeting, by=cast.vera, person=cast.anna, at=NOON)

    assert tasks.send_taken_off.func(TakenOff.objects.get().pk) is False


def test_before_the_invitations_leave_nobody_is_written_to(
    cast, django_capture_on_commit_callbacks
):
    made = meetings.plan(
        cast.city, by=cast.vera, at=NOON, title_ru="Совет", chair=cast.kira, starts_at=LATER,
        ends_at=LATER + timedelta(hours=1),
    )  # fmt: skip
    with django_capture_on_commit_callbacks(execute=True):
        meetings.add_invitee(made, by=cast.vera, person=cast.lev, at=NOON)
        meetings.remove_invitee(made, by=cast.vera, person=cast.lev, at=NOON)

    assert not TakenOff.objects.exists()
    assert told("add_invitee") == []


def test_the_last_one_stays_and_who_is_not_invited_cannot_go(take_off, meeting, cast):
    with pytest.raises(Refused, match="This person is not invited"):
        take_off(cast.gleb)
    take_off(cast.anna)
    with pytest.raises(Refused, match="Call the meeting off instead"):
        take_off(cast.lev)


@pytest.mark.parametrize("stranger", ["anna", "boris", "rita", "ulyana"])
def test_only_who_prepares_meetings_takes_people_off(stranger, meeting, cast):
    with pytest.raises(Forbidden):
        meetings.remove_invitee(meeting, by=getattr(cast, stranger), person=cast.lev, at=NOON)


def test_who_is_named_later_is_told_alone(meeting, cast, django_capture_on_commit_callbacks):
    with django_capture_on_commit_callbacks(execute=True):
        meetings.add_invitee(meeting, by=cast.vera, person=cast.gleb, at=NOON + timedelta(hours=1))

    assert told("send_invitations") == ["anna", "kira", "lev"]
    assert told("add_invitee") == ["gleb"]


def test_the_page_offers_those_who_are_invited(meeting, cast, signed_in):
    vera = signed_in(cast.vera)
    address = f"{meeting.get_absolute_url()}remove_invitee/"
    page = vera.get(address).content.decode()
    assert "Anna" in page
    assert "Gleb" not in page

    assert vera.post(address, {"person": cast.anna.pk}).status_code == 302
    assert [i.person for i in meeting.invitees.all()] == [cast.lev]


def test_the_chair_has_the_meeting_in_the_calendar_too(meeting, cast):
    assert "SUMMARY:" in calendars.of(cast.kira, at=NOON)
    assert "meeting-city" in calendars.of(cast.kira, at=NOON)
    assert "meeting-city" not in calendars.of(cast.gleb, at=NOON)


def test_who_was_shut_out_meanwhile_gets_no_withdrawal(take_off, cast):
    type(cast.lev).objects.filter(pk=cast.lev.pk).update(is_active=False)
    take_off(cast.lev)
    taken = TakenOff.objects.get(person=cast.lev)
    assert not letters.take_off(taken)

    type(cast.lev).objects.filter(pk=cast.lev.pk).update(is_active=True)
    assert letters.take_off(TakenOff.objects.get(pk=taken.pk))
