import datetime as dt
from types import SimpleNamespace

import pytest
from django.db import connection, models
from django.test.utils import isolate_apps
from django.urls import get_resolver
from django.utils import timezone, translation

from pochin.ui.lists import Bulk, Column, Listing
from pochin.ui.lists import rows as drawing

with isolate_apps("pochin.ui"):

    class Crate(models.Model):
        name = models.CharField(max_length=50)
        due_at = models.DateTimeField()
        note = models.CharField(max_length=50, default="")

        class Meta:
            app_label = "ui"
            db_table = "ui_test_crate"


DRAWN = []


def _due(crate):
    DRAWN.append(crate.pk)
    late = timezone.localdate() > timezone.localtime(crate.due_at).date()
    return "late" if late else "in time"


class Crates(Listing):
    name = "crates"
    steady = True
    reads = ("name", "due_at")
    columns = (
        Column(name="name", label="Name", main=True),
        Column(name="due_at", label="Due", kind="moment"),
        Column(name="late", label="Late", value=_due),
    )

    def href(self, thing):
        return f"/c/{thing.pk}/"


class Unsteady(Crates):
    steady = False


class Picked(Crates):
    bulk = (Bulk(label="Send", href="/send/"),)


class Weighed(Crates):
    columns = (*Crates.columns, Column(name="weight", label="Weight", value=lambda c: c.beside))

    def beside(self, found):
        return [WEIGHTS.get(row.pk, 0) for row in found]


WEIGHTS = {}


@pytest.fixture(autouse=True)
def crates(db, monkeypatch):
    monkeypatch.setattr(drawing, "drawn", drawing.drawn.__wrapped__)  # drawn as nobody looks on
    drawing._kept.cache_clear()
    with connection.cursor() as cursor:
        moment = "datetime" if connection.vendor == "sqlite" else "timestamptz"
        cursor.execute(
            "create table ui_test_crate (id bigint primary key, name varchar(50) not null, "
            f"due_at {moment} not null, note varchar(50) not null)"
        )
    noon = dt.datetime(2026, 3, 2, 12, tzinfo=dt.UTC)
    Crate.objects.bulk_create(Crate(pk=n, name=f"crate {n}", due_at=noon) for n in (1, 2, 3))
    with translation.override("en"):
        yield
    DRAWN.clear()
    WEIGHTS.clear()


def _rows(rf, kind=Crates, query=""):
    DRAWN.clear()
    request = rf.get(f"/crates/{query}")
    request.user = SimpleNamespace(is_authenticated=False, hats=())
    return kind(request, Crate.objects.all()).rows


def test_rows_that_read_the_same_are_drawn_once(rf):
    first = _rows(rf)
    assert sorted(DRAWN) == [1, 2, 3]

    assert _rows(rf) == first
    assert DRAWN == []


def test_a_row_that_changed_is_drawn_anew_and_alone(rf):
    before = _rows(rf)
    Crate.objects.filter(pk=2).update(name="box <2>")

    after = _rows(rf)

    assert DRAWN == [2]
    assert "box &lt;2&gt;" in after[1]
    assert [after[0], after[2]] == [before[0], before[2]]


def test_what_is_not_read_changes_no_row(rf):
    before = _rows(rf)
    Crate.objects.update(note="heavy")

    assert _rows(rf) == before
    assert DRAWN == []


def test_a_row_is_drawn_for_the_language_the_zone_and_the_day_of_its_reader(rf, monkeypatch):
    english = _rows(rf)
    with translation.override("ru"):
        assert _rows(rf) != english
    with timezone.override("Asia/Vladivostok"):
        eastern = _rows(rf)
    assert ", 22:00" in eastern[0]
    assert eastern != english

    monkeypatch.setattr(timezone, "now", lambda: dt.datetime(2026, 3, 2, 9, tzinfo=dt.UTC))
    assert "in time" in _rows(rf)[0]
    monkeypatch.setattr(timezone, "now", lambda: dt.datetime(2026, 3, 3, 9, tzinfo=dt.UTC))
    assert "late" in _rows(rf)[0]


def test_a_row_that_may_be_picked_is_another_one(rf):
    plain = _rows(rf)

    assert "checkbox" in _rows(rf, Picked)[0]
    assert _rows(rf) == plain


def test_a_row_of_which_something_else_changed_is_drawn_anew(rf):
    _rows(rf, Weighed)
    WEIGHTS[3] = 7

    _rows(rf, Weighed)
    assert DRAWN == [3]
    _rows(rf, Weighed)
    assert DRAWN == []


def test_rows_of_other_lists_are_drawn_every_time(rf):
    first = _rows(rf, Unsteady)
    assert _rows(rf, Unsteady) == first

    assert sorted(DRAWN) == [1, 2, 3]


def test_every_steady_list_says_what_its_rows_are_made_of():
    assert [kind for kind in _lists(Listing) if kind.steady and not kind.reads] == []


def test_the_long_lists_of_the_house_are_steady():
    steady = {kind.name for kind in _lists(Listing) if kind.steady}
    assert {"applications", "needs", "pilots", "reviews", "sites", "solutions"} <= steady
    assert {"organisations", "turns"} <= steady


def _lists(kind):
    get_resolver().url_patterns  # noqa: B018 - reads every room
    found = kind.__subclasses__()
    return found + [further for one in found for further in _lists(one)]
