"""A letter says to its receiver what happened, what is to be done and by when."""

from datetime import UTC, datetime, timedelta

import pytest
from django.core import mail
from django.utils import timezone, translation

from conftest import NOON
from pochin.applications import lifecycle as applications
from pochin.coordination.lifecycle import meetings
from pochin.core import turns
from pochin.core.models import Entry, Turn
from pochin.notices import calendars, letters, wording
from pochin.notices.models import Notice
from pochin.participants.lifecycle import seats
from pochin.reviews import lifecycle as reviews


def read(person, verb, language="ru"):
    """What the person reads about the last entry of this kind."""
    entry = Entry.objects.filter(verb=verb).order_by("pk").last()
    notice = Notice.objects.create(person=person, entry=entry, group="turn", way="now", at=NOON)
    with translation.override(language):
        [line] = wording.lines([notice], person)
    return line


@pytest.fixture
def late(cast, screening):
    """A question to the applicant that was to be answered two weeks ago."""
    applications.ask(screening, by=cast.vera, question="Сколько?", at=NOON)
    due = timezone.now() - timedelta(days=14)
    Turn.objects.filter(thing_id=screening.pk, ended_at=None, state="clarification").update(
        due_at=due
    )
    turns.escalate(at=timezone.now())
    return screening


def test_who_is_late_reads_what_was_to_be_done_and_when(late, cast):
    line = read(cast.anna, "turns.overdue", "en")

    assert line.what == "The clock ran out"
    assert line.reason == "Answer the question of the centre"
    assert line.by_when.startswith("it was due on ")
    assert line.why == ""


def test_who_is_told_of_another_who_is_late_reads_who_and_what(late, cast):
    line = read(cast.vera, "turns.overdue", "en")

    assert line.why.startswith("Waited for: Amber. Answer the question of the centre. ")
    assert line.why.endswith(" working days late")
    assert (line.reason, line.by_when) == ("", "")


def test_who_reads_late_learns_that_it_was_dealt_with_and_is_asked_for_nothing(late, cast):
    applications.answer(late, by=cast.anna, answer="Сто.", at=timezone.now())

    mine, told = (read(who, "turns.overdue", "en") for who in (cast.anna, cast.vera))

    assert mine.what == "The clock ran out"
    assert mine.reason == told.reason == "It has gone on since then; now: being screened."
    assert mine.by_when == told.by_when == ""


def test_an_event_of_yesterday_does_not_name_the_task_of_today(late, cast):
    """Anna is asked again: the second question has a letter of its own."""
    first = Entry.objects.get(verb="applications.ask")
    applications.answer(late, by=cast.anna, answer="Сто.", at=timezone.now())
    applications.ask(late, by=cast.vera, question="Чего?", at=timezone.now())
    old, new = (
        Notice.objects.create(person=cast.anna, entry=entry, group="turn", way="now", at=entry.at)
        for entry in (first, Entry.objects.filter(verb="applications.ask").last())
    )
    with translation.override("en"):
        before, now = wording.lines([old, new], cast.anna)

    assert (before.reason, before.by_when) == ("", "")
    assert now.reason == "Answer the question of the centre"


def test_who_has_time_left_reads_until_when(cast, screening):
    applications.ask(screening, by=cast.vera, question="Сколько?", at=timezone.now())

    line = read(cast.anna, "applications.ask", "en")

    assert line.what == "The centre asked for clarification"
    assert line.by_when.startswith("until ")


def test_who_is_reminded_reads_that_it_is_their_turn_and_not_that_somebody_reminded(
    cast, in_review
):
    reviews.remind(in_review.assignments.get(expert=cast.boris), by=cast.vera, at=NOON)

    assert read(cast.boris, "reviews.remind").what == "Напоминание: это ждёт вас"


@pytest.fixture
def invited(cast):
    starts = datetime(2030, 3, 9, 9, tzinfo=UTC)
    meeting = meetings.plan(
        cast.city, by=cast.vera, at=NOON, title_ru="Совет", chair=cast.kira, starts_at=starts,
        ends_at=starts.replace(hour=10), place="Зал 4 // Room 4",
    )  # fmt: skip
    meetings.add_item(meeting, by=cast.vera, title_ru="О сроках", at=NOON)
    meetings.add_invitee(meeting, by=cast.vera, person=cast.lev, at=NOON)
    return meetings.send_invitations(meeting, by=cast.vera, at=NOON)


@pytest.mark.parametrize(
    ("language", "what", "place", "asked"),
    [
        ("ru", "Вас приглашают", "Зал 4", "Ответьте, придёте ли вы."),
        ("en", "You are invited", "Room 4", "Say whether you come."),
    ],
)
def test_who_is_invited_reads_when_and_where(invited, cast, language, what, place, asked):
    line = read(cast.lev, "coordination.meeting.send_invitations", language)

    assert (line.what, line.reason) == (what, asked)
    assert "2030" in line.why
    assert line.why.endswith(f", {place}")


def test_who_leads_the_meeting_is_not_asked_to_come(invited, cast):
    line = read(cast.kira, "coordination.meeting.send_invitations", "en")

    assert (line.what, line.reason) == ("The invitations were sent", "")


@pytest.mark.parametrize(("language", "place"), [("ru", "Зал 4"), ("en", "Room 4")])
def test_a_calendar_names_the_place_in_the_language_of_its_reader(invited, cast, language, place):
    with translation.override(language):
        text = calendars.of(cast.lev, at=NOON)

    assert f"LOCATION:{place}\r\n" in text


def test_an_invitation_to_an_organisation_says_until_when_it_lasts(cast, anna):
    made = seats.invite(cast.amber, by=anna, email="new@example.org", at=NOON)

    letters.invite(made)

    [message] = mail.outbox
    assert "Она действует до 1 апреля" in message.body.replace("\xa0", " ")
    assert message.body.count("http") == 1
