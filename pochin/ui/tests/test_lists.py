import csv
import datetime as dt
import io
import json
import re
from decimal import Decimal
from types import SimpleNamespace

import pytest
import python_calamine
from django.db import connection, models
from django.http import QueryDict
from django.test.utils import isolate_apps
from django.utils import translation

from pochin.ui import files_out, parts
from pochin.ui.counting import counted
from pochin.ui.lists import Bulk, Column, Days, Filter, Flag, Listing, NotAList, View, paging
from pochin.ui.lists import listing as listing_module
from pochin.ui.quick import quickly

with isolate_apps("pochin.ui"):

    class Parcel(models.Model):
        name = models.CharField(max_length=50)
        state = models.CharField(max_length=10)
        due_on = models.DateField(null=True)
        weight = models.DecimalField(max_digits=8, decimal_places=2)

        class Meta:
            app_label = "ui"
            db_table = "ui_test_parcel"


class Parcels(Listing):
    name = "parcels"
    columns = [
        Column(name="name", label="Name", main=True, sort="name"),
        Column(name="state", label="State", cell=lambda p: parts.badge(p.state)),
        Column(name="due_on", label="Due", kind="day", sort="due_on"),
        Column(name="weight", label="Weight", kind="number", sort="-weight"),
        Column(name="pk", label="Key", shown=False),
    ]
    filters = [
        Filter(name="state", label="State", choices=[("open", "Open"), ("lost", "Lost")]),
        Filter(name="one", label="One", choices=[("a", "A"), ("b", "B")], field="name", many=False),
        Flag(name="heavy", label="Heavy", apply=lambda things, _v: things.filter(weight__gte=100)),
        Days(name="due", label="Due", field="due_on"),
        Filter(name="key", label="Key", choices=[("1", "First")], field="pk", rare=True),
    ]
    views = [View(label="All"), View(label="Open", query="state=open")]
    sort = "name"
    page_size = 3

    def search(self, things, words):
        return things.filter(name__icontains=words)

    def href(self, thing):
        return f"/p/{thing.pk}/"


@pytest.fixture
def parcels(db):
    with connection.cursor() as cursor:
        cursor.execute(
            "create table ui_test_parcel (id bigint primary key, name varchar(50) not null, "
            "state varchar(10) not null, due_on date, weight numeric(8, 2) not null)"
        )
    with translation.override("en"):
        yield Parcel.objects.all()


def _fill(count, **more):
    Parcel.objects.bulk_create(
        Parcel(
            pk=n,
            **{
                "name": f"p{n:04d}",
                "state": "open" if n % 2 else "lost",
                "due_on": None if n % 3 == 0 else dt.date(2019, 1, 1) + dt.timedelta(days=n),
                "weight": Decimal(n % 5),
            }
            | more,
        )
        for n in range(1, count + 1)
    )


def _list(rf, query="", kind=Parcels, **headers):
    request = rf.get(f"/parcels/?{query}", headers=headers)
    request.user = SimpleNamespace(is_authenticated=False, hats=())
    return kind(request, Parcel.objects.all())


def _names(listing):
    return [thing.name for thing in listing.things]


def test_a_row_links_by_its_main_column_and_names_the_others(parcels, rf):
    Parcel.objects.create(pk=7, name="<i>", state="open", due_on=None, weight=Decimal("2.50"))

    assert _list(rf).rows == [
        '<tr><th scope="row"><a href="/p/7/">&lt;i&gt;</a></th>'
        '<td data-label="State"><span class="tag neutral">open</span></td>'
        '<td data-label="Due" class="none nw">—</td>'
        '<td data-label="Weight" class="r">2.5</td></tr>'
    ]


@pytest.mark.parametrize(
    "query",
    ["unknown=1", "state=burnt", "state=open&state=burnt", "sort=state", "sort=secret", "page=0",
     "page=21", "page=x", "page=1&page=2", "one=a&one=b", "due_from=soon", "due_from=0001-01-01",
     "due_to=31.12.9999", "due_from=-1-01-01", "after=forged",
     "before=forged", "file=exe", "q=%00", "name__startswith=p", "state__in=open"],
)  # fmt: skip
def test_what_the_list_does_not_have_is_refused_in_the_same_words(parcels, rf, query):
    with pytest.raises(NotAList) as refused:
        _list(rf, query).respond("ui/listing.html")

    assert str(refused.value) == "unknown parameter"


@pytest.mark.parametrize(
    ("query", "found"),
    [
        ("", ["p0001", "p0002", "p0003"]),
        ("state=lost", ["p0002", "p0004"]),
        ("state=lost&state=open", ["p0001", "p0002", "p0003"]),
        ("one=", ["p0001", "p0002", "p0003"]),
        ("q=0003", ["p0003"]),
        ("due_from=2019-01-04", ["p0004", "p0005"]),
        ("due_to=03.01.2019", ["p0001", "p0002"]),
        ("due_from=1000-01-01&due_to=9000-12-31", ["p0001", "p0002", "p0004"]),
        ("sort=-name", ["p0005", "p0004", "p0003"]),
        ("sort=due_on", ["p0001", "p0002", "p0004"]),
        ("sort=-due_on", ["p0005", "p0004", "p0002"]),
        ("sort=weight", ["p0004", "p0003", "p0002"]),
        ("page=2", ["p0004", "p0005"]),
    ],
)
def test_the_address_says_what_is_shown(parcels, rf, query, found):
    _fill(5)

    assert _names(_list(rf, query)) == found


def test_a_flag_asks_one_question(parcels, rf):
    _fill(2)
    _fill_heavy = Parcel.objects.create(pk=9, name="anvil", state="open", weight=Decimal(150))

    assert _names(_list(rf, "heavy=yes")) == [_fill_heavy.name]


def test_pills_lead_to_the_list_without_them(parcels, rf):
    _fill(5)
    listing = _list(rf, "q=p&state=lost&heavy=yes&due_from=2019-01-02&sort=-name&page=1")

    assert [(pill.words, pill.href) for pill in listing.pills] == [
        ("«p»", "/parcels/?state=lost&heavy=yes&due_from=2019-01-02&sort=-name"),
        ("State: Lost", "/parcels/?q=p&heavy=yes&due_from=2019-01-02&sort=-name"),
        ("Heavy", "/parcels/?q=p&state=lost&due_from=2019-01-02&sort=-name"),
        ("Due: from 2\u00a0January 2019", "/parcels/?q=p&state=lost&heavy=yes&sort=-name"),
    ]


def test_a_rare_filter_waits_behind_more_until_it_is_asked(parcels, rf):
    _fill(2)

    bar = _list(rf).markup.partition('<details class="rare">')
    assert 'id="parcels-state"' in bar[0]
    assert 'id="parcels-key"' in bar[2]
    asked = _list(rf, "key=1").markup
    assert 'id="parcels-key"' in asked
    assert 'class="rare"' not in asked


def test_a_phone_keeps_filters_behind_more_where_none_is_rare(parcels, rf):
    _fill(2)

    html = _list(rf, "key=1").markup

    assert '<details class="rare show-s">' in html
    assert html.index('class="near"') < html.index('id="parcels-key"') < html.index('class="rare')


def test_a_tab_is_current_when_its_question_is_asked(parcels, rf):
    assert [tab["current"] for tab in _list(rf).tabs] == [True, False]
    assert [tab["current"] for tab in _list(rf, "state=open&sort=-name").tabs] == [False, True]
    assert [tab["current"] for tab in _list(rf, "state=lost").tabs] == [False, False]


@pytest.mark.parametrize(
    ("count", "words"), [(0, "0"), (3, "3"), (1000, "1,000"), (1001, "more than 1,000")]
)
def test_a_list_counts_exactly_to_a_thousand(parcels, rf, count, words):
    _fill(count)

    assert _list(rf).total_words == words


def test_a_short_list_is_counted_without_asking(parcels, rf, django_assert_num_queries):
    _fill(3)
    with django_assert_num_queries(1):
        assert _list(rf).total == 3


@pytest.mark.parametrize("sort", ["name", "-name", "due_on", "-due_on", "weight", "-weight"])
def test_walking_past_the_numbered_pages_meets_every_row_once(parcels, rf, sort, monkeypatch):
    monkeypatch.setattr(paging, "NUMBERED", 2)
    monkeypatch.setattr(paging, "LIMIT", 6)
    monkeypatch.setattr(listing_module, "LIMIT", 6)
    _fill(20)
    whole = [thing.pk for thing in _list(rf, f"sort={sort}").ordered]

    met, backwards = [], []
    href = f"?sort={sort}"
    while href:
        listing = _list(rf, href.partition("?")[2])
        met += [thing.pk for thing in listing.things]
        href = next((link.href for link in listing.pages if link.walk == "next"), "")
    while True:
        back = next((link.href for link in listing.pages if link.walk == "prev"), "")
        if "before=" not in back:
            break
        listing = _list(rf, back.partition("?")[2])
        backwards = [thing.pk for thing in listing.things] + backwards

    assert met == whole
    assert backwards == whole[: 20 - 20 % 3]


def test_the_way_to_the_other_pages_is_that_of_what_is_found_now(parcels, rf):
    """It is kept by what it is made of: an address that finds more now leads further."""
    _fill(5)
    before = _list(rf, "state=open").ways
    Parcel.objects.filter(pk__in=[2, 4]).update(state="open")
    after = _list(rf, "state=open").ways

    assert ("?page=2" in before, "page=2" in after) == (False, True)
    assert "1–3 of 5" in after
    assert _list(rf, "state=open&page=2").ways != after
    assert "state=lost" not in after


def test_a_mark_of_one_order_does_not_open_another(parcels, rf, monkeypatch):
    monkeypatch.setattr(paging, "NUMBERED", 1)
    _fill(9)
    after = next(link.href for link in _list(rf).pages if link.walk == "next")
    mark = QueryDict(after.partition("?")[2])["after"]

    assert _names(_list(rf, f"after={mark}")) == ["p0004", "p0005", "p0006"]
    with pytest.raises(NotAList):
        _list(rf, f"sort=-name&after={mark}").things  # noqa: B018


def test_the_head_of_a_column_turns_the_order(parcels, rf):
    heads = {str(head.label): head for head in _list(rf, "sort=weight").headers}

    assert heads["Weight"].aria == "descending"
    assert heads["Weight"].href == "/parcels/?sort=-weight"
    assert heads["Name"].href == "/parcels/?sort=name"
    assert heads["State"].href == ""


def test_heads_and_files_lead_on_from_what_is_asked(parcels, rf):
    _fill(2)
    for query in ("", "state=open", "state=lost", "sort=-name", "state=open&sort=-name", ""):
        words, kept = {"open": "state=open", "lost": "state=lost"}, query.partition("&")[0]
        html = _list(rf, query).markup
        state = next((said for said in words.values() if said == kept), "")
        turned = "name" if "sort=-name" in query else "-name"
        head = "&amp;".join(filter(None, [state, f"sort={turned}"]))
        assert f'href="/parcels/?{head}">Name' in html
        assert ("selected" in html) == ("sort=" in query)
        assert f'{query.replace("&", "&amp;")}{"&amp;" if query else ""}file=csv"' in html


def test_heads_are_drawn_in_the_language_of_the_page(parcels, rf):
    _fill(2)

    assert "Export" in _list(rf).markup
    with translation.override("ru"):
        assert "Export" not in _list(rf).markup


def test_a_panel_shows_what_is_picked_and_what_this_reader_may_pick(parcels, rf):
    def ticked(query):
        near, far = _list(rf, query, Chosen).panels
        return re.findall('value="([a-z]+)"( checked)?', "".join(near + far))

    ANSWERS[:] = [("a", "A"), ("b", "B")]
    assert ticked("") == [("open", ""), ("lost", ""), ("a", ""), ("b", "")]
    assert ticked("state=lost") == [("open", ""), ("lost", " checked"), ("a", ""), ("b", "")]
    assert ticked("state=open") == [("open", " checked"), ("lost", ""), ("a", ""), ("b", "")]
    assert ticked("name=b")[2:] == [("a", ""), ("b", " checked")]
    ANSWERS[:] = [("a", "A")]
    assert ticked("")[2:] == [("a", "")]


ANSWERS = []


class Chosen(Parcels):
    filters = (
        Filter(name="state", label="State", choices=[("open", "Open"), ("lost", "Lost")]),
        Filter(name="name", label="Name", choices=lambda _user: list(ANSWERS)),
    )


def test_htmx_gets_the_list_alone_and_the_address_it_stands_for(parcels, rf):
    _fill(2)
    answer = _list(rf, "q=&state=open", **{"HX-Request": "true"}).respond("ui/base.html")

    assert answer.content.decode().startswith('<section class="card listing" id="parcels"')
    assert answer["HX-Push-Url"] == "/parcels/?state=open"
    assert "HX-Request" in answer["Vary"]


def test_a_page_called_back_from_history_comes_whole(parcels, rf):
    headers = {"HX-Request": "true", "HX-History-Restore-Request": "true"}
    answer = _list(rf, **headers).respond("ui/base.html")

    assert answer.content.decode().startswith("<!doctype html>")


class Ticked(Parcels):
    bulk = [Bulk(label="Invite", href="/invite/")]


def test_rows_to_be_ticked_name_themselves(parcels, rf):
    _fill(1)

    assert (
        _list(rf, kind=Ticked)
        .rows[0]
        .startswith(
            '<tr><td class="pick"><input type="checkbox" name="pick" value="1" '
            'aria-label="Pick p0001">'
        )
    )


def _read_csv(answer):
    text = b"".join(answer.streaming_content).decode()
    return text[0], list(csv.reader(io.StringIO(text[1:])))


def test_a_csv_holds_all_that_is_found_in_the_order_shown(parcels, rf):
    _fill(5)
    bom, lines = _read_csv(_list(rf, "state=open&sort=-name&file=csv").respond("x.html"))

    assert bom == "\ufeff"
    assert lines == [
        ["Name", "State", "Due", "Weight", "Key"],
        ["p0005", "open", "2019-01-06", "0.00", "5"],
        ["p0003", "open", "", "3.00", "3"],
        ["p0001", "open", "2019-01-02", "1.00", "1"],
    ]


TEXTS = ["0409", "1027700132195", "7707083893", "12E4", "00"]


@pytest.mark.parametrize("text", TEXTS)
def test_a_code_stays_a_text_in_a_spreadsheet_and_whole_for_programs(parcels, rf, text):
    Parcel.objects.create(pk=1, name=text, state="open", weight=1)
    taken = {kind: Parcels(rf.get(f"/p/?q={text}&file={kind}"), Parcel.objects.all()).file(kind)
             for kind in ("csv", "xlsx", "json")}  # fmt: skip
    csv_text = b"".join(taken["csv"].streaming_content).decode()
    sheet = python_calamine.CalamineWorkbook.from_filelike(io.BytesIO(taken["xlsx"].content))

    assert f"\t{text}" in csv_text
    assert sheet.get_sheet_by_index(0).to_python()[1][0] == text
    assert json.loads(b"".join(taken["json"].streaming_content))[0]["Name"] == text


@pytest.mark.parametrize("text", ["4", "RB900000019RU", "12 34", "1.5", "Н-042"])
def test_what_is_no_code_is_left_as_it_is(parcels, rf, text):
    Parcel.objects.create(pk=1, name=text, state="open", weight=1)
    answer = Parcels(rf.get("/p/", {"q": text, "file": "csv"}), Parcel.objects.all()).file("csv")

    assert "\t" not in b"".join(answer.streaming_content).decode()


@pytest.mark.parametrize(
    "start", ["=", "+", "-", "@", "\t", "\r", " =", "\u00a0+", "\uff1d", "\uff0b", "\uff20"]
)
def test_a_text_that_a_spreadsheet_would_run_is_made_harmless(parcels, rf, start):
    _fill(1, name=f"{start}cmd", weight=Decimal(-3))
    _bom, lines = _read_csv(_list(rf, "file=csv").respond("x.html"))

    assert lines[1][0] == f"'{start}cmd"
    assert lines[1][3] == "-3.00"


def test_a_csv_of_a_russian_page_opens_right_in_a_russian_spreadsheet(parcels, rf):
    _fill(2, name="Вес; нетто", weight=Decimal("-3.5"))
    with translation.override("ru"):
        answer = _list(rf, "file=csv").respond("x.html")
    text = b"".join(answer.streaming_content).decode()

    assert text[0] == "\ufeff"
    lines = list(csv.reader(io.StringIO(text[1:]), delimiter=";"))
    assert lines[1] == ["Вес; нетто", "open", "2019-01-02", "-3,50", "1"]


def test_a_moment_in_a_csv_is_one_that_spreadsheets_read():
    moment = dt.datetime(2026, 3, 2, 9, 5, tzinfo=dt.UTC)
    answer = files_out.answer("csv", "moments", ["At"], [[moment]])

    text = b"".join(answer.streaming_content).decode()
    assert text.splitlines() == ["\ufeffAt", "2026-03-02 12:05:00"]


@pytest.mark.parametrize(("language", "seen"), [("ru", "Подойдут."), ("en", "They will.")])
def test_a_spreadsheet_holds_the_half_of_its_reader_and_a_file_for_programs_all(language, seen):
    both = "Подойдут. // They will."
    with translation.override(language):
        files = {kind: files_out.answer(kind, "x", ["a"], [[both]]) for kind in files_out.KINDS}
    table, told = (b"".join(files[kind].streaming_content).decode() for kind in ("csv", "json"))

    sheet = python_calamine.CalamineWorkbook.from_filelike(io.BytesIO(files["xlsx"].content))
    assert table.split() == ["\ufeffa", *seen.split()]
    assert sheet.get_sheet_by_index(0).to_python() == [["a"], [seen]]
    assert json.loads(told) == [{"a": both}]


def test_an_xlsx_keeps_numbers_and_days_and_names_no_author(parcels, rf):
    _fill(2, name="=1+1")
    content = _list(rf, "file=xlsx").respond("x.html").content

    book = python_calamine.CalamineWorkbook.from_filelike(io.BytesIO(content))
    rows = book.get_sheet_by_index(0).to_python()
    assert rows[0] == ["Name", "State", "Due", "Weight", "Key"]
    assert rows[1] == ["=1+1", "open", dt.date(2019, 1, 2), 1.0, 1.0]
    assert b"creator>" not in content


def test_the_same_list_makes_the_same_xlsx_twice(parcels, rf):
    _fill(2)
    first, second = (_list(rf, "file=xlsx").respond("x.html").content for _n in range(2))

    assert first == second


def test_a_json_holds_the_same(parcels, rf):
    _fill(1)
    answer = _list(rf, "file=json").respond("x.html")

    assert json.loads(b"".join(answer.streaming_content)) == [
        {"Name": "p0001", "State": "open", "Due": "2019-01-02", "Weight": "1.00", "Key": 1}
    ]
    empty = _list(rf, "q=none&file=json").respond("x.html")
    assert json.loads(b"".join(empty.streaming_content)) == []


class Prepared(Parcels):
    def prepare(self, things):
        self.batches = [*getattr(self, "batches", []), len(things)]
        return things


def test_cells_are_prepared_for_a_whole_page_at_once(parcels, rf):
    _fill(5)
    listing = _list(rf, kind=Prepared)
    listing.rows  # noqa: B018

    assert listing.batches == [3]


@pytest.mark.parametrize("count", [1, 3])
def test_a_list_costs_one_query(parcels, rf, count, django_assert_num_queries):
    _fill(count)
    with django_assert_num_queries(1):
        _list(rf).respond("ui/listing.html")


def test_things_made_the_short_way_are_the_same_things(parcels, rf):
    _fill(3)
    ordinary, quick = list(parcels.order_by("pk")), list(quickly(parcels.order_by("pk")))

    assert quick == ordinary
    assert [vars(one) | {"_state": 0} for one in quick] == [
        vars(one) | {"_state": 0} for one in ordinary
    ]
    assert not quick[0]._state.adding
    # What was not read is read when it is asked for.
    assert next(iter(quickly(parcels.only("name").order_by("pk")))).weight == Decimal(1)


@pytest.mark.parametrize(("most", "found"), [(2, 2), (3, 3), (9, 3)])
def test_counting_goes_no_further_than_it_must(parcels, most, found, django_assert_num_queries):
    _fill(3)
    with django_assert_num_queries(1):
        assert counted(parcels.order_by("name"), most) == found
    with django_assert_num_queries(0):
        assert counted(parcels.none(), most) == 0


def test_a_page_far_inside_does_not_read_what_comes_before(
    parcels, rf, django_assert_max_num_queries
):
    _fill(20)
    after = next(link.href for link in _list(rf, "sort=due_on&page=6").pages if link.walk == "next")
    with django_assert_max_num_queries(2):
        listing = _list(rf, after.partition("?")[2])
        assert listing.things
