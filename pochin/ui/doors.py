"""The way from an address into its room: its first part says which, so no other room is asked."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from django.urls import ResolverMatch, URLPattern, URLResolver
from django.urls.resolvers import RoutePattern

Entry = URLPattern | URLResolver


class Doors(URLResolver):
    """Addresses of many rooms; those with another beginning than asked for are passed over."""

    def __init__(self, entries: Sequence[Entry]) -> None:
        super().__init__(RoutePattern(""), list(entries))
        first = {_first(entry) for entry in entries} - {""}
        self._behind = {part: self._those(entries, part) for part in first}
        self._elsewhere = self._those(entries, "")

    def resolve(self, path: Any) -> ResolverMatch:
        path = str(path)
        return self._behind.get(path.partition("/")[0], self._elsewhere).resolve(path)

    @staticmethod
    def _those(entries: Sequence[Entry], part: str) -> URLResolver:
        """The entries that may lead on from this first part, in their order."""
        return URLResolver(RoutePattern(""), [e for e in entries if _first(e) in ("", part)])


def _first(entry: Entry) -> str:
    """The first part of an entry's addresses; empty where it is not the same for all."""
    first, slash, _rest = str(entry.pattern).partition("/")
    is_plain = isinstance(entry.pattern, RoutePattern) and "<" not in first
    return first if slash and is_plain else ""
