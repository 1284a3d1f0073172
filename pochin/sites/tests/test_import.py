"""The register of postal indexes goes in whole, and a second time changes nothing."""

import gzip

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


def test_a_file_cut_off_keeps_what_was_before(register, take_in):
    rows = [f"{101000 + n},Отделение {n * 7919},О,,Москва,,,,,20110121," for n in range(5000)]
    file = register(*rows, name="pindx.csv.gz")
    file.write_bytes(file.read_bytes()[:-4000])

    report = take_in(file)

    assert [why for _line, why in report.broken] == [
        "The file is cut off after this line; the rows before it went in."
    ]
    assert 0 < report.created < 5000


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
