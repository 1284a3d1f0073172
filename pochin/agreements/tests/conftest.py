"""Agreements for the tests of this room."""

from datetime import date

import pytest

from conftest import NOON
from pochin.agreements import lifecycle
from pochin.agreements.lifecycle import commitments
from pochin.agreements.models import Commitment
from pochin.participants.models import Person, Seat


@pytest.fixture
def olga(cast):
    """Olga signs for the post."""
    person = Person.objects.create(email="olga@example.org", name_ru="Ольга", name_en="Olga")
    Seat.objects.create(person=person, organisation=cast.post, may_sign=True, since="2026-01-01")
    return person


@pytest.fixture
def draft(cast):
    made = lifecycle.begin(
        cast.city, by=cast.vera, at=NOON, kind="pilot", title_ru="О пилоте", title_en="On a pilot",
        text_ru="Стороны договорились.", starts_on=date(2026, 3, 1), ends_on=date(2026, 12, 31),
    )  # fmt: skip
    for company in (cast.amber, cast.post):
        lifecycle.add_party(made, by=cast.vera, organisation=company, at=NOON)
    return made


@pytest.fixture
def sent(draft, cast):
    return lifecycle.send(draft, by=cast.vera, at=NOON)


@pytest.fixture
def signed(sent, cast, olga, django_capture_on_commit_callbacks):
    """Both parties have signed; what follows from the entries has followed."""
    with django_capture_on_commit_callbacks(execute=True):
        lifecycle.sign(sent, by=cast.anna, organisation=cast.amber, at=NOON)
        lifecycle.sign(sent, by=olga, organisation=cast.post, at=NOON)
    sent.refresh_from_db()
    return sent


CLAUSE = {
    "heading_ru": "Пилоты",
    "heading_en": "Pilots",
    "text_ru": "Стороны проводят 20 пилотов в год.",
    "text_en": "The parties hold 20 pilots a year.",
    "summary_ru": "Двадцать пилотов в год.",
    "summary_en": "Twenty pilots a year.",
}
PROMISE = {
    "kind": "number",
    "text_ru": "Провести 20 пилотов участников кластера",
    "text_en": "Hold 20 pilots of cluster participants",
    "target": 20,
    "starts_on": date(2026, 3, 1),
    "due_on": date(2026, 6, 30),
}


@pytest.fixture
def promise(draft, cast):
    """The post owes Amber twenty pilots; still a draft."""
    return commitments.plan(draft, by=cast.vera, at=NOON, owes=cast.post, to=cast.amber, **PROMISE)


@pytest.fixture
def active(promise, draft, cast, olga, django_capture_on_commit_callbacks):
    """The agreement is in force, and what was promised is under way."""
    with django_capture_on_commit_callbacks(execute=True):
        lifecycle.send(draft, by=cast.vera, at=NOON)
        lifecycle.sign(draft, by=cast.anna, organisation=cast.amber, at=NOON)
        lifecycle.sign(draft, by=olga, organisation=cast.post, at=NOON)
    return Commitment.objects.select_related("agreement__programme").get(pk=promise.pk)
