"""News in every state, reached by moves."""

import pytest

from conftest import NOON
from pochin.news import lifecycle

WORDS = {
    "rubric": "centre",
    "title_ru": "Центр открыл приём",
    "title_en": "The centre takes applications",
    "lead_ru": "Коротко о приёме.",
    "lead_en": "The intake in short.",
    "body_ru": "Первый абзац.\n\nВторой абзац.",
    "body_en": "First paragraph.\n\nSecond paragraph.",
}


@pytest.fixture
def draft(cast):
    """Written by Viktor, the observer of the department."""
    return lifecycle.begin(cast.city, by=cast.viktor, at=NOON, **WORDS)


@pytest.fixture
def in_review(cast, draft):
    return lifecycle.submit(draft, by=cast.viktor, at=NOON)


@pytest.fixture
def published(cast, in_review):
    return lifecycle.publish(in_review, by=cast.vera, at=NOON)
