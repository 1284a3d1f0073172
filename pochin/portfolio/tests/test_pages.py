"""The portfolio: what it counts, for whom, and the lists its figures open."""

import pytest

from pochin.portfolio import pilots


@pytest.mark.parametrize("language", ["ru", "en"])
def test_the_portfolio_shows_the_pilots_with_their_intervals(judged, vera, signed_in, language):
    pilot = judged()
    page = signed_in(vera, language).get("/portfolio/").content.decode()

    assert pilot.code[2:] in page
    assert page.count("<svg") > 3


@pytest.mark.parametrize("stranger", ["anna", "gleb", "zakhar"])
def test_it_is_not_for_those_outside_the_programmes(stranger, cast, signed_in):
    browser = signed_in(getattr(cast, stranger))

    assert browser.get("/portfolio/").status_code == 404
    assert browser.get("/portfolio/turns/").status_code == 404


def test_another_programme_sees_nothing_of_it(judged, ulyana, signed_in):
    pilot = judged()
    page = signed_in(ulyana).get("/portfolio/").content.decode()

    assert pilot.title_en not in page
    assert pilots.followed(ulyana).count() == 0


def test_before_the_release_there_is_no_interval(running, vera):
    [row], _axis = pilots.rows(pilots.followed(vera), vera)

    assert row.verdict is None
    assert "as the plan says" in row.picture


@pytest.mark.parametrize("query", ["", "?open=yes", "?late=yes", "?clock=screening"])
def test_every_figure_of_the_clocks_opens_a_list(submitted, vera, signed_in, query):
    assert signed_in(vera).get(f"/portfolio/turns/{query}").status_code == 200
