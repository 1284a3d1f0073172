"""Working groups: who sits in them for whom, and who leaves."""

import json
from datetime import UTC, date, datetime, timedelta

import pytest

from conftest import NOON, plain
from pochin.coordination.lifecycle import groups, meetings
from pochin.coordination.models import WorkingGroup
from pochin.core import journal
from pochin.core.lifecycle import Refused
from pochin.core.policy import Forbidden
from pochin.search import index

URL = "/coordination/groups/city/1/"
LATER = NOON + timedelta(days=7)
FAR = datetime(2099, 3, 2, 9, tzinfo=UTC)
AHEAD = {"starts_at": FAR, "ends_at": FAR + timedelta(hours=1)}


@pytest.fixture
def group(cast):
    """Anna sits in it for Amber, Lev for the post."""
    made = groups.found(cast.city, by=cast.vera, at=NOON, name_ru="Датчики", name_en="Sensors")
    for person, company in ((cast.anna, cast.amber), (cast.lev, cast.post)):
        groups.seat(made, by=cast.vera, person=person, organisation=company, at=NOON)
    return made


def sitting(group):
    return sorted(str(seat.person) for seat in group.seats.all())


def test_people_of_both_sides_sit_in_it(group):
    assert sitting(group) == ["Anna", "Lev"]


def test_a_person_leaves_and_sees_it_no_more(group, cast, signed_in):
    assert signed_in(cast.anna).get(URL).status_code == 200
    groups.unseat(group, by=cast.vera, person=cast.anna, at=NOON)

    assert sitting(group) == ["Lev"]
    hidden, absent = signed_in(cast.anna).get(URL), signed_in(cast.anna).get(f"{URL}x/")
    assert (hidden.status_code, plain(hidden)) == (404, plain(absent))
    assert journal.of(group).last().verb == "coordination.group.unseat"


def test_who_does_not_sit_in_it_cannot_leave(group, cast):
    with pytest.raises(Refused, match="is not in the group"):
        groups.unseat(group, by=cast.vera, person=cast.gleb, at=NOON)


@pytest.mark.parametrize("stranger", ["anna", "gleb", "rita"])
def test_only_who_prepares_meetings_changes_it(stranger, group, cast):
    by = getattr(cast, stranger)
    with pytest.raises(Forbidden):
        groups.unseat(group, by=by, person=cast.lev, at=NOON)
    with pytest.raises(Forbidden):
        groups.edit(group, by=by, name_ru="Другая", at=NOON)

    assert sitting(group) == ["Anna", "Lev"]


def test_another_name_is_written_into_its_history(group, cast):
    groups.edit(group, by=cast.vera, name_ru="Весы", name_en="Sensors", at=NOON)
    groups.edit(group, by=cast.vera, name_ru="Весы", name_en="Sensors", at=NOON)

    assert WorkingGroup.objects.get().name_ru == "Весы"
    [entry] = journal.of(group).filter(verb="coordination.group.edit")
    assert entry.text.changes == {"name_ru": ["Датчики", "Весы"]}


def test_it_is_changed_in_the_browser(group, cast, signed_in):
    vera = signed_in(cast.vera)
    page = vera.get(URL).content.decode()
    vera.post(f"{URL}edit/", {"name_ru": "Весы", "name_en": "Scales"})
    vera.post(f"{URL}unseat/", {"person": cast.lev.pk})

    assert f"{URL}edit/" in page
    assert f"{URL}unseat/" in page
    assert WorkingGroup.objects.get().name_ru == "Весы"
    assert sitting(group) == ["Anna"]


def test_a_stranger_is_not_among_those_who_may_leave(group, cast, signed_in):
    answer = signed_in(cast.vera).post(f"{URL}unseat/", {"person": cast.gleb.pk})

    assert "not among the choices any more" in answer.content.decode()
    assert sitting(group) == ["Anna", "Lev"]


def test_who_sits_in_it_is_not_offered_to_change_it(group, cast, signed_in):
    page = signed_in(cast.anna).get(URL).content.decode()

    assert "unseat" not in page
    assert signed_in(cast.anna).post(f"{URL}edit/", {"name_ru": "Моя"}).status_code == 403


def listed(cast, signed_in, who, query=""):
    page = signed_in(getattr(cast, who)).get(f"/coordination/groups/{query}")
    assert page.status_code == 200
    return [str(one) for one in page.context["listing"].page.things]


@pytest.fixture
def alone(cast):
    """Of the post's own people only, and led by Nina."""
    made = groups.found(cast.city, by=cast.vera, at=NOON, name_ru="Кабели", name_en="Cables")
    groups.seat(made, by=cast.vera, person=cast.nina, organisation=cast.post, is_chair=True,
                at=NOON)  # fmt: skip
    return made


@pytest.mark.parametrize(
    ("who", "seen"),
    [("vera", ["Cables", "Sensors"]), ("anna", ["Sensors"]), ("nina", ["Cables"]),
     ("gleb", []), ("ulyana", [])],
)  # fmt: skip
def test_the_list_holds_those_one_may_open(who, seen, group, alone, cast, signed_in):
    assert sorted(listed(cast, signed_in, who)) == seen


@pytest.mark.parametrize(
    ("query", "found"),
    [
        ("?q=датчик", ["Sensors"]), ("?q=cables", ["Cables"]), ("?q=Amber", ["Sensors"]),
        ("?q=самокат", []), ("?programme=city", ["Cables", "Sensors"]),
        ("?mine=yes", []), ("?ahead=yes", []),
    ],
)  # fmt: skip
def test_it_is_narrowed_by_words_and_filters(query, found, group, alone, cast, signed_in):
    index.reindex(WorkingGroup)

    assert sorted(listed(cast, signed_in, "vera", query)) == found


def test_two_sides_picked_ask_for_what_is_joint(group, alone, cast, signed_in):
    post, amber = f"side={cast.post.key}", f"side={cast.amber.key}"

    assert sorted(listed(cast, signed_in, "vera", f"?{post}")) == ["Cables", "Sensors"]
    assert listed(cast, signed_in, "vera", f"?{post}&{amber}") == ["Sensors"]
    # Who does not see the group cannot learn by the filter that a company sits in one.
    assert signed_in(cast.gleb).get(f"/coordination/groups/?{amber}").status_code == 400


def test_its_own_seat_finds_it(group, alone, cast, signed_in):
    assert listed(cast, signed_in, "anna", "?mine=yes") == ["Sensors"]


@pytest.fixture
def busy(group, cast):
    """It has met, a resolution is being worked on, and it meets again."""
    times = {"starts_at": LATER, "ends_at": LATER + timedelta(hours=1)}
    words = {"title_ru": "Встреча", "title_en": "Meeting", "chair": cast.kira, "group": group}
    met = meetings.plan(cast.city, by=cast.vera, at=NOON, **words, **times)
    for one in (met, meetings.plan(cast.city, by=cast.vera, at=NOON, **words, **AHEAD)):
        meetings.add_item(one, by=cast.vera, title_ru="О датчиках", title_en="On sensors", at=NOON)
        meetings.invite_group(one, by=cast.vera, at=NOON)
        meetings.send_invitations(one, by=cast.vera, at=NOON)
    after = LATER + timedelta(hours=2)
    meetings.hold(met, by=cast.vera, present=[cast.lev], at=after)
    meetings.resolve(
        met, by=cast.vera, at=after, text_ru="Дать данные", text_en="Give the data",
        responsible=cast.lev, due_on=date(2026, 4, 1), item=met.items.get(),
    )  # fmt: skip
    meetings.write_minutes(met, by=cast.vera, minutes_ru="Решили.", minutes_en="Agreed.", at=after)
    meetings.sign(met, by=cast.kira, at=after)
    return group


def test_it_says_who_sits_there_when_it_meets_and_what_it_owes(busy, cast, signed_in):
    seats = busy.seats
    seats.filter(person=cast.anna).update(is_chair=True)
    answer = signed_in(cast.vera, "en").get("/coordination/groups/?file=json")

    [row] = json.loads(answer.getvalue())
    assert (row["Working group"], row["People"], row["Open tasks"]) == ("Sensors", 2, 1)
    assert (row["Whose people"], row["Leads"]) == ("Amber, Post", "Anna")
    assert row["Meets next"].startswith("2099-03-02")


def test_a_task_its_reader_may_not_open_is_not_counted_for_them(busy, cast, signed_in):
    """Lev answers for the task; Anna sits in the same group and has no part in it."""
    pages = {who: signed_in(getattr(cast, who)).get("/coordination/groups/") for who in
             ("lev", "anna")}  # fmt: skip
    counts = {who: page.context["listing"].page.things[0].tasks for who, page in pages.items()}

    assert counts == {"lev": 1, "anna": 0}
    assert "Give the data" in signed_in(cast.lev).get(URL).content.decode()
    assert "Give the data" not in signed_in(cast.anna).get(URL).content.decode()


def test_it_meets_again_while_a_meeting_is_ahead(busy, alone, cast, signed_in):
    assert listed(cast, signed_in, "vera", "?ahead=yes") == ["Sensors"]
    assert listed(cast, signed_in, "anna", "?ahead=yes") == ["Sensors"]


def test_who_came_later_does_not_learn_of_a_meeting_they_are_not_invited_to(busy, cast, signed_in):
    groups.seat(busy, by=cast.vera, person=cast.gleb, organisation=cast.granite, at=NOON)

    assert listed(cast, signed_in, "gleb") == ["Sensors"]
    assert listed(cast, signed_in, "gleb", "?ahead=yes") == []


@pytest.mark.parametrize("rows", [1, 3])
def test_the_list_costs_the_same_for_one_and_for_many(
    rows, group, cast, signed_in, django_assert_num_queries
):
    for n in range(rows - 1):
        made = groups.found(cast.city, by=cast.vera, at=NOON, name_ru=f"Г{n}", name_en=f"G{n}")
        groups.seat(made, by=cast.vera, person=cast.anna, organisation=cast.amber, at=NOON)
    browser = signed_in(cast.vera)
    browser.get("/coordination/groups/")

    with django_assert_num_queries(9):
        page = browser.get("/coordination/groups/")
    assert page.context["listing"].total == rows


def test_a_meeting_planned_from_its_page_belongs_to_it(group, cast, signed_in):
    vera = signed_in(cast.vera)
    way = "/coordination/meetings/new/city/?group=1"

    assert way in vera.get(URL).content.decode()
    assert vera.get(way).context["form"].initial["group"] == group
    assert vera.get(f"{way}7").context["form"].initial["group"] is None
    assert vera.get("/coordination/meetings/new/city/?group=x").status_code == 200
