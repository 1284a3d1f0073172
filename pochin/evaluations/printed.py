"""A result as its page prints it, to tell whether a second run shows the same digits."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

from django.utils import translation

from pochin.evaluations import main_finding, words
from pochin.lab.protocol import Protocol


def printed(result: Mapping[str, Any], protocol: Protocol) -> dict[str, str]:
    """Each part of the page of a result, in both languages, as text and drawing."""
    parts: dict[str, Callable[[], object]] = {
        "primary": lambda: main_finding.primary(result, protocol),
        "guardrails": lambda: words.guardrails(result, protocol),
        "checks": lambda: words.checks(result),
        "sites": lambda: words.sites(result, {}),
    }
    found = {}
    for language in ("en", "ru"):
        with translation.override(language):
            for name, part in parts.items():
                found[f"{name} ({language})"] = repr(part())
    return found
