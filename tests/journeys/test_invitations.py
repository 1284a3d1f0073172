"""Invitations travel by letter in a form that calendars accept, and change with the meeting."""

from datetime import timedelta

import pytest
from django.core import mail

from conftest import NOON
from pochin.coordination.lifecycle import meetings
from pochin.notices.tasks import send_letters

LATER = NOON + timedelta(days=7)
TIMES = {"starts_at": LATER, "ends_at": LATER + timedelta(hours=1)}


@pytest.fixture
def planned(cast):
    """Kira leads; Anna and Lev are to be invited."""
    made = meetings.plan(
        cast.city, by=cast.vera, at=NOON, title_ru="Координационный совет", chair=cast.kira, **TIMES
    )
    meetings.add_item(made, by=cast.vera, title_ru="О сроках", at=NOON)
    for person in (cast.anna, cast.lev):
        meetings.add_invitee(made, by=cast.vera, person=person, at=NOON)
    return made


@pytest.fixture
def invited(planned, cast):
    return meetings.send_invitations(planned, by=cast.vera, at=NOON)


def test_invitations_go_into_calendars(planned, cast, django_capture_on_commit_callbacks):
    with django_capture_on_commit_callbacks(execute=True):
        meetings.send_invitations(planned, by=cast.vera, at=NOON)
    send_letters.func()

    letter = next(m for m in mail.outbox if m.to == [cast.anna.email])
    [(text, kind)] = [a for a in letter.alternatives if a[1].startswith("text/calendar")]
    assert "method=REQUEST" in kind
    assert "METHOD:REQUEST\r\n" in text
    assert "DTSTART:20260309T090000Z\r\n" in text
    assert f":mailto:{cast.anna.email}" in text.replace("\r\n ", "")
    assert cast.lev.email not in text


def test_a_change_of_time_is_a_new_sequence_and_calling_off_cancels(
    invited, cast, django_capture_on_commit_callbacks
):
    with django_capture_on_commit_callbacks(execute=True):
        meetings.edit(invited, by=cast.vera, at=NOON, title_ru="Совет", chair=cast.kira, **TIMES)
        meetings.call_off(invited, by=cast.vera, reason="Болезнь.", at=NOON)
    send_letters.func()

    texts = [a[0] for m in mail.outbox for a in m.alternatives if a[1].startswith("text/calendar")]
    assert any("METHOD:CANCEL" in text and "SEQUENCE:2" in text for text in texts)
