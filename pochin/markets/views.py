"""Pages of the registers of trade: codes of goods, markets for them, where the numbers are from."""

from __future__ import annotations

from typing import Any
from urllib.parse import urlencode

from django.core.exceptions import BadRequest
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseBase
from django.urls import reverse
from django.utils.translation import gettext as _t
from django.utils.translation import gettext_lazy as _

from pochin.markets import nomenclature
from pochin.markets.figures import Figures, countries, figures
from pochin.markets.listing import HeadingListing, RunListing, run_words
from pochin.markets.models import Flow, Heading, Run
from pochin.markets.ranking import CRITERIA, WEIGHTS, Market, rank
from pochin.ui import access, charts, files_out, formats
from pochin.ui.pieces import Link
from pochin.ui.shortcuts import page, visible_or_404

MOST = 100  # the greatest weight of a criterion


@access.shows(Heading, public=True)
def index(request: HttpRequest) -> HttpResponseBase:
    """The codes of goods, found by their words in two languages or by their digits."""
    things = Heading.objects.visible_to(request.user)
    return HeadingListing(request, things).respond(
        "markets/index.html", has_sources=_knows_sources(request)
    )


@access.shows(Heading, public=True)
def check_code(request: HttpRequest) -> HttpResponse:
    """Say of a written code whether it is right, and which are nearest where it is not."""
    written = request.GET.get("code", "").strip()
    checked = nomenclature.check(written) if written else None
    return page(
        request, "markets/check.html", "answer", written=written, checked=checked, crumbs=_crumbs()
    )


@access.shows(Run)
def sources(request: HttpRequest) -> HttpResponseBase:
    """Which files the numbers were read from, and what came of it."""
    runs = Run.objects.visible_to(request.user)
    return RunListing(request, runs).respond("markets/sources.html", crumbs=_crumbs(_("Sources")))


@access.shows(Heading, public=True)
def heading_page(request: HttpRequest, code: str) -> HttpResponse:
    """One code: what it is, what stands above and below it, who buys it."""
    heading = visible_or_404(Heading, request.user, code=code)
    above = nomenclature.path(heading)
    return page(
        request,
        "markets/heading.html",
        heading=heading,
        facts_list=_facts(heading),
        above=above[:-1],
        inside=nomenclature.inside(heading),
        known=figures(code).code,
        crumbs=_crumbs(heading.written),
    )


@access.shows(Heading, public=True)
def ranking_page(request: HttpRequest, code: str) -> HttpResponseBase:
    """The markets for these goods in order, by weights the reader moves and sees."""
    heading = visible_or_404(Heading, request.user, code=code)
    weights, taken = _weights(request)
    of = figures(code)
    markets = rank(of.facts(), weights)
    known = countries()
    if taken:
        return _file(taken, heading, markets, known)
    rows = [
        _row(heading, place, market, of, known, _moved(weights))
        for place, market in enumerate(markets, 1)
    ]
    return page(
        request,
        "markets/ranking.html",
        "table",
        heading=heading,
        of=of,
        home=known.get(of.home, of.home),
        rows=rows,
        first=rows[0] if rows and rows[0]["place"] else None,
        criteria=[(c.name, c.label, weights[c.name]) for c in CRITERIA],
        query="&".join(f"{name}={weight}" for name, weight in weights.items()),
        sources=[run_words(run) for run in of.runs],
        others=[] if rows else with_figures(request.user),
        crumbs=_crumbs(_("Markets"), heading),
    )


def with_figures(user: Any) -> list[Heading]:
    """The codes whose trade is known, the first ten; a way on from a code without figures."""
    codes = Flow.objects.values("code").distinct()
    return list(Heading.objects.visible_to(user).filter(code__in=codes).order_by("code")[:10])


@access.shows(Heading, public=True)
def market_page(request: HttpRequest, code: str, country: str) -> HttpResponse:
    """The numbers behind the score of one market, each with its year and its source."""
    heading = visible_or_404(Heading, request.user, code=code)
    weights, taken = _weights(request)
    if taken:
        raise BadRequest("unknown parameter")
    of = figures(code)
    markets = rank(of.facts(), weights)
    found = next((market for market in markets if market.country == country), None)
    if found is None:
        raise Http404
    known = countries()
    return page(
        request,
        "markets/market.html",
        heading=heading,
        of=of,
        market=found,
        name=known.get(country, country),
        home=known.get(of.home, of.home),
        score=_score(found),
        parts=_parts(found, of, weights),
        is_usual=weights == WEIGHTS,
        query=_moved(weights),
        years=_years(country, of),
        picture=_picture(country, of, known.get(country, country)),
        sources=[run_words(run) for run in of.runs],
        crumbs=[*_crumbs(_("Markets"), heading), Link(label=known.get(country, country))],
    )


def _crumbs(label: Any = "", heading: Heading | None = None) -> list[Link]:
    links = [Link(label=_("Codes of goods"), url=reverse("markets:index"))]
    if heading:
        links.append(Link(label=heading.written, url=heading.get_absolute_url()))
    return [*links, Link(label=label)] if label else links


def _knows_sources(request: HttpRequest) -> bool:
    return Run.objects.visible_to(request.user).exists()


def _facts(heading: Heading) -> list[tuple[Any, Any]]:
    editions = [
        (heading.in_hs2022, _t("HS 2022")),
        (heading.in_eaeu, _t("nomenclature of the Eurasian union")),
        (heading.in_hs2017, _t("HS 2017")),
    ]
    rows = [
        (_("In Russian"), heading.name_ru),
        (_("In English"), heading.name_en),
        (_("Unit"), heading.unit_words),
        (_("Import duty of the Eurasian union"), heading.duty_words),
        (_("Stands in"), ", ".join(words for stands, words in editions if stands)),
    ]
    return [(word, value) for word, value in rows if value]


def _weights(request: HttpRequest) -> tuple[dict[str, int], str]:
    """The weights of the address, and the kind of file asked for; else the usual ones."""
    given = request.GET.dict()
    taken = given.pop("file", "")
    if set(given) - set(WEIGHTS) or (taken and taken not in files_out.KINDS):
        raise BadRequest("unknown parameter")
    weights = dict(WEIGHTS)
    for name, text in given.items():
        if not (text.isdecimal() and len(text) <= 3 and int(text) <= MOST):
            raise BadRequest("unknown parameter")
        weights[name] = int(text)
    return weights, taken


def _moved(weights: dict[str, int]) -> str:
    """The end of an address that carries the weights on; empty where they are the usual ones."""
    moved = {name: weight for name, weight in weights.items() if weight != WEIGHTS[name]}
    return f"?{urlencode(moved)}" if moved else ""


def _row(
    heading: Heading,
    place: int,
    market: Market,
    of: Figures,
    known: dict[str, Any],
    query: str,
) -> dict[str, Any]:
    address = reverse("markets:market", args=[heading.code, market.country])
    return {
        "place": place if market.score is not None else None,
        "name": known.get(market.country, market.country),
        "href": f"{address}{query}",
        "score": _score(market),
        "known": market.known,
        "is_sum": market.country in of.summed,
        "cells": [
            {
                "label": criterion.label,
                "words": _value(criterion.name, value),
                "is_known": value is not None,
                "year": _year_of(criterion.name, market, of),
            }
            for criterion in CRITERIA
            for value in [getattr(market.facts, criterion.name)]
        ],
    }


def _score(market: Market) -> float | None:
    return None if market.score is None else market.score * 100


def _value(name: str, value: Any) -> str:
    if value is None:
        return _t("not known")
    if name == "size":
        return formats.money(value, "USD", short=True)
    if name in {"growth", "home_growth", "home_share"}:
        # A share that is small is not none.
        places = 2 if name == "home_share" and 0 < value < 0.001 else 1
        return formats.percent(value, places=places, sign=name != "home_share")
    if name == "km":
        return formats.with_unit(value, _t("km"), places=0)
    if name == "tariff":
        return formats.percent(value / 100)
    return formats.number(value, places=2)


def _year_of(name: str, market: Market, of: Figures) -> int | None:
    if name in {"size", "growth", "home_share", "home_growth"}:
        return market.facts.year
    kept = {"logistics": of.logistics, "tariff": of.tariffs}.get(name, {})
    return kept[market.country][0] if market.country in kept else None


def _parts(market: Market, of: Figures, weights: dict[str, int]) -> list[dict[str, Any]]:
    """What each criterion gave: its number, its year, its share and its weight."""
    return [
        {
            "label": criterion.label,
            "value": _value(criterion.name, getattr(market.facts, criterion.name)),
            "year": _year_of(criterion.name, market, of),
            "share": market.shares[criterion.name],
            "weight": weights[criterion.name],
        }
        for criterion in CRITERIA
    ]


def _years(country: str, of: Figures) -> list[dict[str, Any]]:
    totals, bought = of.totals[country], of.bought.get(country, {})
    return [
        {"year": year, "total": totals[year], "bought": bought.get(year)}
        for year in sorted(totals, reverse=True)
    ]


def _picture(country: str, of: Figures, name: Any) -> Any:
    totals = of.totals[country]
    if len(totals) < 2:
        return ""
    label = _t("Imports of %(country)s by year") % {"country": name}
    return charts.sparkline([totals[year] for year in sorted(totals)], label=label)


def _file(
    kind: str, heading: Heading, markets: list[Market], known: dict[str, Any]
) -> HttpResponseBase:
    heads = ["place", "country", "name", "score", "known", "year", *WEIGHTS]
    lines = [
        [
            place if market.score is not None else None,
            market.country,
            str(known.get(market.country, market.country)),
            None if market.score is None else round(market.score, 4),
            round(market.known, 4),
            market.facts.year,
            *(getattr(market.facts, name) for name in WEIGHTS),
        ]
        for place, market in enumerate(markets, 1)
    ]
    return files_out.answer(kind, f"markets-{heading.code}", heads, lines)
