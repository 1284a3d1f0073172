"""Pilots for the tests of this room: small ones, because a guard needs no twelve offices."""

from __future__ import annotations

import pytest

from conftest import PilotMaker


@pytest.fixture
def pilot_at(cast, offices, agreement, need, remember):
    """Calls for a pilot in a state, with four offices: ``pilot_at("running")``."""
    return PilotMaker(cast, offices[:4], agreement, need, remember)
