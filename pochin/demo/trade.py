"""A few facts of trade for the demonstration: codes of goods, markets for one of them, rates.

Sources: the Harmonised System of 2022 and the tariff of the Eurasian union of June 2026 (codes and
duties, names shortened by us); UN Comtrade (imports of heading 4415, thousands of US dollars);
CEPII (distances, km); World Bank, logistics performance index of 2016. The rates are invented.
"""

from __future__ import annotations

from datetime import date, datetime, timedelta
from decimal import Decimal

from pochin.core import numbers
from pochin.markets.models import (
    WORLD,
    Country,
    Distance,
    Flow,
    Heading,
    Logistics,
    Rate,
    Run,
)

# fmt: off
# Code, name in Russian, name in English, unit, import duty of the Eurasian union.
CODES = [
    ("04", "Молочные продукты, яйца, мёд", "Dairy produce, eggs, honey", "", ""),
    ("0409", "Мёд натуральный", "Natural honey", "", ""),
    ("040900", "Мёд натуральный", "Natural honey", "", ""),
    ("0409000000", "Мёд натуральный", "Natural honey", "", "15%"),
    ("39", "Пластмассы и изделия из них", "Plastics and articles of them", "", ""),
    ("3923", "Изделия из пластмасс для упаковки и перевозки", "Plastic articles for packing and conveyance", "", ""),
    ("392310", "Коробки и ящики из пластмасс", "Boxes and crates of plastics", "", ""),
    ("3923100000", "Коробки, ящики, корзины из пластмасс", "Boxes, crates, baskets of plastics", "", "6.5%"),
    ("44", "Древесина и изделия из неё", "Wood and articles of wood", "", ""),
    ("4415", "Деревянная тара и поддоны", "Packings and pallets of wood", "", ""),
    ("441510", "Ящики, коробки, барабаны из древесины", "Cases, boxes, drums of wood", "", ""),
    ("4415101000", "Ящики и коробки из древесины", "Cases and boxes of wood", "", "9%"),
    ("48", "Бумага и картон", "Paper and paperboard", "", ""),
    ("4819", "Упаковка из бумаги и картона", "Packings of paper and paperboard", "", ""),
    ("481910", "Коробки из гофрированного картона", "Boxes of corrugated paperboard", "", ""),
    ("4819100000", "Коробки и ящики из гофрированного картона", "Boxes and cases of corrugated paperboard", "", "5%"),
    ("481920", "Складные коробки из картона", "Folding boxes of paperboard", "", ""),
    ("4819200000", "Складные коробки из негофрированного картона", "Folding boxes of flat paperboard", "", "5%"),
    ("84", "Машины и механизмы", "Machinery and mechanical appliances", "", ""),
    ("8423", "Весы и устройства взвешивания", "Weighing machines", "", ""),
    ("842320", "Весы для взвешивания на конвейере", "Scales for weighing on conveyors", "шт", ""),
    ("8423200000", "Весы непрерывного взвешивания на конвейере", "Continuous conveyor scales", "шт", "0"),
    ("842382", "Весы от 30 до 5000 кг", "Scales from 30 to 5000 kg", "шт", ""),
    ("8423829000", "Весы от 30 до 5000 кг, прочие", "Scales from 30 to 5000 kg, other", "шт", "0"),
    ("8428", "Подъёмно-транспортные устройства", "Lifting and handling machinery", "", ""),
    ("842833", "Ленточные конвейеры", "Belt conveyors", "шт", ""),
    ("8428330000", "Ленточные конвейеры, прочие", "Belt conveyors, other", "шт", "0"),
    ("8471", "Вычислительные машины и считыватели", "Computers and readers", "", ""),
    ("847190", "Оптические и магнитные считыватели", "Optical and magnetic readers", "шт", ""),
    ("8471900000", "Считывающие устройства, прочие", "Readers, other", "шт", "0"),
    ("8472", "Конторское оборудование", "Office machines", "", ""),
    ("847230", "Машины для обработки почты", "Machines for handling mail", "шт", ""),
    ("8472300000", "Машины для сортировки и вскрытия почты", "Machines for sorting and opening mail", "шт", "0"),
    ("85", "Электрические машины и оборудование", "Electrical machinery", "", ""),
    ("8525", "Камеры и передающая аппаратура", "Cameras and transmission apparatus", "", ""),
    ("852589", "Камеры прочие", "Cameras, other", "шт", ""),
    ("8525893000", "Цифровые камеры", "Digital cameras", "шт", "0"),
    ("8531", "Звуковые и световые сигналы", "Signalling apparatus", "", ""),
    ("853120", "Табло с жидкими кристаллами или светодиодами", "Panels with LCD or LED", "шт", ""),
    ("8531209500", "Световые табло, прочие", "Indicator panels, other", "шт", "0"),
    ("8543", "Электрические аппараты прочие", "Other electrical apparatus", "", ""),
    ("854370", "Электрические аппараты с собственной функцией", "Electrical apparatus with a function of its own", "шт", ""),
    ("8543708000", "Электрические аппараты прочие", "Electrical apparatus, other", "шт", "0"),
    ("90", "Приборы", "Instruments", "", ""),
    ("9025", "Термометры и гигрометры", "Thermometers and hygrometers", "", ""),
    ("902519", "Термометры прочие", "Thermometers, other", "шт", ""),
    ("9025198009", "Термометры прочие", "Thermometers, other", "шт", "5%"),
    ("9031", "Измерительные приборы прочие", "Other measuring instruments", "", ""),
    ("903149", "Оптические измерительные приборы", "Optical measuring instruments", "шт", ""),
    ("9031499000", "Оптические измерительные приборы, прочие", "Optical measuring instruments, other", "шт", "0"),
]
# Country, letters, currency, km from Russia, logistics, imports of 4415 in 2018, 2020, 2022,
# the same from Russia; None where nothing is reported.
MARKETS = [
    ("DEU", "DE", "EUR", "2654.6", "4.23", (652865, 557671, 1175182), (14002, 8513, 14340)),
    ("FRA", "FR", "EUR", "3350.9", "3.90", (295655, 261312, 484436), (82, 691, 438)),
    ("NLD", "NL", "EUR", "2899.7", "4.19", (259432, 213749, 469345), (810, 1799, 1193)),
    ("ITA", "IT", "EUR", "3101.4", "3.76", (197993, 189942, 435886), (428, 114, None)),
    ("BEL", "BE", "EUR", "3010.8", "4.11", (225944, 218336, 333281), (428, 937, 159)),
    ("AUT", "AT", "EUR", "2527.1", "4.10", (140355, 133093, 264147), (20, 7, 0)),
    ("POL", "PL", "PLN", "2067.1", "3.43", (84543, 83670, 180670), (201, 1248, 1799)),
    ("CZE", "CZ", "CZK", "2388.0", "3.67", (95807, 93928, 173348), (28, 16, 23)),
    ("SWE", "SE", "SEK", "2081.8", "4.20", (92326, 81789, 168371), (23, 0, 3)),
    ("DNK", "DK", "DKK", "2379.3", "3.82", (77777, 67745, 146254), (None, None, 0)),
    ("ESP", "ES", "EUR", "4180.5", "3.73", (83100, 70220, 114684), (None, 50, 33)),
    ("HUN", "HU", "HUF", "2334.3", "3.43", (59971, 47582, 99864), (112, 60, 30)),
]
# Countries named by projects though nothing is known of their trade in the table above.
OTHERS = [
    ("RUS", "RU", "RUB"), ("KAZ", "KZ", "KZT"), ("BLR", "BY", "BYN"), ("UZB", "UZ", "UZS"),
    ("CHN", "CN", "CNY"), ("IND", "IN", "INR"), ("TUR", "TR", "TRY"), ("ARM", "AM", "AMD"),
    ("SRB", "RS", "RSD"), ("ARE", "AE", "AED"),
]
FAR = [("KAZ", "2152.8", "2.75"), ("BLR", "1495.4", "2.40"), ("UZB", "2528.9", "2.40"),
       ("CHN", "5506.7", "3.66"), ("IND", "4628.1", "3.42"), ("TUR", "2422.1", "3.42"),
       ("ARM", "2080.5", "2.21")]
# fmt: on
YEARS = (2018, 2020, 2022)
INVENTED = [("USD", 1, "90.50"), ("EUR", 1, "98.20"), ("CNY", 1, "12.45"), ("KZT", 100, "17.80")]


def bring(*, now: datetime) -> None:
    """Put the facts into the registers, each with where it is from."""
    goods = _run("hs2022", "HS 2022; tariff of the Eurasian union, June 2026", now)
    Heading.objects.bulk_create(
        Heading(
            run=goods, code=code, digits=len(code), name_ru=ru, name_en=en, unit=unit, duty=duty,
            in_hs2022=len(code) <= 6, in_eaeu=True,
        )
        for code, ru, en, unit, duty in CODES
    )  # fmt: skip
    # HS 2022 divided the cameras of this code among 8525 81, 82, 83 and 89.
    Heading.objects.create(
        run=goods, code="852580", digits=6, in_hs2017=True,
        name_2017="Television cameras, digital cameras and video camera recorders",
    )  # fmt: skip
    lands = _run("countries", "ISO 3166, ISO 4217", now)
    known = [(row[0], row[1], row[2]) for row in MARKETS] + OTHERS
    Country.objects.bulk_create(
        Country(run=lands, code=code, alpha2=alpha2, currency=currency)
        for code, alpha2, currency in known
    )
    _trade(now)
    rates = _run("rates", "Demonstration data", now)
    Rate.objects.bulk_create(
        Rate(run=rates, currency=currency, day=day, nominal=nominal, roubles=Decimal(value))
        for day in _days(now.date())
        for currency, nominal, value in INVENTED
    )


def _trade(now: datetime) -> None:
    flows = _run("flows", "UN Comtrade, HS 4415", now)
    Flow.objects.bulk_create(
        Flow(run=flows, reporter=row[0], partner=partner, code="4415", year=year,
             value=Decimal(value) * 1000)
        for row in MARKETS
        for partner, series in ((WORLD, row[5]), ("RUS", row[6]))
        for year, value in zip(YEARS, series, strict=True)
        if value is not None
    )  # fmt: skip
    far = [(row[0], row[3], row[4]) for row in MARKETS] + FAR
    distances = _run("distances", "CEPII", now)
    Distance.objects.bulk_create(
        Distance(run=distances, origin="RUS", destination=code, km=Decimal(km))
        for code, km, _score in far
    )
    index = _run("logistics", "World Bank, LPI 2016", now)
    Logistics.objects.bulk_create(
        Logistics(run=index, country=code, year=2016, score=Decimal(score))
        for code, _km, score in far
    )


def _run(kind: str, origin: str, now: datetime) -> Run:
    number = numbers.following("import of trade")
    return Run.objects.create(number=number, kind=kind, file="—", origin=origin, at=now)


def _days(last: date) -> list[date]:
    """A day in every week of the last year, so that every day has a rate."""
    return [last - timedelta(days=7 * weeks) for weeks in range(60)]
