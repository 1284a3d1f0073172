"""Solutions for the tests of this room."""

import pytest

from conftest import NOON
from pochin.solutions import lifecycle

SCALES = {
    "name_ru": "Весы", "name_en": "Scales", "line_ru": "Взвешивают на ходу",
    "line_en": "Weigh on the move", "about_ru": "Весы в ленте.", "change_ru": "Очередь короче.",
    "category": "sorting", "trl": 7, "price_model": "purchase", "personal_data": "none",
}  # fmt: skip


@pytest.fixture
def scales(cast):
    """A draft of Amber's."""
    return lifecycle.begin(cast.amber, by=cast.anna, programme=cast.city, at=NOON, **SCALES)


@pytest.fixture
def submitted(scales, cast):
    return lifecycle.submit(scales, by=cast.anna, at=NOON)


@pytest.fixture
def listed(submitted, cast):
    return lifecycle.put_in_catalogue(submitted, by=cast.vera, at=NOON)
