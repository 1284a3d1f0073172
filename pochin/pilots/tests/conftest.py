"""Pilots for the tests of this room: small ones, yet large enough for their lot."""

from __future__ import annotations

import pytest

from conftest import PilotMaker

TEAM = ("manager", "methodologist", "analyst", "decision_owner")


@pytest.fixture
def pilot_at(cast, offices, agreement, need, remember):
    """Calls for a pilot in a state, with eight offices: ``pilot_at("running")``."""
    return PilotMaker(cast, offices[:8], agreement, need, remember)


@pytest.fixture
def team(cast):
    def named(**changes):
        people = dict(zip(TEAM, (cast.lev, cast.mila, cast.mila, cast.kira), strict=True))
        return people | changes

    return named


@pytest.fixture
def in_design(pilot_at):
    return pilot_at("design")


@pytest.fixture
def written(in_design, pilot_at):
    pilot_at.write(in_design)
    return in_design


@pytest.fixture
def under_review(pilot_at):
    return pilot_at("plan_review")
