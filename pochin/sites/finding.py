"""Finding sites by the beginnings of words: index, name, town, district, region."""

from __future__ import annotations

import re
from collections.abc import Iterable

from django.db import connection, models
from django.db.models import Q

from pochin.participants import regions
from pochin.sites.models import Site, Word

WORD = re.compile(r"[0-9a-zа-яё]+")
LONGEST = 40
TABLE = Word._meta.db_table


def words_in(text: str) -> set[str]:
    """The words of a text as they are kept and looked for.

    >>> sorted(words_in("Санкт-Петербург, Почтамт № 1"))
    ['1', 'петербург', 'почтамт', 'санкт']
    """
    return {word[:LONGEST] for word in WORD.findall(text.lower().replace("ё", "е"))}


_REGION_WORDS = {
    region.code: words_in(f"{region.ru} {region.en}") for region in regions.REGIONS.values()
}


def words_of(site: Site) -> set[str]:
    """Every word a site is found by; those of its region are the same for many and stand apart."""
    texts = [site.postcode, str(site.number), site.name_ru, site.name_en, site.area, site.city]
    return words_in(" ".join(texts))


def remember(sites: Iterable[Site]) -> None:
    """Keep the words of these sites, instead of those kept before."""
    sites = list(sites)
    Word.objects.filter(site__in=sites).delete()
    learn(sites)


def learn(sites: Iterable[Site]) -> None:
    """Keep the words of sites that have none yet."""
    rows = [(site.pk, text) for site in sites for text in sorted(words_of(site))]
    with connection.cursor() as cursor:
        # By hand: a quarter of a million objects would cost more than the register itself.
        cursor.executemany(f"INSERT INTO {TABLE} (site_id, text) VALUES (%s, %s)", rows)


def find(sites: models.QuerySet, words: str, *, at_most: int = 0) -> models.QuerySet:
    """The sites that have a word beginning with each of these, or lie in a region that has.

    Args:
        sites: Where to look.
        words: As they were typed.
        at_most: Look no further than so many words that begin with the longest of these; to tell
            that there are many, without reading all of them.
    """
    wanted = words_in(words)
    if not wanted:
        return sites.none()
    for start in sorted(wanted, key=len, reverse=True):
        begun = Word.objects.filter(_begins(start)).values("site")
        if at_most:
            begun, at_most = begun.order_by("text")[:at_most], 0
        having = Q(pk__in=begun)
        if named := [code for code, names in _REGION_WORDS.items() if _any(names, start)]:
            having |= Q(region__in=named)
        sites = sites.filter(having)
    return sites


def _any(names: set[str], start: str) -> bool:
    return any(name.startswith(start) for name in names)


def _begins(start: str) -> Q:
    # Each engine reads the index only when asked in its own way.
    if connection.vendor == "postgresql":
        return Q(text__startswith=start)
    return Q(text__gte=start, text__lt=start + "\U0010ffff")
