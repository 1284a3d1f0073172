"""A list asks the database as often for three rows more as for those it has."""

from datetime import date

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
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
