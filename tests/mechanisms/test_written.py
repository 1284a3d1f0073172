"""A question is written once, and never taken for another."""

from __future__ import annotations

import datetime as dt
from decimal import Decimal
from zoneinfo import ZoneInfo

import pytest
from django.core.exceptions import EmptyResultSet
from django.db.models import Case, Exists, F, OuterRef, Q, Value, When
from django.utils import timezone

from pochin.applications.models import Application
from pochin.core.models import Turn
from pochin.needs.models import Need
from pochin.participants.models import Membership, Organisation, Seat
from pochin.pilots.models import Pilot
from pochin.search.index import declared
from pochin.ui.quick import quickly
from pochin.ui.written import Question, question

SEATED = Exists(Seat.objects.filter(organisation=OuterRef("pk")))
PAIRS = [
    (lambda: Need.objects.filter(number=7), lambda: Need.objects.filter(number=8)),
    (lambda: Need.objects.filter(number=7), lambda: Need.objects.exclude(number=7)),
    (lambda: Need.objects.filter(number__gt=7), lambda: Need.objects.filter(number__gte=7)),
    (lambda: Need.objects.filter(number__in=[1, 2]), lambda: Need.objects.filter(number__in=[1])),
    (lambda: Need.objects.filter(number=7), lambda: Need.objects.filter(Q(number=7) | Q(pk=7))),
    (lambda: Need.objects.filter(pk=7)[:3], lambda: Need.objects.filter(pk=7)[:4]),
    (lambda: Need.objects.filter(pk=7)[:3], lambda: Need.objects.filter(pk=7)[1:3]),
    (lambda: Need.objects.order_by("number"), lambda: Need.objects.order_by("-number")),
    (lambda: Need.objects.only("number"), lambda: Need.objects.only("state")),
    (lambda: Need.objects.defer("number"), lambda: Need.objects.only("number")),
    (lambda: Need.objects.values("pk"), lambda: Need.objects.values("number")),
    (lambda: Need.objects.all(), lambda: Need.objects.select_related("owner")),
    (lambda: Need.objects.all(), lambda: Need.objects.distinct()),
    (lambda: Need.objects.annotate(one=Value(1)), lambda: Need.objects.annotate(one=Value(True))),
    (lambda: Need.objects.annotate(one=Value(1)), lambda: Need.objects.annotate(one=Value(1.0))),
    (lambda: Need.objects.annotate(one=Value(1)), lambda: Need.objects.annotate(two=Value(1))),
    (lambda: Need.objects.annotate(one=Value(Decimal("1.0"))),
     lambda: Need.objects.annotate(one=Value(Decimal("1.00")))),
    (lambda: Need.objects.filter(owner__email="a"), lambda: Need.objects.filter(unit__inn="a")),
    (lambda: Need.objects.filter(opens_at__lt=F("closes_at")),
     lambda: Need.objects.filter(opens_at__lt=F("published_at"))),
    (lambda: Need.objects.alias(x=Case(When(pk=1, then=1), default=2)).filter(x=1),
     lambda: Need.objects.alias(x=Case(When(pk=2, then=1), default=2)).filter(x=1)),
    (lambda: Organisation.objects.filter(SEATED), lambda: Organisation.objects.filter(~SEATED)),
    (lambda: Organisation.objects.filter(SEATED),
     lambda: Organisation.objects.filter(Exists(Seat.objects.filter(person=OuterRef("pk"))))),
    (lambda: Organisation.objects.filter(pk__in=Membership.objects.filter(number=1).values("pk")),
     lambda: Organisation.objects.filter(pk__in=Membership.objects.filter(number=2).values("pk"))),
]  # fmt: skip


def _anew(things) -> tuple[str, tuple]:
    sql, given = things.query.get_compiler("default").as_sql()
    return sql, tuple(given)


def _typed(given) -> list[tuple[type, str]]:
    return [(type(value), repr(value)) for value in given]


@pytest.mark.parametrize("pair", PAIRS, ids=range(len(PAIRS)))
def test_what_differs_is_never_taken_for_the_same(pair, db):
    one, other = pair
    for things in (one(), other(), one(), other()):
        said = question(things)
        assert said.sql == _anew(things)[0]
        assert _typed(said.given) == _typed(_anew(things)[1])
    assert question(one())[:2] != question(other())[:2] or _typed(question(one()).given) != _typed(
        question(other()).given
    )


def test_what_is_the_same_is_written_once(db):
    noted: list[object] = []

    def note(compiler) -> None:
        noted.append(compiler)

    for _time in range(3):
        assert isinstance(question(Need.objects.filter(number=7, state="draft"), note), Question)
    assert len(noted) == 1


def test_a_day_begins_where_the_reader_is(db):
    asked = Turn.objects.filter(since__date=dt.date(2026, 3, 3))
    said = set()
    for zone in ("Europe/Moscow", "Asia/Vladivostok", "Europe/Moscow"):
        with timezone.override(ZoneInfo(zone)):
            said.add(str(question(asked)[:2]))
            assert question(asked)[:2] == _anew(asked)
    assert len(said) == 2


def test_what_finds_nothing_says_so_each_time(db):
    for _time in range(2):
        with pytest.raises(EmptyResultSet):
            question(Need.objects.none())


def test_everybody_is_asked_for_as_if_nobody_had_asked_before(cast):
    people = [cast.vera, cast.anna, cast.gleb, cast.lev]
    for _time in range(2):
        for person in people:
            for model in declared:
                seen = model._default_manager.visible_to(person).order_by("pk")
                try:
                    assert question(seen)[:2] == _anew(seen)
                except EmptyResultSet:
                    assert not seen.exists()


def test_things_are_made_as_the_framework_makes_them(submitted, cast):
    asked = [
        Application.objects.select_related("need__owner", "organisation").order_by("pk"),
        Application.objects.only("title", "need__title_ru").select_related("need"),
        Pilot.objects.visible_to(cast.vera).with_reach(cast.vera).select_related("need"),
        Turn.objects.order_by("pk"),
        Organisation.objects.order_by("pk"),
    ]
    assert len(asked[0]) == 1
    assert len(asked[3]) > 0
    for things in asked:
        made, usual = list(quickly(things)), list(things)
        assert [vars(thing) | {"_state": 0} for thing in made] == [
            vars(thing) | {"_state": 0} for thing in usual
        ]
        for one, other in zip(made, usual, strict=True):
            assert one._state.adding is other._state.adding is False
            assert one._state.db == other._state.db
            assert one._state.fields_cache == other._state.fields_cache
            assert one.get_deferred_fields() == other.get_deferred_fields()
