"""Lists, searches, files and counts hold exactly what their reader may see, in any world."""

import csv
import io
import random
from collections import Counter

import pytest
from django.db import IntegrityError, transaction
from django.utils import timezone

from pochin.agreements.models import Agreement, Commitment
from pochin.applications.models import Application
from pochin.coordination.models import Meeting, Task, WorkingGroup
from pochin.core import reactions, tallies
from pochin.core.models import Tally
from pochin.deals.models import Deal
from pochin.exports.models import Project
from pochin.home.views import SEARCHED
from pochin.needs.models import Need
from pochin.news.models import Piece
from pochin.notices.letters import may_see
from pochin.notices.models import Notice
from pochin.participants.models import Conflict, Guest, Membership, Organisation, new_key
from pochin.participants.policy import programmes, ties
from pochin.pilots.models import Pilot, in_register, inside_by_state, shown_of
from pochin.reviews.models import OPEN, Assignment, busiest
from pochin.search import finding, index
from pochin.sites.models import Site
from pochin.solutions.models import Solution
from pochin.ui.counting import grouped_each

LISTS = {
    "/needs/": Need,
    "/applications/": Application,
    "/reviews/": Assignment,
    "/pilots/": Pilot,
    "/agreements/": Agreement,
    "/agreements/commitments/": Commitment,
    "/coordination/": Meeting,
    "/coordination/tasks/": Task,
    "/coordination/groups/": WorkingGroup,
    "/deals/": Deal,
    "/exports/": Project,
    "/news/": Piece,
    "/sites/": Site,
    "/solutions/": Solution,
    "/participants/organisations/": Organisation,
    "/participants/conflicts/": Conflict,
}


@pytest.fixture
def scattered(cast, world, double):
    """Strews things like those of the story over programmes, companies, people and states."""

    def strew(seed: int, times: int = 6) -> None:
        lot = random.Random(seed)
        people = [cast.anna, cast.gleb, cast.nina, cast.vera, cast.boris, cast.kira, cast.ulyana]
        some = {
            "programme": [cast.city, cast.region],
            "organisation": [cast.amber, cast.granite, cast.post, world.hidden.organisation],
            "seller": [cast.amber, cast.granite, world.hidden.organisation],
            "person": people,
            "need": [world.own.need, world.hidden.need],
            "is_public": [True, False],
        }
        kinds = ("need", "application", "assignment", "pilot", "agreement", "site", "solution",
                 "deal", "project", "conflict", "membership", "organisation", "piece")  # fmt: skip
        for kind in kinds:
            for i in range(times):
                _strew_one(lot, getattr(world.own, kind), 5000 + seed * 100 + i, some, double)

    return strew


ROLES_OF_PEOPLE = {"owner", "sponsor", "manager", "responsible", "expert", "person", "contact",
                   "author", "decision_owner", "analyst", "methodologist"}  # fmt: skip


def _strew_one(lot, thing, number, some, double) -> None:
    """One more thing at random; what the database does not allow is not there."""
    changes = {}
    for field in thing._meta.concrete_fields:
        if field.name == "number":
            changes["number"] = number
        elif field.name == "key":
            changes["key"] = new_key()
        elif field.name == "postcode":
            changes["postcode"] = f"{number:06}"
        elif field.name == "state":
            changes["state"] = lot.choice([value for value, _label in field.choices])
        elif field.name in some:
            changes[field.name] = lot.choice(some[field.name])
        elif field.name in ROLES_OF_PEOPLE and field.related_model is type(some["person"][0]):
            changes[field.name] = lot.choice(some["person"])
        elif field.name in ("unit", "owner"):
            changes[field.name] = lot.choice(some["organisation"])
        elif field.name == "inn":
            changes["inn"] = ""
    try:
        with transaction.atomic():
            double(thing, **changes)
    except IntegrityError:
        return


def reader(cast, who: str):
    """The person as a page knows them, with hats of this moment."""
    if who == "guest":
        return Guest()
    known = getattr(cast, who)
    return type(known).objects.get(pk=known.pk)


def visible(model, user) -> set[int]:
    return set(model.objects.visible_to(user).values_list("pk", flat=True))


def rows_of_file(answer) -> int:
    text = b"".join(answer.streaming_content) if answer.streaming else answer.content
    return len(list(csv.reader(io.StringIO(text.decode("utf-8-sig"))))) - 1


@pytest.mark.parametrize("seed", [1, 2])
def test_lists_hold_what_their_reader_may_see(seed, cast, scattered, browsers, personas):
    scattered(seed)
    wrong, looked = [], 0
    for who in personas:
        user = reader(cast, who)
        for path, model in LISTS.items():
            answer = browsers[who].get(path)
            if answer.status_code != 200:
                continue
            looked += 1
            listing, wanted = answer.context["listing"], visible(model, user)
            if {thing.pk for thing in listing.things} != wanted:
                wrong.append(f"{who} {path}: the page")
            if listing.total != len(wanted):
                wrong.append(f"{who} {path}: {listing.total} counted of {len(wanted)}")
            if rows_of_file(browsers[who].get(f"{path}?file=csv")) != len(wanted):
                wrong.append(f"{who} {path}: the file")

    assert wrong == []
    assert looked >= 90
    assert Need.objects.count() + Pilot.objects.count() >= 10


@pytest.mark.parametrize("seed", [4, 5])
def test_counts_of_the_database_are_of_what_their_reader_may_see(seed, cast, scattered, personas):
    scattered(seed)
    Pilot.objects.filter(number__gte=5000).exclude(state="closed").update(is_public=False)
    Assignment.objects.filter(state="accepted").update(expert=cast.elena)
    Assignment.objects.filter(number__gte=5000, state="declined").delete()
    assert list(tallies.faults()) == []
    wrong, kept, rows = [], 0, Tally.objects.count()

    for who in personas[1:]:
        for is_reading in (True, False):
            user = reader(cast, who)
            user.is_reading = is_reading
            kept += bool(programmes(user)) and not user.has("needs") and not ties(user)
            sent, inside, *reviews = grouped_each([
                Application.objects.handed_in_by_state(user),
                inside_by_state(user),
                *Assignment.objects.open_by_expert(user),
            ])  # fmt: skip
            seen = Application.objects.visible_to(user).exclude(state="draft")
            if sent != _grouped(one.state for one in seen if one.submitted_at):
                wrong.append(f"{who}: applications")
            places = (
                f"{'public' if one.is_public else 'inside'}|{one.state}|{one.outcome}"
                for one in Pilot.objects.inside(user)
            )
            if inside != _grouped(places):
                wrong.append(f"{who}: pilots")
            open_ones = Assignment.objects.visible_to(user).filter(state__in=OPEN)
            wanted = _grouped(one.expert_id for one in open_ones)
            if {one.pk: n for one, n in busiest(reviews, 100)} != wanted:
                wrong.append(f"{who}: reviews")

    assert wrong == []
    assert kept >= 3
    [register] = grouped_each([in_register()])
    assert sum(shown_of(register).values()) == Pilot.objects.visible_to(Guest()).count() > 0
    assert tallies.gather() > 0
    assert Tally.objects.count() < rows
    assert list(tallies.faults()) == []


def _grouped(kinds) -> dict:
    return dict(Counter(kinds))


def test_searches_find_only_what_their_reader_may_see(cast, scattered, browsers, personas):
    scattered(3, times=3)
    for model in index.declared:
        index.index_many(model._default_manager.all())
    wrong, found_something = [], 0
    for who in personas:
        user = reader(cast, who)
        for words in ("Весы", "адреса", "Сортировщик", "Amber", "Office", "Отделение 101001"):
            answer = browsers[who].get("/find/", {"q": words})
            found = {
                (type(thing), thing.pk)
                for _label, things in answer.context["found"]
                for thing in things
            }
            found_something += len(found)
            for model, _label in SEARCHED:
                got = {key for kind, key in found if kind is model}
                seen = visible(model, user)
                matching = set(
                    finding.find(model.objects.all(), words).values_list("pk", flat=True)
                )
                if not got <= seen:
                    wrong.append(f"{who} finds a hidden {model.__name__} by {words}")
                if len(matching & seen) <= 10 and not matching & seen <= got:
                    wrong.append(f"{who} does not find a {model.__name__} by {words}")

    assert wrong == []
    assert found_something >= 50


def test_a_number_leads_only_to_what_its_reader_may_see(world, cast, browsers, personas):
    hidden = world.hidden
    told = []
    for who in personas:
        for thing in (hidden.application, hidden.need, hidden.pilot):
            answer = browsers[who].get("/find/", {"q": str(thing.number)})
            seen = thing.pk in visible(type(thing), reader(cast, who))
            if (answer.status_code == 302) != seen:
                told.append(f"{who} {type(thing).__name__}")

    assert told == []


def test_notices_tell_and_count_only_what_their_reader_may_see(cast, world, browsers, personas):
    reactions.catch_up(at=timezone.now(), days=10_000)
    # What was told once is hidden now: the tie keeps them away.
    Membership.objects.filter(organisation=cast.amber).update(state="left")
    Application.objects.filter(pk=world.own.application.pk).update(
        programme=cast.region, need=world.hidden.need
    )
    wrong = []
    for who in personas[1:]:
        user = reader(cast, who)
        notices = Notice.objects.visible_to(user).select_related("entry")
        told = [n for n in notices if n.entry.thing is not None and may_see(user, n.entry.thing)]
        answer = browsers[who].get("/notices/")
        if len(answer.context["rows"]) != len(told):
            wrong.append(f"{who}: {len(answer.context['rows'])} shown of {len(told)}")
        if answer.context["unread"] != len(told):
            wrong.append(f"{who}: {answer.context['unread']} counted of {len(told)}")

    assert wrong == []
    assert Notice.objects.count() >= 10
