"""The pages of goods and markets: public, whole in both languages, honest about what is missing."""

import csv
import io

import pytest
import python_calamine
from django.db import connection
from django.test.utils import CaptureQueriesContext

from pochin.markets.models import Heading


@pytest.mark.parametrize("words", ["сосновые доски", "pine", "4407"])
def test_guests_find_a_code_by_words_or_digits(words, goods, client):
    answer = client.get("/markets/", {"q": words})

    assert answer.status_code == 200
    assert b"4407" in answer.content


def test_the_page_of_a_code_says_where_it_stands(goods, client):
    page = client.get("/markets/4407119300/").content.decode()

    assert "4407 11 930 0" in page
    assert 'href="/markets/440711/"' in page


@pytest.mark.parametrize("code", ["440710", "999999", "wood"])
def test_codes_that_do_not_stand_today_have_no_page(code, goods, client):
    assert client.get(f"/markets/{code}/").status_code == 404


def test_a_wrong_code_is_answered_with_the_nearest(goods, client):
    page = client.get("/markets/check/", {"code": "440713"}).content.decode()

    assert "440713" in page
    assert 'href="/markets/440712/"' in page


def test_the_ranking_says_what_is_missing_and_where_numbers_are_from(trade, client):
    client.cookies["pochin_language"] = "en"
    page = client.get("/markets/4407119300/ranking/").content.decode()

    assert "Trade is counted for the wider heading 4407." in page
    assert page.index("Italy") < page.index("Germany")
    assert "not known" in page
    assert "UN Comtrade" in page
    assert "sum of partners" in page


def test_moved_weights_stay_in_the_address_and_in_the_file(trade, client):
    asked = {"size": "0", "growth": "0", "home_share": "0", "home_growth": "0", "km": "100",
             "logistics": "0", "tariff": "0", "file": "csv"}  # fmt: skip
    text = b"".join(client.get("/markets/4407/ranking/", asked).streaming_content).decode()

    rows = list(csv.DictReader(io.StringIO(text.removeprefix("\ufeff")), delimiter=";"))
    assert [(row["place"], row["country"], row["score"]) for row in rows] == [
        ("1", "DEU", "1,0"),
        ("2", "ITA", "0,0"),
        ("", "NLD", ""),
    ]
    assert rows[0]["tariff"] == ""


@pytest.mark.parametrize("asked", [{"size": "101"}, {"size": "-1"}, {"colour": "1"}, {"file": "x"}])
def test_unknown_weights_are_refused(asked, trade, client):
    assert client.get("/markets/4407/ranking/", asked).status_code == 400


def test_each_score_opens_its_numbers(trade, client):
    client.cookies["pochin_language"] = "en"
    page = client.get("/markets/4407/ranking/ITA/").content.decode()

    assert "2022" in page
    assert "2018" in page
    assert "CEPII" in page
    assert "25.0%" in page


@pytest.mark.parametrize("country", ["RUS", "ZZZ"])
def test_a_country_that_is_no_market_has_no_page(country, trade, client):
    assert client.get(f"/markets/4407/ranking/{country}/").status_code == 404


def test_sources_are_for_those_who_work_with_them(trade, cast, signed_in):
    assert b"CEPII" in signed_in(cast.vera).get("/markets/sources/").content
    assert b"CEPII" not in signed_in(cast.anna).get("/markets/sources/").content


@pytest.mark.parametrize("address", ["/markets/", "/markets/4407/ranking/", "/markets/check/"])
def test_pages_speak_the_language_of_their_reader(address, trade, client):
    client.cookies["pochin_language"] = "ru"
    russian = client.get(address).content.decode()
    client.cookies["pochin_language"] = "en"
    english = client.get(address).content.decode()

    assert 'lang="ru"' in russian
    assert 'lang="en"' in english


def counted(client, path):
    """How many rows a list has, and how often it asks the database."""
    client.get(path)
    with CaptureQueriesContext(connection) as queries:
        answer = client.get(path)
    return answer.context["listing"].total, len(queries)


def test_more_codes_and_more_sources_take_no_more_queries(goods, vera, signed_in, request):
    client = signed_in(vera)
    few, of_few = counted(client, "/markets/?q=pine")
    several, of_several = counted(client, "/markets/")
    files, of_files = counted(client, "/markets/sources/")
    request.getfixturevalue("trade")
    more_files, of_more_files = counted(client, "/markets/sources/")

    assert (few < several, files < more_files) == (True, True)
    # The words that begin so are asked first, then what has them in its title, what has them, and
    # its rows.
    assert (of_several, of_more_files) == (of_few - 3, of_files)


def test_a_score_opens_the_numbers_of_the_weights_it_was_made_with(trade, client):
    client.cookies["pochin_language"] = "en"
    asked = {"size": "0", "growth": "0", "home_share": "0", "home_growth": "0", "km": "100",
             "logistics": "0", "tariff": "0"}  # fmt: skip
    ranking = client.get("/markets/4407/ranking/", asked).content.decode()
    [address] = [part.partition('"')[0] for part in ranking.split('href="')[1:]
                 if part.startswith("/markets/4407/ranking/DEU/")]  # fmt: skip

    page = client.get(address.replace("&amp;", "&")).content.decode()

    assert "with the weights you chose" in page
    assert '<p class="big num">100</p>' in page
    assert "km=100" in page.partition("All markets")[0]
    usual = client.get("/markets/4407/ranking/DEU/").content.decode()
    assert "with the usual weights" in usual
    assert '<p class="big num">100</p>' not in usual


@pytest.mark.parametrize("query", ["size=101", "size=x", "file=csv", "none=1"])
def test_the_page_of_a_market_refuses_weights_it_does_not_know(query, trade, client):
    assert client.get(f"/markets/4407/ranking/DEU/?{query}").status_code == 400


def test_codes_taken_out_keep_their_zeros_in_a_spreadsheet(goods, client):
    Heading.objects.create(
        run=Heading.objects.first().run, code="040900", digits=6, name_ru="Мёд", name_en="Honey",
        in_hs2022=True,
    )  # fmt: skip
    text = b"".join(client.get("/markets/?q=0409&file=csv").streaming_content).decode()
    sheet = client.get("/markets/?q=0409&file=xlsx").content
    rows = python_calamine.CalamineWorkbook.from_filelike(io.BytesIO(sheet)).get_sheet_by_index(0)

    assert text.splitlines()[1].startswith("\t040900;")
    assert rows.to_python()[1][0] == "040900"
