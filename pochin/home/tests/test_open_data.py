"""The public registers as open data: what everybody may see, whole, and described exactly."""

import csv
import io
import json

import pytest
from django.urls import resolve

from pochin.home import open_data
from pochin.home.data_views import GROUPS, _addresses
from pochin.participants.models import Guest

NAMES = list(open_data.REGISTERS)


def taken(browser, name, kind):
    answer = browser.get(f"/data/{name}.{kind}")
    assert answer.status_code == 200
    return b"".join(answer.streaming_content).decode()


@pytest.mark.parametrize("name", NAMES)
def test_a_register_is_the_same_by_csv_and_by_json_and_by_its_description(name, client, need, cast):
    lines = list(csv.DictReader(io.StringIO(taken(client, name, "csv"))))
    things = json.loads(taken(client, name, "json"))
    package = client.get("/data/datapackage.json").json()
    told = next(one for one in package["resources"] if one["name"] == name)
    fields = [one["name"] for one in told["schema"]["fields"]]

    assert len(lines) == len(things) == open_data.count(open_data.REGISTERS[name])
    assert all(list(one) == fields for one in [*lines, *things])
    assert all(one["type"] and one["description"] for one in told["schema"]["fields"])
    assert set(told["schema"]["primaryKey"]) <= set(fields)


def test_whoever_asks_gets_what_everybody_may_see(client, signed_in, vera, need, need_in_check):
    own, everybodys = taken(signed_in(vera), "needs", "csv"), taken(client, "needs", "csv")

    assert own == everybodys
    numbers = [line["number"] for line in csv.DictReader(io.StringIO(own))]
    assert numbers == [str(need.number)]
    assert need_in_check.number != need.number


def test_no_text_of_a_table_is_run_as_a_formula(client, need):
    type(need).objects.update(title_ru='=HYPERLINK("x")')

    assert '''"'=HYPERLINK(""x"")"''' in taken(client, "needs", "csv")
    assert json.loads(taken(client, "needs", "json"))[0]["title_ru"] == '=HYPERLINK("x")'


def test_codes_and_moments_are_written_for_programs(client, need, cast):
    line = next(csv.DictReader(io.StringIO(taken(client, "needs", "csv"))))
    company = json.loads(taken(client, "organisations", "json"))[0]

    assert line["published_at"].endswith("Z")
    assert line["is_demonstration"] in ("true", "false")
    assert isinstance(company["inn"], str)


@pytest.mark.parametrize("path", ["/data/people.csv", "/data/needs.xml", "/data/needs"])
def test_there_are_no_other_files(client, db, path):
    assert client.get(path).status_code == 404


def test_the_licence_is_the_publishers(client, db, settings):
    settings.OPEN_DATA_LICENCE = "CC0-1.0"
    (licence,) = client.get("/data/datapackage.json").json()["licenses"]

    assert licence == {"name": "CC0-1.0", "path": open_data.LICENCES["CC0-1.0"]}
    assert open_data.LICENCES["CC0-1.0"] in client.get("/data/").text


@pytest.mark.parametrize("language", ["ru", "en"])
def test_the_page_tells_every_register_field_and_address(client, db, language):
    client.cookies["pochin_language"] = language
    page = client.get("/data/").text

    for name, register in open_data.REGISTERS.items():
        assert f"/data/{name}.csv" in page
        assert all(f">{one}<" in page for one in register.shape.model_fields)
    addresses = _addresses(resolve("/data/").kwargs["api"])
    assert set(addresses) == set(GROUPS)
    told = page.replace("<wbr>", "")
    for group in addresses.values():
        assert all("/".join((start, *steps)) in told for start, steps in group)


@pytest.mark.parametrize("name", NAMES)
def test_rows_come_in_an_order_that_never_changes(name, db):
    assert open_data.REGISTERS[name].rows(Guest()).ordered
