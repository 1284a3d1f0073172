"""A condition on what is seen is written once, for who sees the same of the same things."""

import datetime as dt
from types import SimpleNamespace

import pytest
from django.apps import apps
from django.contrib.auth import get_user_model
from django.utils import timezone

from pochin.ui.lists import Filter
from pochin.ui.seen import written_once

Person = get_user_model()
Programme = apps.get_model("participants", "Programme")


@pytest.fixture
def seen():
    """A `visible_to` that counts how often it was gone through."""

    @written_once
    def visible_to(things, user):
        visible_to.times += 1
        return things.filter(pk=user.pk)

    visible_to.times = 0
    return visible_to


def reader(key, sees_as="the same"):
    return SimpleNamespace(pk=key, sees_as=sees_as)


def said(things):
    return str(things.query)


def test_it_is_written_once_for_who_sees_the_same(seen, db):
    first = seen(Person.objects.all(), reader(1))
    second = seen(Person.objects.all(), reader(1))

    assert seen.times == 1
    assert first is not second
    assert said(first) == said(second) == said(Person.objects.filter(pk=1))


def test_it_is_written_anew_for_who_sees_something_else(seen, db):
    one = seen(Person.objects.all(), reader(1, sees_as="one"))
    other = seen(Person.objects.all(), reader(2, sees_as="other"))

    assert seen.times == 2
    assert said(one) != said(other)


def test_it_is_written_anew_for_other_things(seen, db):
    seen(Person.objects.all(), reader(1))
    narrower = seen(Person.objects.filter(is_active=True), reader(1))
    others = seen(Programme.objects.all(), reader(1))

    assert seen.times == 3
    assert said(narrower) == said(Person.objects.filter(is_active=True, pk=1))
    assert others.model is Programme


def test_it_is_written_every_time_while_something_may_change(seen, db):
    for _time in range(2):
        seen(Person.objects.all(), reader(1, sees_as=None))

    assert seen.times == 2


def test_it_is_written_every_time_for_what_belongs_to_one_thing(seen, cast):
    for _time in range(2):
        seen(cast.post.memberships.all(), reader(1))

    assert seen.times == 2


def test_what_was_asked_already_is_not_answered_from_memory(seen, anna):
    before = seen(Person.objects.all(), reader(anna.pk))
    assert list(before) == [anna]
    Person.objects.filter(pk=anna.pk).update(email="other@example.org")

    assert seen(Person.objects.all(), reader(anna.pk)).get().email == "other@example.org"


class Deciding:
    """A choice that counts how often it was gone through."""

    def __init__(self):
        self.times = 0
        self.filter = Filter(name="email", label="Email", choices=[("a", "A"), ("b", "B")],
                             apply=self.narrow)  # fmt: skip

    def narrow(self, things, picked):
        self.times += 1
        return things.filter(email__in=picked)

    def __call__(self, *picked):
        return self.filter.__class__.narrowed.__wrapped__(
            self.filter, Person.objects.all(), {"email": list(picked)}
        )


def test_what_is_picked_is_gone_through_once_for_who_picks_the_same(db):
    picking = Deciding()
    first, second = picking("a"), picking("a")

    assert picking.times == 1
    assert first is not second
    assert said(first) == said(second) == said(Person.objects.filter(email__in=["a"]))


def test_what_is_picked_is_gone_through_anew_for_who_picks_other_things(db):
    picking, other = Deciding(), Deciding()

    assert said(picking("a")) != said(picking("b")) != said(picking("a", "b"))
    assert (picking.times, other.times) == (3, 0)
    other("a")
    assert other.times == 1


def test_what_is_picked_is_gone_through_anew_in_the_next_minute_and_another_zone(db, monkeypatch):
    picking = Deciding()
    monkeypatch.setattr(timezone, "now", lambda: dt.datetime(2026, 3, 2, 9, 0, 59, tzinfo=dt.UTC))
    picking("a")
    with timezone.override("Asia/Vladivostok"):
        picking("a")
    assert picking.times == 2
    monkeypatch.setattr(timezone, "now", lambda: dt.datetime(2026, 3, 2, 9, 1, tzinfo=dt.UTC))
    picking("a")
    assert picking.times == 3


def test_only_who_reads_a_page_sees_as_others_do(anna):
    assert anna.sees_as is None

    anna.is_reading = True

    assert anna.sees_as[0] == anna.hats
