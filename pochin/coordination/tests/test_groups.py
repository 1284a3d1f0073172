"""Working groups: who sits in them for whom, and who leaves."""

import pytest

from conftest import NOON, plain
from pochin.coordination.lifecycle import groups
from pochin.coordination.models import WorkingGroup
from pochin.core import journal
from pochin.core.lifecycle import Refused
from pochin.core.policy import Forbidden

URL = "/coordination/groups/city/1/"


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
    with pytest.raises(Refused, match="does not sit in the group"):
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

    assert "Select a valid choice" in answer.content.decode()
    assert sitting(group) == ["Anna", "Lev"]


def test_who_sits_in_it_is_not_offered_to_change_it(group, cast, signed_in):
    page = signed_in(cast.anna).get(URL).content.decode()

    assert "unseat" not in page
    assert signed_in(cast.anna).post(f"{URL}edit/", {"name_ru": "Моя"}).status_code == 403
