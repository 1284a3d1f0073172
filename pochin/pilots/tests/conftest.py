"""Pilots for the tests of this room: small ones, yet large enough for their lot."""

from __future__ import annotations

import pytest

from conftest import PilotMaker


@pytest.fixture
def pilot_at(cast, offices, agreement, need, remember):
    """Calls for a pilot in a state, with eight offices: ``pilot_at("running")``."""
    return PilotMaker(cast, offices[:8], agreement, need, remember)
