"""Organisations as things to be found: the centre sees all, others see few."""

from __future__ import annotations

import pytest
from django.apps import apps

from pochin.search import index


@pytest.fixture
def organisations():
    """The model, declared as its room would, alone in the index."""
    model = apps.get_model("participants", "Organisation")
    before = dict(index.declared)
    index.declared.clear()
    index.declare(
        model,
        title=lambda one: f"{one.name_ru} {one.name_en}",
        text=lambda one: f"{one.about_ru} {one.about_en}",
        number=lambda one: one.postcode,
    )
    yield model
    index.declared.clear()
    index.declared.update(before)


@pytest.fixture
def write(organisations, db):
    """Make things of these titles, with a text where one is given, and index them."""

    def make(*titles: str, about: str = "", postcode: str = "") -> list:
        made = [
            organisations.objects.create(name_ru=title, about_ru=about, postcode=postcode)
            for title in titles
        ]
        index.index_many(made)
        return made

    return make
