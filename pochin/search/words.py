"""Words brought to their dictionary form, so that every inflection finds every other."""

from __future__ import annotations

import re
import unicodedata
from collections import Counter
from dataclasses import dataclass
from functools import cache, lru_cache
from typing import Any

import pymorphy3
import snowballstemmer

from pochin.search.derivations import HEADS

LONGEST_TEXT = 100_000  # letters; what stands behind them is not indexed
LONGEST_WORD = 64
MOST_TERMS = 12  # words of a query that count
STRESS = "\u0300\u0301\u00ad"  # accents over vowels, soft hyphens
WORD = re.compile(r"[^\W_]+")
# The number of a thing, «Н-042»: the letter belongs to it, noughts before it do not.
NUMBER = re.compile(r"(?<!\w)([^\W\d_])[-‐‑–]?0*(\d+)(?!\w)")
# Letters of numbers on English pages are those of the Russian ones.
LETTERS = str.maketrans("npacdtx", "нпзсдтэ")
SERVANTS = frozenset({"PREP", "CONJ", "PRCL", "INTJ", "NPRO"})
ENGLISH = """
    a an and are as at be but by for from has have if in is it its not of on or our so that the
    their then there these they this to was we were what when which who will with you your
"""
ENGLISH_SERVANTS = frozenset(ENGLISH.split())
LIKELY = 0.02  # a reading of a form less likely than this is left out of the query


@cache
def _russian() -> Any:
    return pymorphy3.MorphAnalyzer()


@cache
def _english() -> Any:
    return snowballstemmer.stemmer("english")


def lemmas(text: str) -> list[str]:
    """The dictionary forms of a text's words, in their order, without servants like «в» and “the”.

    >>> lemmas("Людям нужны каски: N-042, ёлки")
    ['человек', 'нужный', 'каска', 'н42', 'елка']
    """
    return [lemma for token in _tokens(text) if (lemma := _lemma(token))]


def as_stored(text: str) -> str:
    """A text's lemmas between blanks, so that each can be met as a whole word."""
    found = lemmas(text)
    return f" {' '.join(found)} " if found else ""


@dataclass(frozen=True, slots=True)
class Term:
    """A word of a query: the forms it may stand for, and the beginning it may be."""

    forms: tuple[str, ...]
    beginning: str = ""


def terms(text: str) -> list[Term]:
    """The words of a query; the last one may be unfinished."""
    found, tokens = [], _tokens(text[:2000])
    for place, token in enumerate(tokens, start=1):
        forms = _readings(token)
        is_last = place == len(tokens) and not text[-1:].isspace()
        beginning = token if is_last and _may_go_on(token) else ""
        if forms or beginning:
            found.append(Term(forms, beginning))
    return found[:MOST_TERMS]


def digits(text: str) -> str:
    """The number that a text is, without letter and leading noughts; empty where it is none.

    >>> digits("Н-042"), digits("42"), digits("42 места")
    ('42', '42', '')
    """
    found = re.fullmatch(r"\s*[^\W\d_]?[-‐‑–\s]?0*(\d+)\s*", text)
    return found[1] if found else ""


def _tokens(text: str) -> list[str]:
    plain = unicodedata.normalize("NFC", text[:LONGEST_TEXT]).lower()
    for sign in STRESS:
        plain = plain.replace(sign, "")
    joined = NUMBER.sub(lambda found: found[1].translate(LETTERS) + found[2], plain)
    return [word[:LONGEST_WORD] for word in WORD.findall(joined)]


@lru_cache(200_000)
def _lemma(token: str) -> str:
    """The dictionary form; empty for a word that only serves others."""
    if token.isdecimal():
        return token.lstrip("0") or "0"
    if not token.isalpha():
        return token
    if token.isascii():
        return "" if token in ENGLISH_SERVANTS else _english().stemWord(token)
    if not _is_russian(token):
        return token
    likeliest = _russian().parse(token)[0]
    return "" if likeliest.tag.POS in SERVANTS else _family(likeliest.normal_form)


@lru_cache(20_000)
def _readings(token: str) -> tuple[str, ...]:
    """All likely dictionary forms: «стали» may be of «стать» and of «сталь»."""
    first = _lemma(token)
    if not first or not (token.isalpha() and _is_russian(token)):
        return (first,) if first else ()
    likely = Counter({first: 1.0})
    for parse in _russian().parse(token):
        if parse.tag.POS not in SERVANTS:
            likely[_family(parse.normal_form)] += parse.score
    return tuple(form for form, score in likely.most_common(3) if score >= LIKELY)


@lru_cache(20_000)
def _may_go_on(token: str) -> bool:
    # A short word that stands in the dictionary is meant as it is: «дом» does not begin «домен».
    if not token.isalpha():
        return False
    if _is_russian(token):
        return len(token) >= (4 if _russian().word_is_known(token) else 3)
    return len(token) >= 3 and token not in ENGLISH_SERVANTS


def _is_russian(token: str) -> bool:
    return any("а" <= letter <= "я" or letter == "ё" for letter in token)


def _family(form: str) -> str:
    plain = form.replace("ё", "е")
    return HEADS.get(plain, plain)
