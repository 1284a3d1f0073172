"""Registers of trade go in whole, and a second time changes nothing."""

import gzip
from decimal import Decimal

import pytest
from django.conf import settings

from conftest import NOON
from pochin.core import journal
from pochin.core.lifecycle import Refused
from pochin.core.policy import SYSTEM
from pochin.markets import importing
from pochin.markets.models import Country, Distance, Flow, Heading, Logistics, Rate, Run, Tariff
from pochin.markets.tests.conftest import DISTANCES, EAEU, FLOWS, HS2017, HS2022
from pochin.search.finding import find

GOODS = settings.DATA / "hs_nomenclature"
UNION = settings.DATA / "tnved_eaeu"
TRADE = settings.DATA / "trade_comtrade_eu"


def counted(report):
    return report.created, report.updated, report.unchanged, len(report.broken)


def test_editions_meet_in_one_code(goods):
    pine = Heading.objects.get(code="440711")

    assert (pine.in_hs2022, pine.in_hs2017, pine.digits) == (True, True, 6)
    assert pine.name_en == "Wood; coniferous, of pine"
    assert pine.name_2017 == "Wood; coniferous, of pine"


def test_a_code_of_the_union_carries_its_whole_name(goods):
    boards = Heading.objects.get(code="4407119300")

    assert boards.name_ru == "Лесоматериалы распиленные → хвойные → доски сосновые"
    assert (boards.unit, boards.written) == ("м3", "4407 11 930 0")


@pytest.mark.parametrize("text", [HS2022, HS2017, EAEU])
def test_the_same_nomenclature_again_changes_nothing(text, take_in):
    first = take_in("goods", text)
    again = take_in("goods", text, name="again.csv.gz")

    assert counted(again) == (0, 0, first.created, 0)


def test_duties_are_put_to_the_codes(goods, take_in):
    report = take_in("goods", "hs_code,duty_rate\n4407119300,10%\n4407129400,5%\n")

    assert counted(report) == (1, 1, 0, 0)
    assert Heading.objects.get(code="4407119300").duty == "10%"


def test_a_second_value_for_one_code_is_named_and_the_first_kept(goods, take_in):
    report = take_in("goods", "hs_code,duty_rate\n4407119300,10%\n4407119300,12%\n")

    assert report.broken == [
        (3, "4407119300 stood on line 2 with another value; the first was kept.")
    ]
    assert Heading.objects.get(code="4407119300").duty == "10%"


def test_goods_are_found_by_words_of_both_languages(goods):
    found = Heading.objects.current()

    assert [h.code for h in find(found, "сосновых досок")] == ["4407119300"]
    assert [h.code for h in find(found, "pine")] == ["440711"]


def test_a_code_whose_own_words_fit_comes_before_those_that_stand_under_them(take_in):
    take_in(
        "goods",
        EAEU
        + """44,4407119400,2,планки,Лесоматериалы распиленные > планки,м3,10
44,4407119500,2,хвойные,Лесоматериалы распиленные > планки хвойные,м3,10
44,4407119600,2,хвойные,Лесоматериалы распиленные > хвойные,м3,10
""",
    )

    found = [h.code for h in find(Heading.objects.current(), "хвойные")]

    assert found == ["4407119500", "4407119600", "4407119300"]


def test_partners_that_are_no_land_are_taken_in(take_in):
    head = "reporter_iso,partner_iso,cmd_code,ref_year,primary_value\n"
    rows = "NLD,X1 ,48,2021,5\nLUX,XX,49,2021,5\nLUX,_X,49,2021,5\nLUX,X9,49,2021,5\n"
    report = take_in("trade", head + rows)

    assert counted(report) == (3, 0, 0, 1)


def test_imports_go_in_as_their_buyers_counted_them(take_in):
    exported = "FIN,Finland,Export,ITA,Italy,4407,Wood,77,2022\n"
    report = take_in("trade", FLOWS + exported, origin="UN Comtrade")

    assert counted(report) == (7, 0, 0, 0)
    assert Flow.objects.get(reporter="ITA", partner="RUS").value == Decimal(500)
    assert report.notes == [(0, "1 row is no fact of this register and was left out.")]


@pytest.mark.parametrize(
    ("row", "why"),
    [
        ("ITA,I,Import,W00,W,4407,x,many,2022", "“many” is not a number (value)."),
        ("ITA,I,Import,W00,W,4407,x,-1,2022", "The value -1 is below zero."),
        ("ITA,I,Import,W00,W,44x7,x,1,2022", "“44x7” is not a code of goods."),
        ("Italy,I,Import,W00,W,4407,x,1,2022",
         "“Italy” is not a country's code of three capital letters."),
        ("ITA,I,Import,W00,W,4407,x,1,last", "“last” is not a year."),
        ("ITA,I,Import,W00,W,4407,x,NaN,2022", "“NaN” is not a number (value)."),
    ],
)  # fmt: skip
def test_a_broken_row_is_named_and_the_rest_goes_in(row, why, take_in):
    report = take_in("trade", FLOWS + row + "\n")

    assert report.broken == [(9, why)]
    assert report.created == 7


def test_a_file_that_is_no_register_is_refused_with_what_would_be(take_in):
    with pytest.raises(Refused, match=r"register\.csv is none of the registers known here"):
        take_in("trade", "a,b\n1,2\n")

    assert not Run.objects.exists()


def test_a_table_that_lacks_a_column_is_named_with_it(take_in):
    with pytest.raises(Refused, match=r"looks like “imports by country”, but lacks.*reporter_iso"):
        take_in("trade", FLOWS.replace("reporter_iso", "reporter"))
    assert not Flow.objects.exists()


def test_a_table_in_utf_16_is_named_as_such(db, tmp_path):
    file = tmp_path / "wide.csv"
    file.write_bytes(FLOWS.encode("utf-16"))

    with pytest.raises(Refused, match="written in UTF-16"):
        importing.import_trade(file, by=SYSTEM, at=NOON)


def test_a_table_without_rows_is_said_to_hold_none(take_in):
    assert take_in("trade", FLOWS.partition("ITA")[0]).notes == [
        (0, "The file holds a header and no rows.")
    ]
    assert take_in("trade", FLOWS).notes == []


def test_pairs_without_a_distance_stay_unknown(take_in):
    take_in("trade", DISTANCES + "RUS,XKX,0.0,.,.\nRUS,ROM,0.0,1500.0,1490.04\n")

    known = {(d.origin, d.destination): d.km for d in Distance.objects.all()}
    assert known == {
        ("RUS", "ITA"): Decimal("2600.0"),
        ("RUS", "DEU"): Decimal("1800.0"),
        ("RUS", "ROU"): Decimal("1490.0"),
    }


def test_tariffs_of_other_countries_go_in(take_in):
    report = take_in("trade", "country,code,year,rate\nITA,4407,2022,2.5\nITA,4407,2022,-1\n")

    assert Tariff.objects.get().rate == Decimal("2.50")
    assert report.broken == [(3, "A duty of -1 per cent is not possible.")]


def test_rates_go_in_with_either_date_and_comma(take_in):
    text = 'date,currency,nominal,rate\n2026-03-02,USD,1,"90,5"\n02.03.2026,JPY,100,60.25\n'
    take_in("rates", text)

    assert set(Rate.objects.values_list("currency", "nominal", "roubles")) == {
        ("USD", 1, Decimal("90.500000")),
        ("JPY", 100, Decimal("60.250000")),
    }


@pytest.mark.parametrize("row", ["2026-03-02,RUB,1,1", "2026-03-02,USD,0,90", "2026-13-02,USD,1,9"])
def test_a_rate_that_cannot_be_is_named(row, take_in):
    report = take_in("rates", f"date,currency,nominal,rate\n{row}\n")

    assert counted(report) == (0, 0, 0, 1)


def test_a_reading_is_remembered_and_written_down(take_in, cast):
    take_in("trade", FLOWS, origin="UN Comtrade")

    run = Run.objects.get()
    assert (run.kind, str(run), run.created, len(run.sha256)) == ("flows", "UN Comtrade", 7, 64)
    assert [entry.verb for entry in journal.of(run)] == ["markets.import"]
    assert list(Run.objects.visible_to(cast.vera)) == [run]
    assert not Run.objects.visible_to(cast.anna)


@pytest.mark.skipif(not GOODS.exists(), reason=f"the data sets are not at {settings.DATA}")
def test_the_real_nomenclatures_go_in_and_again_change_nothing(db):
    files = [GOODS / "harmonized-system.csv", GOODS / "hs2017_comtrade.csv"]
    first = [importing.import_goods(file, by=SYSTEM, at=NOON) for file in files]
    again = [importing.import_goods(file, by=SYSTEM, at=NOON) for file in files]

    assert [counted(report) for report in first] == [(6939, 0, 0, 0), (147, 6561, 0, 0)]
    assert [counted(report) for report in again] == [(0, 0, 6939, 0), (0, 0, 6708, 0)]
    assert Heading.objects.filter(digits=6, in_hs2022=True).count() == 5613


@pytest.mark.slow
@pytest.mark.skipif(not UNION.exists(), reason=f"the data sets are not at {settings.DATA}")
def test_the_real_nomenclature_of_the_union_goes_in(db):
    table = UNION / "tnved_ett_2022_from_pdf.csv.gz"
    duties = UNION / "ett_import_duty.csv"

    report = importing.import_goods(table, by=SYSTEM, at=NOON)
    assert counted(report) == (17427, 0, 0, 0)
    report = importing.import_goods(duties, by=SYSTEM, at=NOON)
    assert counted(report) == (294, 12998, 0, 27)
    assert counted(importing.import_goods(table, by=SYSTEM, at=NOON)) == (0, 0, 17427, 0)


@pytest.mark.skipif(not TRADE.exists(), reason=f"the data sets are not at {settings.DATA}")
def test_the_real_index_of_logistics_and_codes_of_countries_go_in(db):
    lpi = settings.DATA / "lpi" / "lpi_2010_2016.csv"
    codes = settings.DATA / "country_codes" / "country-codes.csv"

    assert counted(importing.import_trade(lpi, by=SYSTEM, at=NOON)) == (630, 0, 0, 0)
    assert counted(importing.import_trade(codes, by=SYSTEM, at=NOON)) == (249, 0, 0, 0)
    assert Logistics.objects.get(country="DEU", year=2010).score == Decimal("4.11")
    assert Country.objects.get(code="NAM").alpha2 == "NA"


@pytest.mark.parametrize(
    ("content", "sentence"),
    [
        (b"<!DOCTYPE html>\n<html><body>Sign in</body></html>", "a web page, not a table"),
        (b"\xef\xbb\xbf<html><table><tr><td>1</td></tr></table></html>", "a web page"),
        (gzip.compress(FLOWS.encode(), mtime=0)[:12], "damaged from its beginning"),
        (b"\x1f\x8b" + b"\x00" * 40, "damaged from its beginning"),
        (b"", "is empty"),
        (b"PK\x03\x04\x00\x00", "is a workbook, whatever its name says"),
        (b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + b"\x00" * 600, "is a workbook, whatever its name"),
        (b"reporter_iso,partner\nITA,W00\n", "is none of the registers"),
    ],
)
def test_a_file_that_is_no_table_is_refused_and_nothing_changes(
    content, sentence, take_in, tmp_path
):
    take_in("trade", FLOWS)
    before = list(Flow.objects.order_by("pk").values())
    file = tmp_path / "trade.csv.gz"
    file.write_bytes(content)

    with pytest.raises(Refused, match=sentence):
        importing.import_trade(file, by=SYSTEM, at=NOON)

    assert list(Flow.objects.order_by("pk").values()) == before


def spoilt(packed):
    middle = len(packed) // 2
    return packed[:middle] + bytes(200) + packed[middle + 200 :]


@pytest.mark.parametrize("change", [spoilt, lambda packed: packed[: len(packed) // 2]])
def test_of_an_archive_spoilt_or_cut_off_nothing_goes_in(change, db, tmp_path):
    rows = "".join(f"ITA,I,Import,W00,W,{n},x,{n},2022\n" for n in range(1000, 9999))
    file = tmp_path / "trade.csv.gz"
    file.write_bytes(change(gzip.compress((FLOWS + rows).encode())))

    with pytest.raises(Refused, match="damaged or cut off; download it anew"):
        importing.import_trade(file, by=SYSTEM, at=NOON)

    assert not Flow.objects.exists()


def test_a_table_a_spreadsheet_wrote_in_russian_goes_in(take_in):
    head, *rows = FLOWS.replace(",", ";").splitlines()
    rows[-1] = rows[-1].rsplit(";", 2)[0] + ";1234,5;2022"

    report = take_in("trade", "\n".join([head, *rows, ""]))

    assert report.broken == []
    assert Flow.objects.filter(value=Decimal("1234.5")).exists()


def test_a_code_that_lost_its_zero_is_named_and_not_guessed(take_in):
    report = take_in("trade", FLOWS + "ITA,I,Import,W00,W,401,x,1,2022\n")

    assert "“401” is not a code of goods: the zero at its beginning" in report.broken[0][1]
    assert not Flow.objects.filter(code__startswith="04").exists()


@pytest.mark.parametrize(
    ("kind", "head", "row"),
    [
        (
            "trade",
            "reporter_iso,partner_iso,cmd_code,ref_year,primary_value",
            "ITA,W00,4407,2022,{}",
        ),
        ("rates", "date,currency,rate", "2026-03-02,USD,{}"),
        ("trade", "iso_o,iso_d,dist,distw", "RUS,ITA,{},."),
    ],
)
@pytest.mark.parametrize("huge", ["9" * 32, "1e400", "1E15", "-1e999"])
def test_a_number_beyond_reason_breaks_its_row_alone(kind, head, row, huge, db, tmp_path):
    file = tmp_path / "table.csv"
    file.write_text("\n".join([head, row.format(huge), row.format("5").replace("ITA", "DEU")
                               .replace("USD", "EUR")]))  # fmt: skip
    take = {"trade": importing.import_trade, "rates": importing.import_rates}[kind]

    report = take(file, by=SYSTEM, at=NOON)

    assert counted(report) == (1, 0, 0, 1)
    [(line, words)] = report.broken
    assert line == 2
    assert "too large" in words or "below zero" in words
