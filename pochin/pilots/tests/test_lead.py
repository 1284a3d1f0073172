"""The road of a pilot, from the proposal to the lessons."""

import pytest

from pochin.core import journal

ROAD = [
    "proposed", "design", "plan_review", "preparation", "baseline", "running", "data_closing",
    "evaluation", "awaiting", "scale", "closed",
]  # fmt: skip


@pytest.mark.parametrize("state", ROAD)
def test_every_stage_is_reached_by_moves(state, pilot_at):
    assert pilot_at(state).state == state


def test_the_story_names_every_step_in_order(pilot_at):
    pilot = pilot_at("closed")

    states = [stay.state for stay in journal.stays(journal.of(pilot))]

    assert states == [
        "proposed", "design", "plan_review", "locked", "preparation", "baseline", "running",
        "data_closing", "evaluation", "results_agreed", "awaiting", "scale", "closed",
    ]  # fmt: skip
