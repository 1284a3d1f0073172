"""A list asks the database as often for three rows more as for those it has."""

from datetime import date

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.urls import URLResolver, get_resolver
from django.utils import timezone

from pochin.core.models import Entry
from pochin.measurements.models import QuarantineRow
from pochin.notices.models import Notice
from pochin.participants.models import Organisation, new_key


def asked(client, path: str) -> list[str]:
    """The queries of a page that was looked at before."""
    client.get(path)
    with CaptureQueriesContext(connection) as queries:
        answer = client.get(path)
    assert answer.status_code == 200, f"{path} answers {answer.status_code}"
    return [query["sql"] for query in queries]


@pytest.fixture
def more(cast, city_story, double):
    """Makes three more of everything that stands in lists, one after the other."""
    own = city_story

    def make(i: int) -> None:
        company = Organisation.objects.create(
            name_ru=f"Завод {i}", name_en=f"Works {i}", is_public=True
        )
        need = double(own.need, number=800 + i)
        pilot = double(own.pilot, number=800 + i, need=need)
        double(own.application, number=800100 + i, need=need, organisation=company)
        double(own.assignment, number=800200 + i, state="declined")
        double(own.question, number=800 + i)
        double(own.batch, number=800 + i, sha256=f"{i}" * 64)
        double(own.evaluation, number=800 + i, state="replaced")
        double(own.agreement, number=800 + i)
        double(own.site, number=800300 + i, postcode=f"80030{i}", is_public=True)
        double(own.solution, number=800 + i)
        double(own.piece, number=800 + i)
        double(own.remark, number=800 + i)
        double(own.conflict, key=new_key(), organisation=company)
        double(own.role, key=new_key(), until=date(2027, 1, i))
        double(own.programme, code=f"town{i}")
        double(own.incident, number=800 + i)
        double(own.membership, organisation=company, number=800 + i)
        double(own.slot, pilot=pilot)
        double(own.deal, number=800 + i)
        project = double(own.project, number=800 + i)
        double(own.contract, project=project)
        double(own.meeting, number=800 + i)
        double(own.task, number=800 + i)
        double(own.group, number=800 + i)
        double(own.commitment, number=800 + i)
        entry = Entry.objects.filter(verb__startswith="needs.").order_by("pk")[i]
        Notice.objects.create(
            person=cast.vera, entry=entry, group="story", way="off", at=timezone.now()
        )
        QuarantineRow.objects.create(
            batch=own.batch, line=i, reason="unit_unknown", column="unit", value="x"
        )

    return make


LISTS = {
    "/": ["guest", "anna", "vera"],
    "/needs/": ["guest", "anna", "vera"],
    "/applications/": ["anna", "vera"],
    "/reviews/": ["boris", "vera"],
    "/pilots/": ["guest", "anna", "vera"],
    "/agreements/": ["anna", "vera"],
    "/agreements/commitments/": ["anna", "vera"],
    "/deals/": ["anna", "vera"],
    "/exports/": ["anna", "vera"],
    "/coordination/": ["anna", "vera"],
    "/coordination/tasks/": ["lev", "vera"],
    "/coordination/turns/": ["vera"],
    "/coordination/groups/": ["lev", "vera"],
    "/sites/": ["guest", "vera"],
    "/solutions/": ["guest", "anna"],
    "/news/": ["guest", "vera"],
    "/notices/": ["vera"],
    "/portfolio/turns/": ["vera"],
    "/find/?q=Весы": ["anna"],
    "/participants/organisations/": ["guest", "vera"],
    "/participants/conflicts/": ["elena", "vera"],
    "/participants/programmes/": ["guest", "vera"],
    "/participants/programmes/city/roles/": ["vera"],
}

# Lists whose rows cannot be doubled here; their own rooms count their queries.
COUNTED_BY_THEIR_ROOM = {
    "/deals/payments/": "pochin/deals/tests/test_money.py",
    "/decisions/results/": "pochin/decisions/tests/test_publish.py",
    "/exports/contracts/": "pochin/exports/tests/test_pages.py",
    "/jobs/": "pochin/jobs/tests/test_see.py",
    "/markets/": "pochin/markets/tests/test_pages.py",
    "/markets/sources/": "pochin/markets/tests/test_pages.py",
}


def test_no_list_is_left_uncounted(city_story, browsers):
    """Every address that shows a list to somebody is in one of the two tables."""
    lists = set()
    for address in sorted(_plain_addresses(get_resolver(), "/")):
        for who in ("guest", "anna", "vera", "boris", "lev", "elena", "zakhar"):
            answer = browsers[who].get(address)
            if answer.status_code == 200 and "listing" in (answer.context or ()):
                lists.add(address)

    lists.discard("/ui/")  # the sheet of components shows rows that are made up
    assert lists - set(LISTS) - set(COUNTED_BY_THEIR_ROOM) == set()
    assert len(lists) >= 15


def _plain_addresses(resolver, before: str):
    """The addresses that ask for no words."""
    for entry in resolver.url_patterns:
        if entry.pattern.converters:
            continue
        if isinstance(entry, URLResolver):
            yield from _plain_addresses(entry, before + str(entry.pattern))
        elif hasattr(entry.callback, "access"):
            yield before + str(entry.pattern)


def test_more_rows_take_no_more_queries(city_story, browsers, more):
    number = city_story.pilot.number
    lists = {**LISTS, f"/measurements/{number}/": ["lev"], f"/measurements/{number}/1/": ["lev"]}
    more(1)
    few = {(path, who): asked(browsers[who], path) for path in lists for who in lists[path]}
    more(2)
    more(3)
    many = {(path, who): asked(browsers[who], path) for path in lists for who in lists[path]}

    grown = {
        f"{who} {path}": [q[:300] for q in many[path, who] if many[path, who].count(q) == 1][-3:]
        for path, who in few
        if len(many[path, who]) != len(few[path, who])
    }
    assert grown == {}
    assert {f"{who} {path}": len(q) for (path, who), q in many.items() if len(q) > 24} == {}


EVERYBODY = ("anna", "vera", "nina", "kira", "lev", "mila", "boris", "konstantin", "semyon",
             "viktor", "rita", "zakhar")  # fmt: skip
# What a page that shows many chapters at once may ask, whoever reads it.
OVERVIEWS = {
    "/": ["guest", *EVERYBODY],
    "/portfolio/": ["vera", "nina", "kira", "lev", "mila", "konstantin", "viktor", "rita"],
    "/portfolio/?view=all": ["vera"],
}


def test_pages_over_many_chapters_take_few_queries(city_story, browsers, more):
    more(1)
    more(2)

    asked_by = {
        f"{who} {path}": len(asked(browsers[who], path))
        for path, readers in OVERVIEWS.items()
        for who in readers
    }

    assert {reader: n for reader, n in asked_by.items() if n > 12} == {}
    assert asked_by["guest /"] == 2
