"""The words of a plan in the language of its reader.

A plan is written in one language, and its locked bytes stay as they are for ever. What its
questions, metrics and units are called in the other language stands beside it, as pairs kept with
the pilot: they change what is read and nothing that is signed, computed or sealed.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field, replace
from typing import Any

from pochin.lab.protocol import Protocol
from pochin.ui import formats

CYRILLIC = re.compile("[а-яё]", re.IGNORECASE)
LETTERS = re.compile(r"[^\W\d_]")


def language_of(text: str) -> str:
    """The language a text is written in, by its letters."""
    return "ru" if CYRILLIC.search(text) else "en"


def texts(document: Mapping[str, Any]) -> list[str]:
    """What people read in a plan and wrote themselves, each text once, in the order of the plan."""
    written = [text for text in _texts(document) if text and LETTERS.search(text)]
    return list(dict.fromkeys(written))


def _texts(document: Mapping[str, Any]) -> Iterator[str]:
    for metric in document.get("metrics", []):
        yield from (metric.get(name, "") for name in ("name", "unit", "definition"))
    yield from (document.get(name, "") for name in ("unit", "question", "hypothesis"))
    rules = document.get("data_rules", {})
    yield from (rules.get("missing", {}).get("rule", ""), rules.get("outlier", ""))
    yield document.get("decision", {}).get("words", "")
    yield from document.get("stop_reasons", [])
    yield from (item["name"] for item in document.get("cost", {}).get("items", []))


@dataclass(frozen=True, slots=True)
class Wording:
    """What the texts of a plan are called in one language; a text without a pair stays itself."""

    known: Mapping[str, str] = field(default_factory=dict)

    def said(self, text: str) -> str:
        """The text in the reader's language, where it is known."""
        return self.known.get(text, text)

    def changes(self, document: Mapping[str, Any]) -> bool:
        """Whether a reader of this plan meets words that are not its own."""
        return any(self.said(text) != text for text in texts(document))

    def plan(self, protocol: Protocol) -> Protocol:
        """The plan to be read; never to be computed with, hashed or signed."""
        if not self.known:
            return protocol
        metrics = tuple(
            replace(one, name=self.said(one.name), unit=self.said(one.unit),
                    definition=self.said(one.definition))
            for one in protocol.metrics
        )  # fmt: skip
        decision = replace(protocol.decision, words=self.said(protocol.decision.words))
        return replace(
            protocol,
            document=self._document(protocol.document),
            metrics=metrics,
            decision=decision,
        )

    def _document(self, document: Mapping[str, Any]) -> dict[str, Any]:
        told = dict(document)
        for name in ("unit", "question", "hypothesis"):
            if name in told:
                told[name] = self.said(told[name])
        if "stop_reasons" in told:
            told["stop_reasons"] = [self.said(one) for one in told["stop_reasons"]]
        if "data_rules" in told:
            told["data_rules"] = self._rules(told["data_rules"])
        return told

    def _rules(self, rules: Mapping[str, Any]) -> dict[str, Any]:
        told = dict(rules)
        if told.get("missing", {}).get("rule"):
            told["missing"] = {**told["missing"], "rule": self.said(told["missing"]["rule"])}
        if isinstance(told.get("outlier"), str):
            told["outlier"] = self.said(told["outlier"])
        return told

    def result(self, result: Mapping[str, Any]) -> dict[str, Any]:
        """A result to be read; the numbers are the same, and the document itself is not touched."""
        if not self.known:
            return dict(result)
        return {**result, "metrics": [self._row(row) for row in result["metrics"]]}

    def _row(self, row: Mapping[str, Any]) -> dict[str, Any]:
        metric = row["metric"]
        told = {name: self.said(metric[name]) for name in ("name", "unit") if metric.get(name)}
        return {**row, "metric": {**metric, **told}}


def of(pilot: Any, language: str = "") -> Wording:
    """The words of a pilot's plan in a language, that of the page by default; none without it."""
    pairs = (pilot.wording or []) if pilot is not None else []
    wanted = language or formats.language()
    return Wording({text: pair[wanted] for pair in pairs for text in pair.values()})


def pair(text: str, other: str) -> dict[str, str]:
    """A text of a plan with what it is called in the other language."""
    own = language_of(text)
    return {own: text, "en" if own == "ru" else "ru": other}


def joined(kept: Iterable[dict[str, str]], more: Iterable[dict[str, str]]) -> list[dict[str, str]]:
    """Pairs with further ones; for a text that stands in both the later pair counts."""
    fresh = [one for one in more if all(one.values())]
    told = {text for one in fresh for text in one.values()}
    return [one for one in kept if not told & set(one.values())] + fresh


def of_the_need(need: Any) -> list[dict[str, str]]:
    """What a need calls its metric and its unit in both languages."""
    if need is None:
        return []
    both = [(need.metric_ru, need.metric_en), (need.metric_unit_ru, need.metric_unit_en)]
    return [{"ru": ru, "en": en} for ru, en in both if ru and en]
