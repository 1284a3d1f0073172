"""The language of the page, asked hundreds of times while a list is drawn."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from typing import Any

from django.utils.translation import get_language

# What stands between the two languages of a text that says the same in both.
BETWEEN = " // "
LEAST_SHARE = (
    0.3  # of the longer half; what is shorter still is an aside, not the same in other words
)
CYRILLIC = re.compile("[А-яЁё]")
_settled: ContextVar[str] = ContextVar("settled", default="")


def language() -> str:
    """Answer the language of the page: "ru" or "en"."""
    return _settled.get() or (get_language() or "ru")[:2]


@contextmanager
def settled() -> Iterator[None]:
    """While rows are drawn the language does not change, so ask the framework for it once."""
    token = _settled.set(language())
    try:
        yield
    finally:
        _settled.reset(token)


def both(text: str) -> tuple[str, str]:
    """A text in Russian and in English; the same twice where it stands in one language.

    >>> both("Можно ли? // May we?"), both("Можно ли?")
    (('Можно ли?', 'May we?'), ('Можно ли?', 'Можно ли?'))
    """
    first, between, second = text.partition(BETWEEN)
    is_russian = CYRILLIC.search(first) is not None
    shorter, longer = sorted((len(first), len(second)))
    is_alone = not between or is_russian == (CYRILLIC.search(second) is not None)
    if is_alone or shorter < LEAST_SHARE * longer:
        return text, text
    return (first, second) if is_russian else (second, first)


def own(text: str) -> str:
    """What the reader of this page sees of a text that may say the same in both languages."""
    return half(text, language()) if BETWEEN in text else text


def half(text: str, tongue: str) -> str:
    """What a reader of this language sees of such a text."""
    if BETWEEN not in text:
        return text
    russian, english = both(text)
    return russian if tongue == "ru" else english


def throughout(data: Any) -> Any:
    """Plain data with every text in it as its reader sees it; a drawing is no text.

    >>> from django.utils.translation import override
    >>> with override("ru"):
    ...     throughout({"rows": [["Да. // Yes.", 3]]})
    {'rows': [['Да.', 3]]}
    """
    if isinstance(data, str):
        return data if data.startswith("<") else own(data)
    if isinstance(data, dict):
        return {name: throughout(value) for name, value in data.items()}
    if isinstance(data, list | tuple):
        return [throughout(value) for value in data]
    return data


def numbered(texts: Iterable[str]) -> str:
    """Several texts under each other with their numbers, in both languages where one is.

    >>> numbered(["Да. // Yes.", "Нет. // No."])
    '1. Да.\\n2. Нет. // 1. Yes.\\n2. No.'
    """
    pairs = [both(text) for text in texts]
    russian, english = (
        "\n".join(f"{n}. {pair[place]}" for n, pair in enumerate(pairs, 1)) for place in (0, 1)
    )
    return russian if russian == english else f"{russian}{BETWEEN}{english}"
