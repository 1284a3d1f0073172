"""Days on the first page are those of the reader, not those of the clock of the server."""

from datetime import UTC, date, datetime

import pytest
from django.utils import timezone

from pochin.core.models import Turn
from pochin.home import sections, waiting
from pochin.pilots.models import Pilot
from pochin.ui import formats

# Half past nine in the evening in Greenwich is half past midnight in Moscow.
LATE = datetime(2026, 4, 1, 21, 30, tzinfo=UTC)


@pytest.mark.parametrize(
    ("zone", "day"), [("Europe/Moscow", date(2026, 4, 2)), ("Europe/Kaliningrad", date(2026, 4, 1))]
)
def test_what_is_due_after_midnight_is_due_on_the_day_that_has_begun_there(zone, day, db):
    turn, before = Turn(due_at=LATE), datetime(2026, 3, 2, 9, tzinfo=UTC)

    with timezone.override(zone):
        assert f"{formats.day(day)}." in sections.waited([turn], before)
        assert waiting._until(turn, before, {}).endswith(formats.day(day))


@pytest.mark.parametrize(("hour", "is_late"), [(20, False), (21, True)])
def test_a_decision_is_late_when_its_day_is_over_in_moscow(hour, is_late, running, cast):
    Pilot.objects.update(decision_date=date(2026, 4, 1))

    shown = sections.at_risk(cast.vera, at=datetime(2026, 4, 1, hour, 30, tzinfo=UTC)).rows

    assert bool(shown) is is_late
