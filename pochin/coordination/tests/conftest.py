"""A meeting of both sides and a task, for the tests of this room."""

from datetime import date, timedelta

import pytest

from conftest import NOON
from pochin.coordination.lifecycle import meetings, tasks

LATER = NOON + timedelta(days=7)
TIMES = {"starts_at": LATER, "ends_at": LATER + timedelta(hours=1)}


@pytest.fixture
def planned(cast, need):
    """Kira leads; the need is on the agenda; Anna and Lev are invited."""
    made = meetings.plan(
        cast.city, by=cast.vera, at=NOON, title_ru="Координационный совет",
        title_en="Coordination council", chair=cast.kira, place="Почтамт", **TIMES,
    )  # fmt: skip
    meetings.add_item(
        made, by=cast.vera, title_ru="О потребности", title_en="On the need", about=need, at=NOON
    )
    for person in (cast.anna, cast.lev):
        meetings.add_invitee(made, by=cast.vera, person=person, at=NOON)
    return made


@pytest.fixture
def invited(planned, cast):
    return meetings.send_invitations(planned, by=cast.vera, at=NOON)


@pytest.fixture
def minuted(invited, cast):
    after = LATER + timedelta(hours=2)
    meetings.hold(invited, by=cast.vera, present=[cast.lev], at=after)
    meetings.resolve(
        invited, by=cast.vera, at=after, text_ru="Дать данные", text_en="Give the data",
        responsible=cast.lev, due_on=date(2026, 4, 1), item=invited.items.get(),
    )  # fmt: skip
    return meetings.write_minutes(
        invited, by=cast.vera, minutes_ru="Решили.", minutes_en="Decided.", at=after
    )


@pytest.fixture
def task(cast, need):
    """Lev answers for it, Vera accepts it; it is about the need."""
    return tasks.give(
        cast.city, by=cast.vera, at=NOON, title_ru="Собрать данные", title_en="Gather the data",
        due_on=date(2026, 3, 20), responsible=cast.lev, controller=cast.vera, about=need,
    )  # fmt: skip
