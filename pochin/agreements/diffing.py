"""What changed between two versions of an agreement, word by word."""

from __future__ import annotations

import re
from dataclasses import dataclass
from difflib import SequenceMatcher
from typing import Any

from django.utils.translation import gettext as _

# Words, the blanks between them and signs: together they are the text again.
PIECES = re.compile(r"\w+|\s+|[^\w\s]")


@dataclass(frozen=True, slots=True)
class Piece:
    """A run of text: `kind` is same, added or gone."""

    kind: str
    text: str


@dataclass(frozen=True, slots=True)
class Part:
    """One part of the words, and what became of it."""

    title: str
    pieces: tuple[Piece, ...]

    @property
    def is_changed(self) -> bool:
        return any(piece.kind != "same" for piece in self.pieces)


def words(before: str, after: str) -> tuple[Piece, ...]:
    """Tell two texts apart word by word.

    >>> [(p.kind, p.text) for p in words("20 pilots a year", "25 pilots a year")]
    [('gone', '20'), ('added', '25'), ('same', ' pilots a year')]
    """
    old, new = PIECES.findall(before), PIECES.findall(after)
    found: list[Piece] = []
    for tag, a, b, c, d in SequenceMatcher(None, old, new, autojunk=False).get_opcodes():
        if tag == "equal":
            found.append(Piece("same", "".join(old[a:b])))
            continue
        if b > a:
            found.append(Piece("gone", "".join(old[a:b])))
        if d > c:
            found.append(Piece("added", "".join(new[c:d])))
    return tuple(found)


def parts(before: dict[str, Any], after: dict[str, Any]) -> list[Part]:
    """Every part that stands in one of two contents, in the order of the later one."""
    old, new = dict(_parts(before)), dict(_parts(after))
    names = [*new, *(name for name in old if name not in new)]
    told = [Part(name, words(old.get(name, ""), new.get(name, ""))) for name in names]
    return [part for part in told if part.pieces]


def _parts(content: dict[str, Any]) -> list[tuple[str, str]]:
    found = [
        *_pair(_("Title"), content["title"]),
        (_("Parties"), "\n".join(row[0] for row in content["parties"])),
        (_("Term"), " — ".join(day or "…" for day in content["term"])),
        *_pair(_("Text"), content["text"]),
        *_pair(_("Place"), content.get("place", ["", ""])),
        *_pair(_("Event"), content.get("event", ["", ""])),
        *_pair(_("Coordination"), content.get("coordination", ["", ""])),
        (_("Document"), content.get("document", "")),
    ]
    for place, heading_ru, heading_en, ru, en, plain_ru, plain_en in content.get("clauses", []):
        name = _("Clause %(n)s") % {"n": place}
        found += _pair(name, [f"{heading_ru}\n{ru}", f"{heading_en}\n{en}"])
        found += _pair(_("%(clause)s in plain words") % {"clause": name}, [plain_ru, plain_en])
    for row in content.get("commitments", []):
        found.append(
            (_("Commitment %(n)s") % {"n": row[0]}, "\n".join(str(v) for v in row[2:] if v))
        )
    for number, (ru, _en, sha256) in enumerate(content.get("annexes", []), start=1):
        found.append((_("Annex %(n)s") % {"n": number}, f"{ru} {sha256[:12]}"))
    return [(name, text) for name, text in found if text.strip()]


def _pair(name: str, texts: list[str]) -> list[tuple[str, str]]:
    return [(name, texts[0]), (_("%(name)s, in English") % {"name": name}, texts[1])]
