"""The vocabulary of each kind: what a word that was asked for can mean there.

Triggers keep it beside the index; a word that nobody says any more stays until the next night. So
it may know more words than there are documents to find, and never fewer.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple

from django.db import connection

from pochin.search.words import Term

# A beginning of more words than these is asked for as it is: to walk along each would take longer.
MOST = 100
LAST = "\U0010ffff"  # stands behind every letter
KEPT = 3  # a word is kept if it has so many letters at least, and begins with no digit in them
DIGITS = frozenset("0123456789")

FORGET = "DELETE FROM search_word WHERE kind_id = %s"
SAID = {
    "sqlite": """SELECT DISTINCT d.kind_id, said.value FROM search_document d, json_each(
            '["' || replace(ltrim(rtrim(d.title) || rtrim(d.words)), ' ', '","') || '"]'
        ) said
        WHERE d.kind_id = %s AND said.value GLOB '[^0-9][^0-9][^0-9]*'""",
    "postgresql": """SELECT DISTINCT d.kind_id, said.word
        FROM search_document d,
            unnest(string_to_array(ltrim(rtrim(d.title) || rtrim(d.words)), ' ')) said (word)
        WHERE d.kind_id = %s AND said.word ~ '^[^0-9]{3}'""",
}
EXACT = "SELECT kind_id, word FROM search_word WHERE kind_id IN ({kinds}) AND word IN ({words})"
BEGUN = """SELECT * FROM (
    SELECT DISTINCT kind_id, word FROM search_word
    WHERE kind_id = {kind} AND word >= %s AND word < %s ORDER BY kind_id, word LIMIT {most}
) begun{kind}"""


class Meaning(NamedTuple):
    """What a word that was asked for can mean in one kind of thing.

    Attributes:
        whole: The words it may be a form of.
        beginning: The same as typed, where it may be the beginning of others.
        begun: Those others; none where they are too many to name them.
    """

    whole: tuple[str, ...]
    beginning: str = ""
    begun: tuple[str, ...] = ()

    def __bool__(self) -> bool:
        return bool(self.whole or self.beginning)


def meanings(kinds: Sequence[int], asked: Sequence[Term]) -> dict[int, tuple[Meaning, ...]]:
    """What each of the words can mean in each of these kinds; asked once for all of them."""
    known: dict[int, set[str]] = {kind: set() for kind in kinds}
    for kind, word in _read(kinds, asked):
        known[kind].add(word)
    return {kind: tuple([_meaning(term, words) for term in asked]) for kind, words in known.items()}


def _read(kinds: Sequence[int], asked: Sequence[Term]) -> list[tuple[int, str]]:
    queries, given = [], []
    if forms := [form for term in asked for form in term.forms if _is_kept(form)]:
        marks = ", ".join(["%s"] * len(forms))
        queries.append(EXACT.format(kinds=", ".join(map(str, kinds)), words=marks))
        given += forms
    for term in asked:
        if term.beginning:
            queries += [BEGUN.format(kind=kind, most=MOST + 1) for kind in kinds]
            given += [term.beginning, term.beginning + LAST] * len(kinds)
    if not queries:
        return []
    with connection.cursor() as cursor:
        cursor.execute(" UNION ALL ".join(queries), given)
        return cursor.fetchall()


def _meaning(term: Term, known: set[str]) -> Meaning:
    whole = tuple([form for form in term.forms if form in known or not _is_kept(form)])
    begun = {word for word in known if term.beginning and word.startswith(term.beginning)}
    if len(begun) > MOST:
        return Meaning(whole, term.beginning)
    others = begun.difference(whole)
    return Meaning(whole, term.beginning, tuple(sorted(others))) if others else Meaning(whole)


def _is_kept(word: str) -> bool:
    """Whether the vocabulary has a word that is said; of others it knows nothing."""
    return len(word) >= KEPT and DIGITS.isdisjoint(word[:KEPT])


def learn_anew(kind: int) -> None:
    """Know the words of a kind that are said now, and no others."""
    with connection.cursor() as cursor:
        cursor.execute(FORGET, [kind])
        cursor.execute(f"INSERT INTO search_word (kind_id, word) {SAID[connection.vendor]}", [kind])
