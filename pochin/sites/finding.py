"""Finding sites by the beginnings of words: index, name, town, district, region."""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass
from functools import lru_cache
from operator import add
from typing import Any

from django.core.exceptions import EmptyResultSet
from django.db import connection, models
from django.db.models import Exists, OuterRef, Q
from django.db.models.expressions import RawSQL

from pochin.participants import regions
from pochin.search.finding import FIRST, placed
from pochin.sites.models import Site, Word
from pochin.ui.counting import counted_each
from pochin.ui.quick import told
from pochin.ui.written import question

WORD = re.compile(r"[0-9a-zа-яё]+")
LONGEST = 40
LAST = "\U0010ffff"  # stands behind every letter
MANY = 1000  # a word of so many sites is as frequent as any other
MOST = FIRST + 40  # words to walk through, as a site may have several that begin alike
TABLE = Word._meta.db_table
WALK = f"""SELECT site.id FROM (
        SELECT site_id, text, text <> %s AS is_begun FROM {TABLE} word
        WHERE {{text}} >= %s AND {{text}} < %s AND EXISTS ({{seen}})
        ORDER BY {{text}}, site_id LIMIT %s
    ) found JOIN {Site._meta.db_table} site ON site.id = found.site_id
    ORDER BY found.is_begun, site.region, site.number"""


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


def find(sites: models.QuerySet, words: str) -> models.QuerySet:
    """The sites that have a word beginning with each of these, or lie in a region that has."""
    wanted = words_in(words)
    if not wanted:
        return sites.none()
    for start in sorted(wanted, key=len, reverse=True):
        sites = sites.filter(Q(pk__in=_begun(start).values("site")) | Q(region__in=_named(start)))
    return sites


@dataclass(frozen=True, slots=True)
class Found:
    """What a search finds first: the keys, best first, and how to find the others."""

    keys: list[int]
    has_more: bool
    words: str

    def narrow(self, sites: models.QuerySet) -> models.QuerySet:
        """All that is found among these, the ranked hits first, the others by their places."""
        found = find(sites, self.words) if self.has_more else sites.filter(pk__in=self.keys)
        return placed(found, self.keys, "region", "number")


def seek(sites: models.QuerySet, words: str) -> Found:
    """The best of what `find` finds: who has the word, who has one that begins so, whose region.

    Walks along the index of words and stops, however many have them.
    """
    wanted = words_in(words)
    if not wanted:
        return Found([], has_more=False, words=words)
    rarest, *others = _by_rarity(wanted, among=sites)
    for start in others:
        begun = _begun(start).filter(site=OuterRef("pk"))
        sites = sites.filter(Exists(begun) | Q(region__in=_named(start)))
    hits, named = _having(sites, rarest), _named(rarest)
    has_more = len(hits) > MOST
    if named and not has_more:
        within = sites.filter(region__in=named).order_by("region", "number")
        lying = told(within.values_list("pk")[: MOST + 1])
        has_more = len(lying) > MOST
        hits += lying
    keys = list(dict.fromkeys(key for (key,) in hits))
    return Found(keys[:FIRST], has_more or len(keys) > FIRST, words)


def _by_rarity(wanted: set[str], *, among: models.QuerySet) -> list[str]:
    """The words of a search, the rarest first; of equally frequent ones the longest."""
    long_first = sorted(wanted, key=lambda start: (-len(start), start))
    if len(wanted) == 1:
        return long_first
    each = [_begun(start) for start in long_first]
    lying = [among.filter(region__in=_named(start)) for start in long_first]
    counts = counted_each([*each, *lying], MANY)
    rarity = dict(zip(long_first, map(add, counts, counts[len(each) :]), strict=False))
    return sorted(long_first, key=lambda start: rarity[start])


def _having(sites: models.QuerySet, start: str) -> list[tuple[Any, ...]]:
    """Those of the sites that have a word beginning so, whole words first, each by its place."""
    text = "text" if connection.vendor == "sqlite" else 'text COLLATE "C"'
    try:
        seen = question(sites, put=_seen)
    except EmptyResultSet:
        return []
    said = WALK.format(text=text, seen=seen.sql)
    with connection.cursor() as cursor:
        cursor.execute(said, [start, start, start + LAST, *seen.given, MOST + 1])
        return cursor.fetchall()


def _seen(sites: models.QuerySet) -> models.QuerySet:
    """Whether the site of a word is among these."""
    return sites.order_by().filter(pk=RawSQL("word.site_id", ())).values("pk")


@lru_cache(maxsize=4096)
def _named(start: str) -> tuple[str, ...]:
    """The regions with a word beginning so."""
    return tuple(
        code
        for code, names in _REGION_WORDS.items()
        if any(name.startswith(start) for name in names)
    )


def _begun(start: str) -> models.QuerySet:
    # Each engine reads the index only when asked in its own way.
    if connection.vendor == "postgresql":
        return Word.objects.filter(text__startswith=start)
    return Word.objects.filter(text__gte=start, text__lt=start + LAST)
