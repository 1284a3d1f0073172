"""Taking readings in: once, whole, and with counts that add up."""

from __future__ import annotations

from pochin.measurements.models import State
from pochin.measurements.tests.conftest import MONDAYS, table, week


def test_a_good_file_is_taken_in_whole(running, lev, sending):
    batch = sending(running, lev, table(*week(MONDAYS[0])))

    assert (batch.state, batch.problem) == (State.ACCEPTED, {})
    assert (batch.received, batch.accepted, batch.quarantined, batch.duplicates) == (24, 24, 0, 0)
