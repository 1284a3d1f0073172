"""What is said about a thing is read by those whom it concerns, and nobody else is told."""

from datetime import date

import pytest
from django.utils import timezone

from conftest import NOON, on, plain, plan_for
from pochin.agreements.lifecycle import amendments
from pochin.agreements.models import Agreement
from pochin.coordination import reach, talking
from pochin.coordination.lifecycle import groups
from pochin.coordination.models import Remark
from pochin.core import journal
from pochin.core.lifecycle import Refused
from pochin.core.policy import Forbidden
from pochin.notices.models import Notice
from pochin.participants.models import Person
from pochin.pilots import lifecycle as pilots


def fresh(person):
    return Person.objects.get(pk=person.pk)


def url_of(thing):
    return f"/coordination/talk/{reach.token(thing)}/"


def test_the_audience_is_shown_and_holds_those_whom_it_concerns(agreement, cast, signed_in):
    page = signed_in(cast.anna).get(url_of(agreement)).content.decode()
    names = {str(p) for p in reach.concerned(agreement)}

    assert {"Anna", "Artem", "Vera", "Kira"} <= names
    assert names & {"Gleb", "Boris", "Ulyana", "Zakhar"} == set()
    assert f"{len(names)} people may read this" in page


def test_what_is_said_is_read_by_both_sides(agreement, cast, signed_in):
    signed_in(cast.anna).post(url_of(agreement), {"text": "Когда начнём?"})

    pages = [signed_in(p).get(url_of(agreement)).content.decode() for p in (cast.vera, cast.artem)]

    assert ["Когда начнём?" in page for page in pages] == [True, True]


@pytest.mark.parametrize("stranger", ["gleb", "ulyana", "boris", "zakhar"])
def test_for_others_there_is_no_conversation(stranger, agreement, cast, signed_in):
    browser = signed_in(getattr(cast, stranger))

    hidden = browser.get(url_of(agreement))
    absent = browser.get("/coordination/talk/nothing/")

    assert (hidden.status_code, plain(hidden)) == (404, plain(absent))
    assert browser.post(url_of(agreement), {"text": "И я"}).status_code == 404
    with pytest.raises(Forbidden, match="who may read it"):
        talking.say(agreement, by=fresh(getattr(cast, stranger)), text="И я", at=NOON)


def test_only_those_who_may_read_it_are_named(agreement, cast, signed_in):
    with pytest.raises(Refused, match="Only people who may read it can be named"):
        talking.say(agreement, by=cast.anna, text="Глеб?", told=[fresh(cast.gleb)], at=NOON)
    page = signed_in(cast.anna).post(
        url_of(agreement), {"text": "Глеб, смотри", "told": [cast.gleb.pk]}
    )

    assert not Remark.objects.exists()
    assert "Глеб, смотри" in page.content.decode()


def test_who_is_named_gets_a_notice(agreement, cast, django_capture_on_commit_callbacks):
    with django_capture_on_commit_callbacks(execute=True):
        talking.say(agreement, by=cast.anna, text="Вера?", told=[fresh(cast.vera)], at=NOON)

    told = Notice.objects.filter(entry__verb=talking.VERB)
    assert [notice.person for notice in told] == [cast.vera]


def test_who_may_no_longer_see_it_is_not_told(agreement, cast, django_capture_on_commit_callbacks):
    with django_capture_on_commit_callbacks(execute=True):
        talking.say(agreement, by=cast.vera, text="Анна?", told=[fresh(cast.anna)], at=NOON)
        agreement.party_set.filter(organisation=cast.amber).delete()

    assert not Notice.objects.filter(entry__verb=talking.VERB, person=cast.anna).exists()


def test_a_public_agreement_has_no_public_conversation(agreement, cast, signed_in):
    Agreement.objects.update(is_public=True)
    talking.say(agreement, by=cast.anna, text="Между нами", at=NOON)

    assert signed_in(cast.gleb).get(agreement.get_absolute_url()).status_code == 200
    assert signed_in(cast.gleb).get(url_of(agreement)).status_code == 404


def test_a_published_need_is_spoken_of_by_those_it_concerns(need, cast, signed_in):
    assert signed_in(cast.gleb).get(need.get_absolute_url()).status_code == 200

    statuses = {n: signed_in(getattr(cast, n)).get(url_of(need)).status_code
                for n in ("vera", "nina", "gleb", "anna", "ulyana")}  # fmt: skip

    assert statuses == {"vera": 200, "nina": 200, "gleb": 404, "anna": 404, "ulyana": 404}


def test_two_worlds_look_the_same_to_who_is_outside(agreement, cast, signed_in, monkeypatch):
    """One world with a conversation, one without: Gleb's pages do not differ by a letter."""
    now = timezone.now()
    monkeypatch.setattr(timezone, "now", lambda: now)
    browser = signed_in(cast.gleb)
    urls = ["/", "/agreements/", "/coordination/turns/", "/notices/", "/find/?q=Срок",
            agreement.get_absolute_url(), url_of(agreement)]  # fmt: skip
    before = [plain(browser.get(url)) for url in urls]

    talking.say(agreement, by=cast.anna, text="Срок мал", told=[fresh(cast.vera)], at=NOON)

    assert [plain(browser.get(url)) for url in urls] == before


def test_the_words_stay_out_of_the_journal(agreement, cast):
    talking.say(agreement, by=cast.anna, text="Между нами", at=NOON)

    entry = journal.of(agreement).last()
    assert (entry.verb, entry.text.note, entry.text.facts) == (talking.VERB, "", {"told": []})


def test_a_company_that_left_reads_no_more(agreement, cast, signed_in):
    browser = signed_in(cast.artem)
    assert browser.get(url_of(agreement)).status_code == 200
    cast.artem.seats.update(until=date(2026, 1, 2))

    assert browser.get(url_of(agreement)).status_code == 404


# What belongs to another thing is spoken of by the people of that


@pytest.fixture
def amendment(agreement, cast):
    """A commitment the parties may add to what they signed."""
    changes = {
        "kind": "event", "owes": str(cast.post.pk), "to": str(cast.amber.pk),
        "text_ru": "Показать результат", "starts_on": "2026-03-02", "due_on": "2026-06-30",
    }  # fmt: skip
    return amendments.propose(agreement, by=cast.anna, changes=changes, reason="Так.", at=NOON)


@pytest.fixture
def plan_amendment(running, pilot_at, cast):
    changed = plan_for(pilot_at.offices, question="By a minute?")
    return pilots.amend(running, by=cast.lev, protocol=changed, why="Опечатка", at=on(4, 1))


@pytest.fixture
def group(cast):
    made = groups.found(cast.city, by=cast.vera, at=NOON, name_ru="Датчики")
    groups.seat(made, by=cast.vera, person=cast.anna, organisation=cast.amber, at=NOON)
    return made


@pytest.mark.parametrize(
    ("thing", "reads", "strangers"),
    [
        ("amendment", {"Anna", "Artem", "Vera", "Kira"}, {"Gleb", "Boris", "Ulyana"}),
        ("plan_amendment", {"Anna", "Lev", "Mila", "Nina"}, {"Gleb", "Boris", "Ulyana"}),
        ("group", {"Anna", "Vera"}, {"Gleb", "Artem", "Ulyana"}),
        ("need", {"Nina", "Vera"}, {"Gleb", "Anna", "Ulyana"}),
    ],
)
def test_each_is_spoken_of_on_its_page_by_its_people(
    thing, reads, strangers, cast, signed_in, request
):
    found = request.getfixturevalue(thing)
    names = {str(person) for person in reach.concerned(found)}
    first = getattr(cast, min(reads).lower())
    browser = signed_in(first)

    assert reads <= names
    assert strangers & names == set()
    assert url_of(found) in browser.get(found.get_absolute_url()).content.decode()
    browser.post(url_of(found), {"text": "Когда начнём?"})
    assert "Когда начнём?" in browser.get(url_of(found)).content.decode()
    for stranger in strangers:
        assert signed_in(getattr(cast, stranger.lower())).get(url_of(found)).status_code == 404


@pytest.mark.parametrize("thing", ["amendment", "plan_amendment", "group", "need"])
def test_a_page_offers_no_conversation_that_is_closed_to_its_reader(
    thing, cast, signed_in, request
):
    found = request.getfixturevalue(thing)
    for name, person in vars(cast).items():
        if not isinstance(person, Person):
            continue
        browser = signed_in(person)
        page = browser.get(found.get_absolute_url())
        offers = page.status_code == 200 and url_of(found) in page.content.decode()
        if offers:
            assert browser.get(url_of(found)).status_code == 200, name


def test_the_people_of_a_pilot_are_found_though_no_agreement_stands_behind_it(pilot_at, cast):
    pilot = pilot_at("design")

    assert pilot.agreement is None
    found = {person.pk for person in reach.concerned(pilot)}
    assert cast.lev.pk in found
    assert cast.gleb.pk not in found
