"""Meetings: planned, invited to, held, minuted, signed; what was decided becomes tasks."""

from datetime import date, timedelta

import pytest

from conftest import NOON, on, plain
from pochin.coordination.lifecycle import groups, meetings
from pochin.coordination.models import Meeting, Task
from pochin.coordination.tests.conftest import LATER, TIMES
from pochin.core import signatures, turns
from pochin.core.lifecycle import Refused
from pochin.core.policy import Forbidden
from pochin.participants.models import Guest


def sees(reader):
    return Meeting.objects.visible_to(reader).exists()


def test_nothing_is_taken_off_an_empty_list(planned, vera, signed_in):
    address = planned.get_absolute_url()
    planned.invitees.all().delete()
    planned.items.all().delete()
    empty = signed_in(vera).get(address).content.decode()
    meetings.add_item(planned, by=vera, title_ru="Повестка", at=NOON)
    full = signed_in(vera).get(address).content.decode()

    assert (f"{address}remove_item/" in empty, f"{address}remove_item/" in full) == (False, True)
    assert f"{address}remove_invitee/" not in full
    assert f"{address}add_invitee/" in empty


def test_the_agenda_is_due_before_the_meeting_begins(planned):
    assert [turn.due_at for turn in turns.of(planned)] == [planned.starts_at]


def test_who_is_invited_sees_it_once_invitations_are_sent(planned, cast):
    people = [cast.vera, cast.rita, cast.viktor, cast.anna, cast.gleb, cast.ulyana, Guest()]
    assert [sees(p) for p in people] == [True, True, True, False, False, False, False]

    meetings.send_invitations(planned, by=cast.vera, at=NOON)

    assert [sees(p) for p in people] == [True, True, True, True, False, False, False]


@pytest.mark.parametrize("stranger", ["anna", "boris", "rita", "ulyana"])
def test_only_organisers_plan(stranger, cast):
    with pytest.raises(Forbidden):
        meetings.plan(
            cast.city, by=getattr(cast, stranger), at=NOON, title_ru="Так", chair=cast.kira, **TIMES
        )


def test_an_end_before_the_beginning_gets_one_sentence(cast):
    times = {"starts_at": LATER, "ends_at": LATER - timedelta(hours=1)}
    with pytest.raises(Refused, match="ends before it begins"):
        meetings.plan(cast.city, by=cast.vera, at=NOON, title_ru="Так", chair=cast.kira, **times)


def test_invitations_need_an_agenda_and_people(cast):
    bare = meetings.plan(cast.city, by=cast.vera, at=NOON, title_ru="Так", chair=cast.kira, **TIMES)
    with pytest.raises(Refused, match=r"The agenda is empty\. Nobody is invited yet\."):
        meetings.send_invitations(bare, by=cast.vera, at=NOON)


def test_who_is_invited_answers_and_keeps_out_of_a_point(invited, cast):
    meetings.answer(invited, by=cast.anna, answer="yes", at=NOON)
    meetings.recuse(invited, by=cast.anna, item=invited.items.get(), reason="Наша заявка.", at=NOON)

    assert invited.invitees.get(person=cast.anna).answer == "yes"
    assert invited.items.get().recusals.get().person == cast.anna
    with pytest.raises(Forbidden, match="only by those who are invited"):
        meetings.answer(invited, by=cast.gleb, answer="yes", at=NOON)


def test_it_is_not_held_before_it_begins(invited, cast):
    with pytest.raises(Refused, match="has not begun yet"):
        meetings.hold(invited, by=cast.vera, present=[], at=NOON)


def test_who_was_there_is_noted(minuted, cast):
    there = dict(minuted.invitees.values_list("person__email", "was_present"))

    assert there == {cast.anna.email: False, cast.lev.email: True}


def test_the_chair_signs_and_resolutions_become_tasks(minuted, cast, need):
    assert [t.holder for t in turns.of(minuted)] == [f"person@{cast.kira.pk}"]
    with pytest.raises(Forbidden, match="only by the chair"):
        meetings.sign(minuted, by=cast.vera, at=LATER)

    meetings.sign(minuted, by=cast.kira, at=LATER)

    task = Task.objects.get()
    assert (task.title_ru, task.responsible, task.controller) == (
        "Дать данные",
        cast.lev,
        cast.kira,
    )
    assert (task.resolution.meeting, task.thing) == (minuted, need)
    assert signatures.under(minuted, what="minutes", sha256=minuted.fingerprint()).exists()


def test_minutes_signed_after_midnight_in_moscow_still_give_their_tasks(minuted, cast):
    """What was due on the day that has just ended is due on the one that has begun."""
    meetings.sign(minuted, by=cast.kira, at=on(4, 1, 22))

    assert Task.objects.get().due_on == date(2026, 4, 2)


def test_signed_minutes_are_not_written_anew(minuted, cast):
    meetings.sign(minuted, by=cast.kira, at=LATER)

    with pytest.raises(Refused, match="already “minutes signed”"):
        meetings.write_minutes(minuted, by=cast.vera, minutes_ru="Иначе", minutes_en="", at=LATER)


def test_a_working_group_of_both_sides_is_invited_as_a_whole(planned, cast):
    group = groups.found(cast.city, by=cast.vera, at=NOON, name_ru="Пилоты")
    groups.seat(group, by=cast.vera, person=cast.nina, organisation=cast.post, at=NOON)
    groups.seat(group, by=cast.vera, person=cast.gleb, organisation=cast.granite, at=NOON)
    Meeting.objects.update(group=group)
    planned.refresh_from_db()

    meetings.invite_group(planned, by=cast.vera, at=NOON)

    assert planned.invitees.count() == 4
    assert type(group).objects.visible_to(cast.gleb).exists()
    assert not type(group).objects.visible_to(cast.anna).exists()


@pytest.mark.parametrize("language", ["ru", "en"])
@pytest.mark.parametrize("reader", ["vera", "anna", "kira", "rita"])
def test_its_page_is_read_by_those_invited(reader, language, minuted, cast, signed_in):
    browser = signed_in(getattr(cast, reader), language)
    title = {"ru": "Координационный совет", "en": "Coordination council"}[language]

    pages = [browser.get(url) for url in ("/coordination/", minuted.get_absolute_url())]

    assert [(p.status_code, title in p.content.decode()) for p in pages] == [(200, True)] * 2


@pytest.mark.parametrize("stranger", ["gleb", "ulyana", "zakhar"])
def test_for_others_it_is_absent(stranger, minuted, cast, signed_in):
    browser = signed_in(getattr(cast, stranger))

    hidden = browser.get(minuted.get_absolute_url())
    absent = browser.get("/coordination/meetings/city/99/")

    assert (hidden.status_code, plain(hidden)) == (404, plain(absent))


def test_what_a_point_is_about_is_named_only_to_who_may_see_it(invited, cast, signed_in, draft):
    """Anna's draft is hers alone: others see the point, not the draft."""
    meetings.add_item(invited, by=cast.vera, title_ru="О заявке", about=draft, at=NOON)

    pages = [signed_in(p).get(invited.get_absolute_url()).content.decode()
             for p in (cast.anna, cast.lev)]  # fmt: skip

    assert [draft.title in page for page in pages] == [True, False]


FORMS = ["edit", "add_item", "add_invitee", "remove_item", "call_off"]


@pytest.mark.parametrize("name", FORMS)
@pytest.mark.parametrize("language", ["ru", "en"])
def test_every_form_of_a_meeting_opens(name, language, planned, cast, signed_in):
    url = f"{planned.get_absolute_url()}{name}/"

    assert signed_in(cast.vera, language).get(url).status_code == 200
    assert signed_in(cast.rita, language).get(url).status_code == 403


def test_it_is_planned_in_the_browser(cast, need, signed_in):
    vera = signed_in(cast.vera)
    given = {"title_ru": "Совет", "chair": "kira@example.org", "starts_at": "2027-03-02T12:00",
             "ends_at": "2027-03-02T13:00"}  # fmt: skip
    url = vera.post("/coordination/meetings/new/city/", given).url
    vera.post(f"{url}add_item/", {"title_ru": "О потребности", "about": need.code})
    vera.post(f"{url}add_invitee/", {"person": "anna@example.org"})
    vera.post(f"{url}send_invitations/")

    meeting = Meeting.objects.get()
    assert (meeting.state, meeting.chair) == ("invited", cast.kira)
    assert meeting.items.get().thing == need


@pytest.mark.parametrize(
    ("given", "why"),
    [
        ({"about": "С-999"}, "Nothing you may see has the number С-999."),
        ({"title_ru": ""}, "This field is required."),
    ],
)
def test_a_wrong_point_gets_one_sentence(given, why, planned, vera, signed_in):
    url = f"{planned.get_absolute_url()}add_item/"

    page = signed_in(vera).post(url, {"title_ru": "О потребности", **given})

    assert why in page.content.decode()
    assert planned.items.count() == 1


def test_nothing_is_due_before_the_meeting_that_decides_it(invited, cast):
    after = LATER + timedelta(hours=2)
    meetings.hold(invited, by=cast.vera, present=[cast.lev], at=after)
    said = {"text_ru": "Дать данные", "responsible": cast.lev, "at": after}

    with pytest.raises(Refused, match="due before the meeting"):
        meetings.resolve(invited, by=cast.vera, due_on=LATER.date() - timedelta(days=1), **said)
    meetings.resolve(invited, by=cast.vera, due_on=LATER.date(), **said)

    assert invited.resolutions.count() == 1
