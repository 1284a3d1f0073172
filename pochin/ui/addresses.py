"""Addresses of things, quickly: a list asks for fifty, and only the number differs."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from functools import lru_cache

from django.conf import settings
from django.urls import get_script_prefix, get_urlconf, reverse

# What stands in the place of a number or a key while the address around it is learnt.
NUMBER, WORD = 987_654_321, "zzplacezz"


def address(name: str, *args: int | str) -> str:
    """The address of a named route, as `reverse` answers it.

    Arguments are whole numbers or words of letters, digits, `-` and `_`; for anything else, and
    for options, use `reverse`.
    """
    kinds = (type(args[0]),) if len(args) == 1 else tuple(type(arg) for arg in args)
    parts = _learnt(name, kinds, *(_settled.get() or where()))
    if len(parts) == 2:
        return f"{parts[0]}{args[0]}{parts[1]}"
    said = [parts[0]]
    for arg, part in zip(args, parts[1:], strict=True):
        said += [str(arg), part]
    return "".join(said)


_settled: ContextVar[tuple[str, str] | None] = ContextVar("settled", default=None)


def where() -> tuple[str, str]:
    """The routes addresses are made by, and what stands before them."""
    return get_urlconf() or settings.ROOT_URLCONF, get_script_prefix()


@contextmanager
def settled() -> Iterator[None]:
    """While rows are drawn the routes do not change, so ask the framework for them once."""
    token = _settled.set(where())
    try:
        yield
    finally:
        _settled.reset(token)


@lru_cache(maxsize=512)
def _learnt(name: str, kinds: tuple[type, ...], *_where: str) -> tuple[str, ...]:
    """The parts of the address around its arguments."""
    places = [NUMBER + n if kind is int else f"{WORD}{n}z" for n, kind in enumerate(kinds)]
    left, parts = reverse(name, args=places), []
    for place in places:
        part, _place, left = left.partition(str(place))
        parts.append(part)
    return (*parts, left)
