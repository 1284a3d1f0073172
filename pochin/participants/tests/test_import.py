"""The extract of the state register goes in whole, and a second time changes nothing."""

import csv
from datetime import date

import pytest
from django.conf import settings

from conftest import NOON
from pochin.core import journal
from pochin.core.policy import SYSTEM
from pochin.participants.importing import COLUMNS, import_organisations
from pochin.participants.models import ImportRun, Organisation, OrganisationState

REGISTER = settings.DATA / "orgs_egrul" / "egrul_orgs.csv"
BASALT = {
    "ogrn": "1027700067328",
    "inn": "7728168971",
    "kpp": "772801001",
    "ogrn_date": "2002-07-26",
    "opf": "Акционерные общества",
    "full_name": 'АКЦИОНЕРНОЕ ОБЩЕСТВО "БАЗАЛЬТ"',
    "short_name": 'АО "БАЗАЛЬТ"',
    "region_code": "77",
    "postcode": "107078",
    "okved": "64.19",
    "status": "",
    "terminated": "",
    "extract_date": "2025-10-30",
}


@pytest.fixture
def register(tmp_path):
    def write(*changes):
        file = tmp_path / "egrul.csv"
        with file.open("w", newline="", encoding="utf-8") as out:
            table = csv.DictWriter(out, sorted(COLUMNS))
            table.writeheader()
            table.writerows(BASALT | change for change in changes)
        return file

    return write


@pytest.fixture
def take_in(db):
    return lambda file: import_organisations(file, by=SYSTEM, at=NOON)


def test_a_row_becomes_an_organisation_that_only_the_staff_sees(register, take_in):
    report = take_in(register({}))

    basalt = Organisation.objects.get()
    assert (report.created, report.updated, report.unchanged) == (1, 0, 0)
    assert (basalt.name_ru, basalt.ogrn, basalt.region) == ('АО "БАЗАЛЬТ"', "1027700067328", "77")
    assert (basalt.founded_on, basalt.is_public) == (date(2002, 7, 26), False)


def test_of_two_rows_the_later_extract_counts_wherever_it_stands(register, take_in):
    newer = {"extract_date": "2025-11-28", "okved": "62.01"}

    report = take_in(register(newer, {}))

    assert Organisation.objects.get().okved == "62.01"
    assert (report.created, report.updated, report.unchanged) == (1, 1, 0)


def test_the_same_file_again_changes_nothing(register, take_in):
    file = register({}, {"extract_date": "2025-11-28"})
    take_in(file)
    before = Organisation.objects.values().get()

    report = take_in(file)

    assert (report.created, report.updated, report.unchanged) == (0, 0, 2)
    assert Organisation.objects.values().get() == before


def test_an_older_extract_brings_nothing_back(register, take_in):
    take_in(register({"extract_date": "2025-11-28", "okved": "62.01"}))

    report = take_in(register({}))

    assert Organisation.objects.get().okved == "62.01"
    assert (report.updated, report.unchanged) == (0, 1)


def test_an_end_in_the_register_closes_the_organisation(register, take_in):
    take_in(register({}))

    take_in(register({"terminated": "2025-11-28", "extract_date": "2025-11-28"}))

    basalt = Organisation.objects.get()
    assert (basalt.state, basalt.ceased_on) == (OrganisationState.CLOSED, date(2025, 11, 28))


def test_what_people_wrote_stays(register, take_in):
    take_in(register({}))
    Organisation.objects.update(name_ru="Базальт", about_ru="Камень.", is_public=True)

    take_in(register({"okved": "62.01", "extract_date": "2025-11-28"}))

    basalt = Organisation.objects.get()
    assert (basalt.name_ru, basalt.about_ru, basalt.is_public) == ("Базальт", "Камень.", True)
    assert basalt.okved == "62.01"


def test_an_organisation_typed_by_hand_is_recognised(register, take_in, db):
    Organisation.objects.create(name_ru="Базальт", inn="7728168971", kpp="772801001")

    report = take_in(register({}))

    assert (report.created, report.updated) == (0, 1)
    assert Organisation.objects.get().ogrn == "1027700067328"


@pytest.mark.parametrize(
    ("change", "why"),
    [
        ({"inn": "7728168972"}, "The INN 7728168972 does not add up: look for a mistyped digit."),
        ({"ogrn": "1027700067329"},
         "The OGRN 1027700067329 does not add up: look for a mistyped digit."),
        ({"kpp": "77280"}, "The KPP 77280 is not nine characters like 770801001."),
        ({"short_name": "", "full_name": ""}, "The organisation has no name."),
        ({"extract_date": "yesterday"}, "“yesterday” is not a date."),
    ],
)  # fmt: skip
def test_a_broken_row_is_named_and_the_rest_goes_in(change, why, register, take_in):
    good = {"inn": "7707083893", "ogrn": "1027700132195", "kpp": "773601001"}

    report = take_in(register(change, good))

    assert report.broken == [(2, why)]
    assert Organisation.objects.get().inn == "7707083893"


def test_one_inn_under_two_ogrn_is_named(register, take_in):
    report = take_in(register({}, {"ogrn": "1027700132195"}))

    words = "The INN 7728168971 with this KPP stands here under another OGRN."
    assert report.broken == [(3, words)]
    assert report.created == 1


def test_one_entry_tells_of_the_run(register, take_in):
    take_in(register({}))

    entry = journal.of(ImportRun.objects.get()).get()

    assert entry.verb == "participants.import"
    assert entry.text.facts == {"created": 1, "updated": 0, "unchanged": 0, "broken": 0}


@pytest.mark.skipif(not REGISTER.exists(), reason=f"the extract is not at {REGISTER}")
def test_the_whole_extract_goes_in_twice(take_in):
    first = take_in(REGISTER)
    second = take_in(REGISTER)

    assert (first.created, first.updated, first.unchanged, first.broken) == (432, 62, 0, [])
    assert (second.created, second.updated, second.unchanged) == (0, 0, 494)
    assert Organisation.objects.filter(region="").count() == 0
    assert Organisation.objects.filter(state=OrganisationState.CLOSED).count() == 16
