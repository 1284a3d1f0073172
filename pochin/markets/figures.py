"""The numbers behind a ranking, read from the registers: each with its year and its source."""

from __future__ import annotations

from collections import defaultdict
from dataclasses import dataclass, field

from django.conf import settings

from pochin.markets.models import WORLD, Country, Distance, Flow, Logistics, Run, Tariff
from pochin.markets.ranking import Facts, yearly_growth

# Growth is taken over so many years up to the last one.
SPAN = 5
Series = dict[int, float]


@dataclass(slots=True)
class Figures:
    """What the registers say on the markets of one code.

    Attributes:
        code: The code the flows are known for: the one asked for or the nearest above it.
        home: The country that sells.
        totals: For each country its imports by year, in US dollars.
        summed: Countries whose total is the sum over partners, for want of a reported one.
        bought: For each country what it bought from the home country, by year.
    """

    code: str
    home: str
    totals: dict[str, Series] = field(default_factory=dict)
    summed: set[str] = field(default_factory=set)
    bought: dict[str, Series] = field(default_factory=dict)
    distances: dict[str, float] = field(default_factory=dict)
    logistics: dict[str, tuple[int, float]] = field(default_factory=dict)
    tariffs: dict[str, tuple[int, float]] = field(default_factory=dict)
    runs: list[Run] = field(default_factory=list)

    def facts(self) -> list[Facts]:
        """One row for every country that reports its imports, but for the home country."""
        return [self._of(country) for country in sorted(self.totals) if country != self.home]

    def _of(self, country: str) -> Facts:
        totals, bought = self.totals[country], self.bought.get(country, {})
        year = max(totals)
        share = bought[year] / totals[year] if year in bought and totals[year] else None
        return Facts(
            country=country,
            size=totals[year],
            growth=yearly_growth(_lately(totals, year)),
            home_share=share,
            home_growth=yearly_growth(_lately(bought, year)),
            km=self.distances.get(country),
            logistics=self.logistics[country][1] if country in self.logistics else None,
            tariff=self.tariffs[country][1] if country in self.tariffs else None,
            year=year,
        )


def _lately(series: Series, last: int) -> Series:
    return {year: value for year, value in series.items() if last - SPAN < year <= last}


def known_code(code: str) -> str:
    """The longest beginning of a code that flows are known for; empty where there is none."""
    for length in (6, 4, 2):
        if len(code) >= length and Flow.objects.filter(code=code[:length]).exists():
            return code[:length]
    return ""


def figures(code: str, home: str = "") -> Figures:
    """Everything the registers say on who buys these goods."""
    home = home or settings.COUNTRY
    of = Figures(known_code(code), home)
    if not of.code:
        return of
    used = {_read_flows(of)}
    used |= {_read_distances(of), _read_logistics(of), _read_tariffs(of, code)}
    keys = set().union(*used)
    of.runs = list(Run.objects.filter(pk__in=keys).order_by("kind", "number"))
    return of


def _read_flows(of: Figures) -> frozenset[int]:
    sums: dict[str, Series] = defaultdict(lambda: defaultdict(float))
    runs = set()
    rows = Flow.objects.filter(code=of.code)
    for reporter, partner, year, value, run in rows.values_list(
        "reporter", "partner", "year", "value", "run_id"
    ).iterator():
        runs.add(run)
        if partner == WORLD:
            of.totals.setdefault(reporter, {})[year] = float(value)
            continue
        sums[reporter][year] += float(value)
        if partner == of.home:
            of.bought.setdefault(reporter, {})[year] = float(value)
    for reporter, series in sums.items():
        if reporter not in of.totals:
            of.totals[reporter] = dict(series)
            of.summed.add(reporter)
    return frozenset(runs)


def _read_distances(of: Figures) -> frozenset[int]:
    rows = Distance.objects.filter(origin=of.home, destination__in=of.totals)
    read = list(rows.values_list("destination", "km", "run_id"))
    of.distances = {country: float(km) for country, km, _run in read}
    return frozenset(run for _country, _km, run in read)


def _read_logistics(of: Figures) -> frozenset[int]:
    rows = Logistics.objects.filter(country__in=of.totals).order_by("year")
    read = list(rows.values_list("country", "year", "score", "run_id"))
    of.logistics = {country: (year, float(score)) for country, year, score, _run in read}
    return frozenset(run for *_rest, run in read)


def _read_tariffs(of: Figures, code: str) -> frozenset[int]:
    """The duty on the longest beginning of the code, of the latest year."""
    beginnings = [code[:length] for length in (2, 4, 6, 8, 10) if len(code) >= length]
    rows = Tariff.objects.filter(country__in=of.totals, code__in=beginnings)
    # Longer codes later, so that the more exact duty stands.
    read = sorted(
        rows.values_list("country", "code", "year", "rate", "run_id"),
        key=lambda row: (len(row[1]), row[2]),
    )
    of.tariffs = {country: (year, float(rate)) for country, _code, year, rate, _run in read}
    return frozenset(run for *_rest, run in read)


def countries() -> dict[str, Country]:
    """Every known country by its three letters."""
    return {country.code: country for country in Country.objects.all()}
