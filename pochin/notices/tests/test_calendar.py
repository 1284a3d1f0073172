"""Calendars: one's own, behind a secret address that can be closed, in the form calendars take."""

import re
from datetime import UTC, date, datetime
from importlib import import_module

import pytest
from allauth.mfa.models import Authenticator
from django.apps import apps
from django.test import Client

from conftest import NOON
from pochin.coordination.lifecycle import meetings, tasks
from pochin.notices import calendars, ics
from pochin.notices.models import Feed


def test_lines_are_folded_after_75_octets_within_no_letter():
    text = ics.calendar([ics.Event("1@x", "Обсуждение сроков пилота " * 9, NOON, date(2026, 3, 2))])

    assert max(len(line.encode()) for line in text.split("\r\n")) <= 75
    assert "Обсуждение сроков пилота " * 9 in text.replace("\r\n ", "")


def test_texts_cannot_break_out_of_their_line():
    event = ics.Event("1@x", "Совет;\r\nATTACH:evil, да", NOON, NOON, ends=NOON, place="А\nB")

    text = ics.calendar([event])

    assert "SUMMARY:Совет\\;\\nATTACH:evil\\, да\r\n" in text
    assert "LOCATION:А\\nB\r\n" in text


def test_a_name_cannot_break_out_of_its_quotes():
    event = ics.Event("1@x", "С", NOON, NOON, ends=NOON, organiser=('А";X=1', "a@x"))

    assert 'ORGANIZER;CN="А\';X=1":mailto:a@x' in ics.calendar([event]).replace("\r\n ", "")


@pytest.fixture
def busy(cast, need):
    """Lev has a task and is invited to a meeting."""
    tasks.give(
        cast.city, by=cast.vera, at=NOON, title_ru="Собрать данные", due_on=date(2030, 3, 20),
        responsible=cast.lev, controller=cast.vera,
    )  # fmt: skip
    starts = datetime(2030, 3, 9, 9, tzinfo=UTC)
    meeting = meetings.plan(
        cast.city, by=cast.vera, at=NOON, title_ru="Совет", chair=cast.kira, starts_at=starts,
        ends_at=starts.replace(hour=10),
    )  # fmt: skip
    meetings.add_item(meeting, by=cast.vera, title_ru="О сроках", at=NOON)
    meetings.add_invitee(meeting, by=cast.vera, person=cast.lev, at=NOON)
    return meetings.send_invitations(meeting, by=cast.vera, at=NOON)


def test_a_calendar_holds_meetings_and_days(busy, cast):
    text = calendars.of(cast.lev, at=NOON).replace("\r\n ", "")

    assert "SUMMARY:Совет" in text
    assert "DTSTART:20300309T090000Z" in text
    assert "Собрать данные" in text
    assert "DTSTART;VALUE=DATE:20300320" in text
    assert calendars.of(cast.gleb, at=NOON).count("BEGIN:VEVENT") == 0


def made(browser):
    """The path of the address that the page shows once it is made."""
    page = browser.post("/notices/calendar/").content.decode()
    return re.search(r"/notices/calendar/[\w-]+\.ics", page)[0]


def test_the_address_is_made_read_and_closed(busy, cast, signed_in):
    lev, anybody = signed_in(cast.lev), Client()
    first = made(lev)
    answer = anybody.get(first)
    assert answer["Content-Type"] == "text/calendar; charset=utf-8"
    assert "Совет" in answer.content.decode()

    second = made(lev)
    assert [anybody.get(url).status_code for url in (first, second)] == [404, 200]

    lev.post("/notices/calendar/", {"what": "close"})
    assert anybody.get(second).status_code == 404


def test_the_address_is_shown_once_and_goes_on_working(busy, cast, signed_in):
    lev = signed_in(cast.lev)
    shown = lev.post("/notices/calendar/")
    assert shown["Cache-Control"] == "private, no-store"
    address = re.search(r"/notices/calendar/[\w-]+\.ics", shown.content.decode())[0]

    later = lev.get("/notices/calendar/").content.decode()

    assert ".ics" not in later
    assert "It was shown when it was made and goes on working" in later
    assert Client().get(address).status_code == 200


def test_whoever_reads_the_database_opens_no_calendar(busy, cast):
    key = calendars.make_anew(cast.lev, at=NOON)
    kept = Feed.objects.values().get()

    assert key not in map(str, kept.values())
    assert Client().get(f"/notices/calendar/{kept['digest']}.ics").status_code == 404
    assert Client().get(f"/notices/calendar/{key}.ics").status_code == 200


def test_an_address_in_use_goes_on_working_when_its_key_becomes_a_hash(busy, cast):
    key = "kQ3vX0aZ81bYw7Lr5tUe2NcM4pSdFgHj"
    Feed.objects.create(person=cast.lev, digest=key, made_at=NOON)
    step = import_module("pochin.notices.migrations.0004_feed_keeps_a_hash")

    step.hash_keys(apps, None)

    assert Feed.objects.get().digest != key
    assert Client().get(f"/notices/calendar/{key}.ics").status_code == 200


def test_who_is_no_longer_active_has_no_calendar(busy, cast, signed_in):
    url = made(signed_in(cast.lev))
    type(cast.lev).objects.filter(pk=cast.lev.pk).update(is_active=False)

    assert Client().get(url).status_code == 404


def test_the_calendar_of_the_staff_waits_for_their_second_factor(busy, cast, settings):
    key = calendars.make_anew(cast.lev, at=NOON)
    settings.SECOND_FACTOR_REQUIRED = True
    assert Client().get(f"/notices/calendar/{key}.ics").status_code == 404

    Authenticator.objects.create(user=cast.lev, type="totp", data={})
    assert Client().get(f"/notices/calendar/{key}.ics").status_code == 200


def test_what_one_may_no_longer_see_leaves_the_calendar(busy, cast, signed_in):
    busy.invitees.all().delete()
    cast.lev.roles.all().delete()

    assert "Совет" not in calendars.of(type(cast.lev).objects.get(pk=cast.lev.pk), at=NOON)


def test_each_is_shown_and_closes_their_own_address_alone(busy, cast, signed_in):
    lev, gleb = signed_in(cast.lev), signed_in(cast.gleb)
    address = made(lev)

    assert "goes on working" not in gleb.get("/notices/calendar/").text
    gleb.post("/notices/calendar/", {"what": "close"})
    assert made(gleb) != address
    assert Client().get(address).status_code == 200

    assert "goes on working" in lev.get("/notices/calendar/").text


def test_a_calendar_is_kept_by_nobody_and_its_address_told_to_nobody(busy, cast):
    answer = Client().get(f"/notices/calendar/{calendars.make_anew(cast.lev, at=NOON)}.ics")

    assert answer["Cache-Control"] == "private, no-store"
    assert answer["Referrer-Policy"] == "no-referrer"


@pytest.fixture
def councils(cast):
    """Two meetings: Kira leads both, Lev is invited to the first, and both may see either."""
    made, starts = [], datetime(2030, 3, 9, 9, tzinfo=UTC)
    for title, invited in (("С приглашением", cast.lev), ("Без приглашения", cast.mila)):
        meeting = meetings.plan(
            cast.city, by=cast.vera, at=NOON, title_ru=title, chair=cast.kira, starts_at=starts,
            ends_at=starts.replace(hour=10),
        )  # fmt: skip
        meetings.add_item(meeting, by=cast.vera, title_ru="О сроках", at=NOON)
        meetings.add_invitee(meeting, by=cast.vera, person=invited, at=NOON)
        made.append(meeting)
    return made


def meetings_of(person):
    text = calendars.of(type(person).objects.get(pk=person.pk), at=NOON).replace("\r\n ", "")
    return [title for title in ("С приглашением", "Без приглашения") if f"SUMMARY:{title}" in text]


def test_a_meeting_stands_in_no_calendar_before_its_invitations_leave(councils, cast):
    assert meetings_of(cast.kira) == []

    for meeting in councils:
        meetings.send_invitations(meeting, by=cast.vera, at=NOON)

    assert meetings_of(cast.kira) == ["С приглашением", "Без приглашения"]


def test_only_the_meetings_one_goes_to_stand_in_ones_calendar(councils, cast):
    for meeting in councils:
        meetings.send_invitations(meeting, by=cast.vera, at=NOON)

    assert meetings_of(cast.lev) == ["С приглашением"]
    assert meetings_of(cast.vera) == []  # who prepares them sees them, and is not invited


def test_a_calendar_behind_an_address_names_nobodys_mail_and_an_invitation_only_its_two(busy, cast):
    assert "@example.org" not in calendars.of(cast.lev, at=NOON)

    text, method = calendars.invitation(busy, cast.lev, at=NOON)
    assert method == "REQUEST"
    named = {name for name in ("lev", "kira", "vera", "mila") if f"{name}@example.org" in text}
    assert named == {"lev", "kira"}
