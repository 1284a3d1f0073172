"""Things that turns stand on are named as far as the reader may see them, without being made."""

import pytest
from django.contrib.contenttypes.models import ContentType
from django.db import connection
from django.test.utils import CaptureQueriesContext

from pochin.core.models import Turn
from pochin.needs.models import Need
from pochin.ui.named import named, places_of, rows_of, things_of


@pytest.fixture
def turns(judged):
    judged()
    found = list(Turn.objects.order_by("pk"))
    assert len({turn.kind_id for turn in found}) > 1
    return found


def test_a_row_makes_the_thing_that_is_named(turns, vera):
    rows, things = rows_of(places_of(turns), vera), things_of(turns, vera)

    assert rows
    assert {place: row.pk for place, row in rows.items()} == {p: p[1] for p in rows}
    assert {p: named(row.thing) for p, row in rows.items()} == {
        p: named(thing) for p, thing in things.items()
    }


def test_all_kinds_are_asked_at_once_and_nobody_sees_more(turns, vera, gleb):
    for reader in (vera, gleb):
        assert reader.hats
        with CaptureQueriesContext(connection) as asked:
            rows = rows_of(places_of(turns), reader)
        assert len(asked) <= 1
        for kind, key in places_of(turns):
            model = ContentType.objects.get_for_id(kind).model_class()
            seen = model.objects.visible_to(reader).filter(pk=key).exists()
            assert ((kind, key) in rows) == seen


@pytest.mark.parametrize("alone", [True, False])
def test_a_row_of_a_thing_that_changed_reads_otherwise(turns, need, vera, alone):
    kind = ContentType.objects.get_for_model(Need).pk
    place = kind, need.pk
    places = [place] if alone else [place, *places_of(turns)]
    before = rows_of(places, vera)[place]

    assert rows_of(places, vera)[place].words == before.words
    Need.objects.filter(pk=need.pk).update(title_ru="Другая", title_en="Another")

    assert rows_of(places, vera)[place].words != before.words
    assert hash(before.words) is not None
