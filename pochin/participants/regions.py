"""The regions of Russia: the tax service's codes, names in two languages, time zones."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from babel import Locale
from django.utils.translation import get_language

from pochin.core.tongue import language


@dataclass(frozen=True, slots=True)
class Region:
    """One region; `zone` is the zone in which most of its people live."""

    code: str
    ru: str
    en: str
    zone: str

    def __str__(self) -> str:
        return self.en if language() == "en" else self.ru


MOSCOW = "Europe/Moscow"
URALS = "Asia/Yekaterinburg"
KRASNOYARSK = "Asia/Krasnoyarsk"
YAKUTSK = "Asia/Yakutsk"
VLADIVOSTOK = "Asia/Vladivostok"

# Names are those of the post's register of indexes, so that its rows find their region.
_TABLE = [
    ("01", "Адыгея Республика", "Adygea", MOSCOW),
    ("02", "Башкортостан Республика", "Bashkortostan", URALS),
    ("03", "Бурятия Республика", "Buryatia", "Asia/Irkutsk"),
    ("04", "Алтай Республика", "Altai Republic", "Asia/Barnaul"),
    ("05", "Дагестан Республика", "Dagestan", MOSCOW),
    ("06", "Ингушетия Республика", "Ingushetia", MOSCOW),
    ("07", "Кабардино-Балкарская Республика", "Kabardino-Balkaria", MOSCOW),
    ("08", "Калмыкия Республика", "Kalmykia", MOSCOW),
    ("09", "Карачаево-Черкесская Республика", "Karachay-Cherkessia", MOSCOW),
    ("10", "Карелия Республика", "Karelia", MOSCOW),
    ("11", "Коми Республика", "Komi", MOSCOW),
    ("12", "Марий Эл Республика", "Mari El", MOSCOW),
    ("13", "Мордовия Республика", "Mordovia", MOSCOW),
    ("14", "Саха (Якутия) Республика", "Sakha (Yakutia)", YAKUTSK),
    ("15", "Северная Осетия - Алания Республика", "North Ossetia – Alania", MOSCOW),
    ("16", "Татарстан Республика", "Tatarstan", MOSCOW),
    ("17", "Тыва Республика", "Tuva", KRASNOYARSK),
    ("18", "Удмуртская Республика", "Udmurtia", "Europe/Samara"),
    ("19", "Хакасия Республика", "Khakassia", KRASNOYARSK),
    ("20", "Чеченская Республика", "Chechnya", MOSCOW),
    ("21", "Чувашия Республика", "Chuvashia", MOSCOW),
    ("22", "Алтайский край", "Altai Krai", "Asia/Barnaul"),
    ("23", "Краснодарский край", "Krasnodar Krai", MOSCOW),
    ("24", "Красноярский край", "Krasnoyarsk Krai", KRASNOYARSK),
    ("25", "Приморский край", "Primorye", VLADIVOSTOK),
    ("26", "Ставропольский край", "Stavropol Krai", MOSCOW),
    ("27", "Хабаровский край", "Khabarovsk Krai", VLADIVOSTOK),
    ("28", "Амурская область", "Amur Region", YAKUTSK),
    ("29", "Архангельская область", "Arkhangelsk Region", MOSCOW),
    ("30", "Астраханская область", "Astrakhan Region", "Europe/Astrakhan"),
    ("31", "Белгородская область", "Belgorod Region", MOSCOW),
    ("32", "Брянская область", "Bryansk Region", MOSCOW),
    ("33", "Владимирская область", "Vladimir Region", MOSCOW),
    ("34", "Волгоградская область", "Volgograd Region", "Europe/Volgograd"),
    ("35", "Вологодская область", "Vologda Region", MOSCOW),
    ("36", "Воронежская область", "Voronezh Region", MOSCOW),
    ("37", "Ивановская область", "Ivanovo Region", MOSCOW),
    ("38", "Иркутская область", "Irkutsk Region", "Asia/Irkutsk"),
    ("39", "Калининградская область", "Kaliningrad Region", "Europe/Kaliningrad"),
    ("40", "Калужская область", "Kaluga Region", MOSCOW),
    ("41", "Камчатский край", "Kamchatka Krai", "Asia/Kamchatka"),
    ("42", "Кемеровская область", "Kemerovo Region", "Asia/Novokuznetsk"),
    ("43", "Кировская область", "Kirov Region", "Europe/Kirov"),
    ("44", "Костромская область", "Kostroma Region", MOSCOW),
    ("45", "Курганская область", "Kurgan Region", URALS),
    ("46", "Курская область", "Kursk Region", MOSCOW),
    ("47", "Ленинградская область", "Leningrad Region", MOSCOW),
    ("48", "Липецкая область", "Lipetsk Region", MOSCOW),
    ("49", "Магаданская область", "Magadan Region", "Asia/Magadan"),
    ("50", "Московская область", "Moscow Region", MOSCOW),
    ("51", "Мурманская область", "Murmansk Region", MOSCOW),
    ("52", "Нижегородская область", "Nizhny Novgorod Region", MOSCOW),
    ("53", "Новгородская область", "Novgorod Region", MOSCOW),
    ("54", "Новосибирская область", "Novosibirsk Region", "Asia/Novosibirsk"),
    ("55", "Омская область", "Omsk Region", "Asia/Omsk"),
    ("56", "Оренбургская область", "Orenburg Region", URALS),
    ("57", "Орловская область", "Oryol Region", MOSCOW),
    ("58", "Пензенская область", "Penza Region", MOSCOW),
    ("59", "Пермский край", "Perm Krai", URALS),
    ("60", "Псковская область", "Pskov Region", MOSCOW),
    ("61", "Ростовская область", "Rostov Region", MOSCOW),
    ("62", "Рязанская область", "Ryazan Region", MOSCOW),
    ("63", "Самарская область", "Samara Region", "Europe/Samara"),
    ("64", "Саратовская область", "Saratov Region", "Europe/Saratov"),
    ("65", "Сахалинская область", "Sakhalin Region", "Asia/Sakhalin"),
    ("66", "Свердловская область", "Sverdlovsk Region", URALS),
    ("67", "Смоленская область", "Smolensk Region", MOSCOW),
    ("68", "Тамбовская область", "Tambov Region", MOSCOW),
    ("69", "Тверская область", "Tver Region", MOSCOW),
    ("70", "Томская область", "Tomsk Region", "Asia/Tomsk"),
    ("71", "Тульская область", "Tula Region", MOSCOW),
    ("72", "Тюменская область", "Tyumen Region", URALS),
    ("73", "Ульяновская область", "Ulyanovsk Region", "Europe/Ulyanovsk"),
    ("74", "Челябинская область", "Chelyabinsk Region", URALS),
    ("75", "Забайкальский край", "Zabaykalsky Krai", "Asia/Chita"),
    ("76", "Ярославская область", "Yaroslavl Region", MOSCOW),
    ("77", "Москва", "Moscow", MOSCOW),
    ("78", "Санкт-Петербург", "Saint Petersburg", MOSCOW),
    ("79", "Еврейская автономная область", "Jewish Autonomous Region", VLADIVOSTOK),
    ("83", "Ненецкий автономный округ", "Nenets Autonomous Area", MOSCOW),
    ("86", "Ханты-Мансийский-Югра автономный округ", "Khanty-Mansi Area – Yugra", URALS),
    ("87", "Чукотский автономный округ", "Chukotka", "Asia/Anadyr"),
    ("89", "Ямало-Ненецкий автономный округ", "Yamal-Nenets Area", URALS),
    ("91", "Крым Республика", "Crimea", "Europe/Simferopol"),
    ("92", "Севастополь", "Sevastopol", "Europe/Simferopol"),
    ("99", "Иные территории, Байконур", "Other territories, Baikonur", MOSCOW),
]

REGIONS: dict[str, Region] = {row[0]: Region(*row) for row in _TABLE}


def choices() -> list[tuple[str, Any]]:
    """Codes with names in the language of the page, in the order of the codes."""
    return [(region.code, region) for region in REGIONS.values()]


def name(code: str) -> str:
    """The name of a region in the language of the page; nothing where the code is not known."""
    return str(REGIONS[code]) if code in REGIONS else ""


def country(code: str) -> str:
    """The name of a country in the language of the page; the code where it is not known."""
    return Locale.parse(get_language() or "ru").territories.get(code, code)


def zone(code: str) -> str:
    """The time zone of a region; Moscow where the code is not known."""
    return REGIONS[code].zone if code in REGIONS else MOSCOW
