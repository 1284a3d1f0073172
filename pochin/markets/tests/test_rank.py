"""Markets stand in the order of what is known and weighed; what is unknown stays unknown."""

import pytest
from django.conf import settings

from conftest import NOON
from pochin.core.policy import SYSTEM
from pochin.markets import importing
from pochin.markets.figures import figures
from pochin.markets.ranking import WEIGHTS, Facts, rank, yearly_growth

TRADE = settings.DATA / "trade_comtrade_eu"
ONLY_SIZE = dict.fromkeys(WEIGHTS, 0) | {"size": 100}


def test_the_larger_market_comes_first_where_only_size_counts():
    markets = rank([Facts("AAA", size=10.0), Facts("BBB", size=1000.0)], ONLY_SIZE)

    assert [(m.country, m.score) for m in markets] == [("BBB", 1.0), ("AAA", 0.0)]


def test_weights_turn_the_order():
    near, large = Facts("AAA", size=10.0, km=100.0), Facts("BBB", size=1000.0, km=9000.0)
    nearness = dict.fromkeys(WEIGHTS, 0) | {"km": 100}

    assert [m.country for m in rank([near, large], ONLY_SIZE)] == ["BBB", "AAA"]
    assert [m.country for m in rank([near, large], nearness)] == ["AAA", "BBB"]


def test_what_is_not_known_is_not_zero():
    whole = dict.fromkeys(WEIGHTS, 0) | {"size": 50, "tariff": 50}
    known = Facts("AAA", size=1000.0, tariff=30.0)
    unknown = Facts("BBB", size=1000.0)

    markets = {m.country: m for m in rank([known, unknown], whole)}

    assert markets["BBB"].shares["tariff"] is None
    assert markets["BBB"].score > markets["AAA"].score
    assert (markets["AAA"].known, markets["BBB"].known) == (1.0, 0.5)


def test_a_market_of_which_less_than_half_is_known_has_no_place():
    markets = rank([Facts("AAA", tariff=0.0), Facts("BBB", size=1.0, growth=0.1, km=5.0)])

    assert [(m.country, m.score is None) for m in markets] == [("BBB", False), ("AAA", True)]


def test_no_weights_at_all_rank_nobody():
    markets = rank([Facts("AAA", size=1.0)], dict.fromkeys(WEIGHTS, 0))

    assert markets[0].score is None


@pytest.mark.parametrize("growth", [0.25, 0.9, 30.0])
def test_growth_from_tiny_beginnings_counts_no_more_than_steep_growth(growth):
    only = dict.fromkeys(WEIGHTS, 0) | {"growth": 1}

    assert rank([Facts("AAA", growth=growth)], only)[0].score == 1.0


def test_growth_needs_two_years():
    assert yearly_growth({2022: 5.0}) is None
    assert yearly_growth({2018: 0.0, 2022: 5.0}) is None
    assert yearly_growth({2018: 100.0, 2022: 146.41}) == pytest.approx(0.1)


def test_facts_are_read_with_their_years_and_sources(trade):
    of = figures("4407119300")
    facts = {one.country: one for one in of.facts()}

    assert (of.code, of.home) == ("4407", "RUS")
    assert set(facts) == {"ITA", "DEU", "NLD"}
    italy = facts["ITA"]
    assert (italy.size, italy.year, italy.home_share, italy.km) == (2000.0, 2022, 0.25, 2600.0)
    assert italy.growth == pytest.approx(2 ** (1 / 4) - 1)
    assert italy.tariff is None
    assert facts["DEU"].home_share is None
    assert [str(run) for run in of.runs] == ["CEPII", "UN Comtrade"]


def test_where_no_total_is_reported_partners_are_summed_and_it_is_said(trade):
    of = figures("4407")

    assert of.summed == {"NLD"}
    assert of.totals["NLD"] == {2022: 40.0}


def test_a_code_without_flows_has_no_markets(trade):
    assert figures("010121").facts() == []


@pytest.mark.skipif(not TRADE.exists(), reason=f"the data sets are not at {settings.DATA}")
def test_sawn_wood_of_2022_has_its_published_totals_and_growth(db):
    file = TRADE / "eu_imports_world_total.csv.gz"
    importing.import_trade(file, by=SYSTEM, at=NOON, origin="UN Comtrade")

    facts = {one.country: one for one in figures("4407").facts()}

    published = {"ITA": (2.091, 9.0), "DEU": (1.705, 2.3), "NLD": (1.527, 6.1), "FRA": (1.279, 6.4)}
    for country, (billions, growth) in published.items():
        assert round(facts[country].size / 1e9, 3) == billions
        assert round(facts[country].growth * 100, 1) == growth
    assert sorted(facts, key=lambda c: -facts[c].size)[:4] == list(published)
