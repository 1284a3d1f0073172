"""Several lists in one question hold what each of them holds by itself."""

from decimal import Decimal

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from pochin.core.models import Entry
from pochin.evaluations.models import Evaluation
from pochin.needs.models import Need
from pochin.participants.models import Person
from pochin.pilots.models import BudgetLine, BudgetSource, Plan, SiteSlot
from pochin.ui.at_once import at_once, told_at_once
from pochin.ui.quick import told


def fields_of(thing):
    """What a thing and those it came with hold, by kind."""
    held = {
        name: (type(value), str(value))
        for name, value in vars(thing).items()
        if not name.startswith("_")
    }
    related = thing._state.fields_cache.items()
    return held, {name: other and fields_of(other) for name, other in related if name != "entry"}


@pytest.fixture
def lists(judged):
    pilot = judged()
    BudgetLine.objects.create(
        pilot=pilot, source=BudgetSource.values[0], planned=Decimal("1200.50"), spent=Decimal("7")
    )
    return {
        "slots": SiteSlot.objects.select_related("site", "agreed_by").order_by("-site__number"),
        "plans": Plan.objects.filter(pilot=pilot).select_related("pilot__organisation"),
        "story": Entry.objects.select_related("by", "text").order_by("-pk")[:7],
        "budget": BudgetLine.objects.all(),
        "evaluations": Evaluation.objects.select_related("snapshot").order_by("pk"),
        "needs": Need.objects.select_related("owner", "unit"),
        "nobody": Person.objects.none(),
        "no rows": Person.objects.filter(email="nobody"),
    }


def test_they_hold_what_they_hold_by_themselves(lists):
    with CaptureQueriesContext(connection) as asked:
        found = at_once(lists)

    assert len(asked) == 1
    for name, things in lists.items():
        assert [fields_of(one) for one in found[name]] == [fields_of(one) for one in things], name
    assert len(found["slots"]) == 12
    assert len(found["story"]) == 7
    assert found["nobody"] == found["no rows"] == []
    assert found["budget"][0].planned == Decimal("1200.50")


def test_nothing_asked_is_nothing_answered():
    assert at_once({}) == {}
    assert at_once({"nobody": Person.objects.none()}) == {"nobody": []}


def test_told_at_once_they_say_what_each_says_by_itself(judged):
    judged()

    def slots(things):
        return things.order_by("-site__number").values_list("pk", "state", "site__name_ru")

    def people(things):
        return things.order_by("email").values_list("pk", "email")

    asked = [
        (SiteSlot.objects.all(), slots),
        (Person.objects.none(), people),
        (Person.objects.filter(email="nobody"), people),
        (Person.objects.all(), people),
    ]
    with CaptureQueriesContext(connection) as questions:
        found = told_at_once(asked)

    assert len(questions) == 1
    alone = [[list(row) for row in told(things, put)] for things, put in asked]
    assert found == alone
    assert found[0]
    assert found[3]


def test_where_there_can_be_nothing_nothing_is_asked(db, django_assert_num_queries):
    with django_assert_num_queries(0):
        assert told_at_once([(Person.objects.none(), lambda people: people.values_list("pk"))]) == [
            []
        ]
