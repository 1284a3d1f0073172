"""Places for the tests of this room."""

import pytest

from conftest import NOON
from pochin.participants.models import Person, Seat
from pochin.sites import lifecycle


@pytest.fixture
def head(cast):
    """Olga signs for the post, so she is the head of its units."""
    olga = Person.objects.create(email="olga@example.org", name_ru="Ольга", name_en="Olga")
    Seat.objects.create(person=olga, organisation=cast.post, may_sign=True, since="2026-01-01")
    return olga


@pytest.fixture
def nominated(cast):
    return lifecycle.nominate(
        cast.city, by=cast.vera, at=NOON, owner=cast.post, kind="office", name_ru="Отделение 1",
        name_en="Office 1", postcode="101000", region="77", city="Москва",
    )  # fmt: skip


@pytest.fixture
def checked(nominated, cast):
    return lifecycle.check(nominated, by=cast.vera, programme=cast.city, at=NOON)


@pytest.fixture
def ready(checked, cast, head):
    """Everything the status asks for is there."""
    lifecycle.appoint(checked, by=cast.vera, person=cast.semyon, at=NOON)
    lifecycle.instruct(
        checked, by=cast.semyon, instruction="ИОТ-12", instructed_on=NOON.date(), at=NOON
    )
    return lifecycle.consent(checked, by=head, at=NOON)


@pytest.fixture
def site(ready, cast):
    """A place with the status of a site."""
    return lifecycle.give_status(ready, by=cast.vera, at=NOON)
