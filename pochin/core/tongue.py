"""The language of the page, asked hundreds of times while a list is drawn."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar

from django.utils.translation import get_language

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
