"""The ways of asking the index for words: what is said to it, and what a hit is worth.

The strictest comes first: all words in the title, then all of them anywhere, then all of them but
begun, at last some of them.
"""

from __future__ import annotations

from collections.abc import Iterator
from enum import IntEnum, auto
from functools import lru_cache
from typing import NamedTuple

from django.db import connection

from pochin.search.vocabulary import Meaning

IS_ITS_NUMBER, IN_TITLE, IN_TEXT = 100, 4, 1
# In the index a word of a title stands behind one sign, and a word of title or text behind another.
OF_TITLE, OF_EITHER = "t", "x"


class Step(IntEnum):
    """How much is asked for, one after the other."""

    TITLED = auto()  # all words, in the title
    WHOLE = auto()  # all words
    BEGUN = auto()  # all of them, but they may go on
    ANY = auto()  # some of them


class Way(NamedTuple):
    """One way of asking.

    Attributes:
        step: Which it is.
        said: What is said to the index.
        whole: What is said for all there is: what has the words in its title is not all.
        worth: What a hit is worth, as SQL, and what is put into it.
        enough: With so many hits, and one more, nobody asks further.
    """

    step: Step
    said: str
    whole: str
    worth: tuple[str, tuple[str, ...]]
    enough: int


@lru_cache(maxsize=1024)
def ways_of(kind: int, asked: tuple[Meaning, ...], number: str, enough: int) -> tuple[Way, ...]:
    """In which order to ask.

    A way on which nothing can be found, or nothing but what was found before, is left out; and so
    are titles, where nobody wants the best.
    """
    ways = []
    may_begin = any(meaning.beginning for meaning in asked)
    if all(meaning.whole for meaning in asked):
        words = tuple([Meaning(meaning.whole) for meaning in asked])
        said, titles = _said(kind, words), _said(kind, words, sign=OF_TITLE)
        if enough:
            ways.append(Way(Step.TITLED, titles, said, _worth(words, number, Step.TITLED), enough))
        worth = _worth(asked, number, Step.WHOLE)
        ways.append(Way(Step.WHOLE, said, said, worth, enough if may_begin else 0))
    if may_begin and all(asked):
        said = _said(kind, asked)
        ways.append(Way(Step.BEGUN, said, said, _worth(asked, number, Step.BEGUN), 0))
    if len(asked) > 1 and any(asked):
        some = tuple(filter(None, asked))
        said = _said(kind, some, of_all=False)
        ways.append(Way(Step.ANY, said, said, _worth(some, number, Step.ANY), 0))
    return tuple(ways)


@lru_cache(maxsize=1024)
def _worth(asked: tuple[Meaning, ...], number: str, step: Step) -> tuple[str, tuple[str, ...]]:
    """What a hit is worth, as SQL: each word counts by the best place where it stands, in a title
    before a text, and whole double what one that only begins so does.

    What is known of all hits of a way is not looked at again: a long text need not be gone through
    for a word that is whole in it or in the title.
    """
    parts, given = [], []
    if number:
        parts.append(f"CASE WHEN d.number = %s THEN {IS_ITS_NUMBER} ELSE 0 END")
        given.append(number)
    if step == Step.TITLED:
        return " + ".join([*parts, str(2 * IN_TITLE * len(asked))]), tuple(given)
    for meaning in asked:
        places = [*_places("title", IN_TITLE, meaning)]
        if step != Step.WHOLE:
            places += _places("words", IN_TEXT, meaning)
        cases = "".join(f" WHEN {condition} THEN {points}" for condition, points, _said in places)
        least = 2 * IN_TEXT if step == Step.WHOLE else 0
        parts.append(f"CASE{cases} ELSE {least} END")
        given += [said for _condition, _points, forms in places for said in forms]
    return " + ".join(parts), tuple(given)


def _places(text: str, points: int, meaning: Meaning) -> Iterator[tuple[str, int, list[str]]]:
    """Where a word can stand in a title or a text, what it is worth there, and what it is asked."""
    if meaning.whole:
        yield _has(text, meaning.whole), 2 * points, _between_blanks(meaning.whole)
    if meaning.beginning:
        yield _has(text, (meaning.beginning,)), points, [f" {meaning.beginning}"]


def _between_blanks(words: tuple[str, ...]) -> list[str]:
    return [f" {word} " for word in words]


def _has(text: str, forms: tuple[str, ...]) -> str:
    found = "instr(d.{0}, %s) > 0" if connection.vendor == "sqlite" else "strpos(d.{0}, %s) > 0"
    return " OR ".join([found.format(text)] * len(forms))


def _said(
    kind: int, asked: tuple[Meaning, ...], *, of_all: bool = True, sign: str = OF_EITHER
) -> str:
    """The question in the language of FTS5, or as a tsquery, written so that no parser cuts the
    words up again. Each word stands in the index behind its kind, and behind a sign."""
    is_sqlite = connection.vendor == "sqlite"
    quote, goes_on = ('"', " *") if is_sqlite else ("'", ":*")
    together, either = (" AND ", " OR ") if is_sqlite else (" & ", " | ")

    def one(meaning: Meaning) -> str:
        begun = (*meaning.whole, *meaning.begun)
        said = [f"{quote}{kind}{sign}{word}{quote}" for word in begun]
        if meaning.beginning and not meaning.begun:
            said.append(f"{quote}{kind}{sign}{meaning.beginning}{quote}{goes_on}")
        return f"({either.join(said)})"

    return (together if of_all else either).join(map(one, asked))
