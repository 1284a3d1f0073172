"""The register of postal indexes goes in whole, and a second time changes nothing."""

import gzip
import io
import random
import zipfile

import pytest
from django.conf import settings

from conftest import NOON
from pochin.core import journal
from pochin.core.lifecycle import Refused
from pochin.core.policy import SYSTEM
from pochin.sites.finding import find
from pochin.sites.importing import import_sites
from pochin.sites.models import ImportRun, Site, SiteKind, State

HEADER = "Index,OPSName,OPSType,OPSSubm,Region,Autonom,Area,City,City1,ActDate,IndexOld\n"
REGISTER = settings.DATA / "pindx_russia" / "pindx.csv.gz"


@pytest.fixture
def register(tmp_path):
    def write(*rows, name="pindx.csv", header=HEADER):
        file = tmp_path / name
        text = (header + "".join(f"{row}\n" for row in rows)).encode()
        file.write_bytes(gzip.compress(text) if name.endswith(".gz") else text)
        return file

    return write


@pytest.fixture
def take_in(db):
    def take(file, **given):
        return import_sites(file, by=SYSTEM, at=NOON, **given)

    return take


AMT = "101000,Москва,О,127950,Москва,,,,,20110121,"
CITY = "127950,УФПС г. Москвы,УФПС,0,Москва,,,,,20170518,"
OMSK = "644001,Омск 1,О,644960,Омская область,,,Омск,,20200101,"


@pytest.mark.parametrize("name", ["pindx.csv", "pindx.csv.gz", "renamed.txt"])
def test_a_row_becomes_a_nominated_place_everybody_sees(name, register, take_in):
    report = take_in(register(OMSK, name=name))

    site = Site.objects.get()
    assert (report.created, report.updated, report.unchanged) == (1, 0, 0)
    assert (site.number, site.postcode, site.name_ru) == (644001, "644001", "Омск 1")
    assert (site.kind, site.state, site.is_public) == (SiteKind.POST_OFFICE, State.NOMINATED, True)
    assert (site.region, site.city, site.zone) == ("55", "Омск", "Asia/Omsk")


def test_a_place_belongs_to_the_owner_that_was_named(register, take_in, post):
    take_in(register(OMSK), owner=post)

    assert Site.objects.get().owner == post


def test_a_place_hangs_under_the_one_above_it_wherever_that_stands(register, take_in):
    take_in(register(AMT, CITY))

    assert Site.objects.get(number=101000).parent.number == 127950


def test_a_parent_that_is_not_there_is_noted(register, take_in):
    report = take_in(register(AMT, CITY))

    assert report.notes == [
        (3, "127950 names 0 as the place above it, which the register does not have.")
    ]
    assert Site.objects.get(number=127950).parent is None


def test_the_same_file_again_changes_nothing(register, take_in):
    file = register(AMT, CITY, OMSK)
    take_in(file)
    before = list(Site.objects.order_by("pk").values())

    report = take_in(file)

    assert (report.created, report.updated, report.unchanged) == (0, 0, 3)
    assert list(Site.objects.order_by("pk").values()) == before


def test_a_changed_row_updates_the_facts_and_nothing_else(register, take_in):
    take_in(register(AMT, CITY, OMSK))
    Site.objects.filter(number=644001).update(capacity=4, kind=SiteKind.HUB)

    report = take_in(register(AMT, CITY, OMSK.replace("Омск 1", "Омск-главный")))

    site = Site.objects.get(number=644001)
    assert (report.created, report.updated, report.unchanged) == (0, 1, 2)
    assert (site.name_ru, site.capacity, site.kind) == ("Омск-главный", 4, SiteKind.HUB)
    assert find(Site.objects.all(), "главный").get() == site


@pytest.mark.parametrize(
    ("row", "why"),
    [
        ("64400,Омск,О,,Омская область,,,,,20200101,", "“64400” is not a postcode of six digits."),
        ("644001,,О,,Омская область,,,,,20200101,", "The place has no name."),
        ("644001,Омск,О,,Омская область,,,,,2020,", "“2020” is not a date."),
        ("644001,Омск,О", "The row has 3 cells, the header has 11."),
        ("644001,О\x00мск,О,,,,,,,20200101,", "The row holds bytes that are not UTF-8 text."),
    ],
)
def test_a_broken_row_is_named_and_the_rest_goes_in(row, why, register, take_in):
    report = take_in(register(AMT, row, CITY))

    assert report.broken == [(3, why)]
    assert report.created == 2


def test_bytes_in_another_encoding_break_their_row_only(tmp_path, take_in):
    file = tmp_path / "pindx.csv"
    rows = [HEADER.encode(), OMSK.encode("cp1251"), b"\n", AMT.encode(), b"\n"]
    file.write_bytes(b"".join(rows))

    report = take_in(file)

    assert report.broken == [(2, "The row holds bytes that are not UTF-8 text.")]
    assert report.created == 1


def test_the_first_of_two_equal_indexes_counts(register, take_in):
    report = take_in(register(OMSK, OMSK.replace("Омск 1", "Омск 2")))

    assert report.broken == [(3, "The postcode 644001 was already on line 2.")]
    assert Site.objects.get().name_ru == "Омск 1"


def test_an_unknown_region_is_noted(register, take_in):
    report = take_in(register(OMSK.replace("Омская область", "Атлантида").replace("644960", "")))

    assert report.notes == [
        (2, "The region “Атлантида” is not known; the place went in without one.")
    ]
    assert Site.objects.get().region == ""


MANY = [f"{101000 + n},Отделение {n * 7919},О,,Москва,,,,,20110121," for n in range(5000)]


@pytest.mark.parametrize("spoil", [
    lambda packed: packed[:-4000],
    lambda packed: packed[:-1],
    lambda packed: packed[:-2000] + bytes(9) + packed[-1991:],
])  # fmt: skip
def test_of_a_packed_file_that_is_damaged_nothing_goes_in(spoil, register, take_in):
    file = register(*MANY, name="pindx.csv.gz")
    file.write_bytes(spoil(file.read_bytes()))

    with pytest.raises(Refused, match="damaged or cut off; download it anew"):
        take_in(file)

    assert (Site.objects.count(), ImportRun.objects.count()) == (0, 0)


@pytest.mark.parametrize(("end", "told"), [
    (",,,,20110121,\n", "The row has 6 cells, the header has 11."),
    ("121,\n", "The row has 10 cells, the header has 11."),
])  # fmt: skip
def test_where_a_plain_file_breaks_off_is_told(end, told, register, take_in):
    file = register(CITY, AMT)
    file.write_bytes(file.read_bytes().removesuffix(end.encode()))
    told += " The file breaks off here: it may be cut off."

    report = take_in(file)

    assert report.broken == [(3, told)]
    assert report.created == 1


def test_a_broken_last_row_of_a_whole_file_is_only_broken(register, take_in):
    assert take_in(register(CITY, "1,2")).broken == [(3, "The row has 2 cells, the header has 11.")]


def test_a_last_row_without_its_end_of_line_goes_in(register, take_in):
    file = register(CITY, AMT)
    file.write_bytes(file.read_bytes()[:-1])

    report = take_in(file)

    assert (report.created, report.broken) == (2, [])


def workbook(name):
    packed = io.BytesIO()
    with zipfile.ZipFile(packed, "w") as archive:
        archive.writestr(name, "Index")
    return packed.getvalue()


OTHER_KINDS = {
    "empty": (b"", "pindx.csv is empty. Nothing was changed."),
    "utf-16": (HEADER.encode("utf-16"), "pindx.csv is written in UTF-16. Save it as CSV in UTF-8"),
    "excel": (workbook("[Content_Types].xml"), "is a workbook, whatever its name says."),
    "calc": (workbook("content.xml"), "is a workbook, whatever its name says."),
    "half a workbook": (workbook("[Content_Types].xml")[:60], "is a workbook, whatever its name"),
    "old excel": (b"\xd0\xcf\x11\xe0\xa1\xb1", "is a workbook, whatever its name says."),
    "zip": (workbook("pindx.csv"), "is a ZIP archive. Unpack it and name the table in it."),
    "dbase": (b"\x03\x7a\x0b\x1e" + bytes(60), "is a dBASE table. Save it as CSV in UTF-8"),
    "windows": ((HEADER + OMSK).encode("cp1251"), "no text in UTF-8. If it is a table in another"),
    "dos": ((HEADER + OMSK).encode("cp866"), "no text in UTF-8. If it is a table in another"),
    "packed windows": (gzip.compress((HEADER + OMSK).encode("cp1251")), "no text in UTF-8."),
    "wide without a mark": (HEADER.encode("utf-16-le"), "no text in UTF-8."),
    "noise": (random.Random(1).randbytes(20_000), "no text in UTF-8."),
    "web page": (b"\n<!DOCTYPE html><p>Sign in", "This is a web page, not a table;"),
}


@pytest.mark.parametrize("kind", OTHER_KINDS)
def test_what_is_no_table_is_called_by_its_name(kind, tmp_path, take_in):
    content, words = OTHER_KINDS[kind]
    file = tmp_path / "pindx.csv"
    file.write_bytes(content)

    with pytest.raises(Refused) as refused:
        take_in(file)

    assert words in str(refused.value)
    assert ImportRun.objects.count() == 0


def test_a_folder_is_no_file(tmp_path, take_in):
    with pytest.raises(Refused, match="is a folder; name the file in it"):
        take_in(tmp_path)


def test_of_a_header_without_rows_it_is_said_that_there_are_none(register, take_in):
    assert take_in(register()).notes == [(0, "The file holds a header and no rows.")]
    assert take_in(register("1,2")).notes == []


def test_another_table_is_refused_with_the_missing_columns(register, take_in):
    file = register("1,2", header="Index,OPSName\n")

    with pytest.raises(Refused, match="has no columns ActDate, Area, Autonom, City"):
        take_in(file)


def test_a_missing_file_is_refused(tmp_path, take_in):
    with pytest.raises(Refused, match="There is no file"):
        take_in(tmp_path / "none.csv")


def test_one_entry_tells_of_the_run(register, take_in):
    take_in(register(AMT, "1,2"))

    run = ImportRun.objects.get()
    entry = journal.of(run).get()
    assert (run.created, run.broken, run.remarks[0][0]) == (1, 1, 3)
    assert entry.verb == "sites.import"
    assert entry.text.facts == {"created": 1, "updated": 0, "unchanged": 0, "broken": 1}


def test_progress_is_told_from_nothing_to_all(register, take_in):
    told = []
    rows = [f"{101000 + n},Москва {n},О,,Москва,,,,,20110121," for n in range(2500)]

    take_in(register(*rows), progress=lambda share, words: told.append((share, words)))

    assert [words for _share, words in told] == ["1000 rows", "2000 rows"]
    assert 0 < told[0][0] <= told[1][0] <= 1


@pytest.mark.skipif(not REGISTER.exists(), reason=f"the register of indexes is not at {REGISTER}")
def test_the_whole_register_goes_in_twice(take_in):
    first = take_in(REGISTER)
    second = take_in(REGISTER)

    orphans = [words for _line, words in first.notes if "names 0 as the place above" in words]
    assert (first.created, first.updated, first.unchanged, first.broken) == (61_429, 0, 0, [])
    assert (len(first.notes), len(orphans)) == (86, 86)
    assert (second.created, second.updated, second.unchanged) == (0, 0, 61_429)
    assert Site.objects.filter(parent__isnull=True).count() == 86
    assert Site.objects.filter(region="").count() == 0
    assert find(Site.objects.all(), "101000").get().name_ru == "Москва"
