"""Register files: rows of a CSV, plain or gzipped, and what came of taking them in."""

from __future__ import annotations

import csv
import gzip
import hashlib
import io
import re
import zlib
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from datetime import date, datetime
from pathlib import Path
from typing import Any, BinaryIO

from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from pochin.core.lifecycle import Refused

# Says how far the reading is, from 0 to 1, and in words.
Progress = Callable[[float, str], Any]
# What `surrogateescape` makes of bytes that are no UTF-8, and the zero no database takes.
UNREADABLE = re.compile("[\x00\udc80-\udcff]")
# How a packed or plain file shows that it is damaged; `zlib.error` is no OSError.
DAMAGED = (OSError, EOFError, zlib.error)
SEPARATORS = ",;\t"
REMARKS = 1000  # kept with the run; the report holds all


@dataclass(slots=True)
class ImportReport:
    """What came of one file. Every row is counted once: new, updated, unchanged or broken."""

    created: int = 0
    updated: int = 0
    unchanged: int = 0
    # (line, why): rows that were left out.
    broken: list[tuple[int, str]] = field(default_factory=list)
    # (line, words): rows that went in and are worth a look.
    notes: list[tuple[int, str]] = field(default_factory=list)
    sha256: str = ""

    @property
    def rows(self) -> int:
        return self.created + self.updated + self.unchanged + len(self.broken)

    def facts(self) -> dict[str, int]:
        """The counts, for the journal."""
        return {
            "created": self.created,
            "updated": self.updated,
            "unchanged": self.unchanged,
            "broken": len(self.broken),
        }

    def remarks(self) -> list[tuple[int, str]]:
        """What is kept with the run: broken rows first."""
        return (self.broken + self.notes)[:REMARKS]


class BrokenRow(ValueError):
    """The row cannot be taken in; the text says why."""


class RegisterFile:
    """A CSV with a header: read once, row by row, in UTF-8, whatever the compression."""

    def __init__(self, file: str | Path, *, columns: set[str], progress: Progress | None) -> None:
        self.path = Path(file)
        self.columns = columns
        self.progress = progress
        self.sha256 = ""
        if not self.path.is_file():
            raise Refused(_("There is no file %(file)s.") % {"file": self.path})

    def rows(self, broken: list[tuple[int, str]]) -> Iterator[tuple[int, dict[str, str]]]:
        """The rows with their lines; what cannot be read is put into `broken`."""
        size = self.path.stat().st_size or 1
        with self.path.open("rb") as raw:
            yield from self._rows(raw, size, broken)
        with self.path.open("rb") as raw:
            self.sha256 = hashlib.file_digest(raw, "sha256").hexdigest()

    def _rows(
        self, raw: BinaryIO, size: int, broken: list[tuple[int, str]]
    ) -> Iterator[tuple[int, dict[str, str]]]:
        text, separator = opened(raw)
        reader = csv.reader(text, delimiter=separator)
        header = self._header(reader)
        for count, (line, cells) in enumerate(_lines(reader, broken), start=1):
            if self.progress and count % 1000 == 0:
                words = ngettext("%(n)d row", "%(n)d rows", count) % {"n": count}
                self.progress(min(raw.tell() / size, 1.0), words)
            if why := _fault(header, cells):
                broken.append((line, why))
                continue
            yield line, dict(zip(header, map(str.strip, cells), strict=True))

    def _header(self, reader: Any) -> list[str]:
        try:
            header = [name.strip() for name in next(reader, [])]
        except (csv.Error, *DAMAGED):
            header = []
        if missing := sorted(self.columns - set(header)):
            raise Refused(
                _("%(file)s has no columns %(names)s; take the file of the register as it is.")
                % {"file": self.path.name, "names": ", ".join(missing)}
            )
        return header


def opened(raw: BinaryIO) -> tuple[io.TextIOWrapper, str]:
    """A register as text, unpacked where it is packed, and what stands between its cells.

    Raises:
        Refused: It is a web page, or its very beginning cannot be unpacked.
    """
    start = raw.read(2)
    raw.seek(0)
    # By its first bytes and not by its name, which people change.
    plain: Any = gzip.GzipFile(fileobj=raw) if start == b"\x1f\x8b" else raw
    try:
        first = plain.read(4096)
    except DAMAGED:
        first = b""
    if start and not first:
        raise Refused(_("The packed file is damaged from its beginning; pack or download it anew."))
    if first.lstrip(b"\xef\xbb\xbf \r\n\t").lower().startswith(WEB_PAGE):
        raise Refused(_("This is a web page, not a table; download the table of the register."))
    raw.seek(0)
    plain = gzip.GzipFile(fileobj=raw) if start == b"\x1f\x8b" else raw
    head = first.decode("utf-8", "replace").partition("\n")[0]
    separator = max(SEPARATORS, key=head.count)
    text = io.TextIOWrapper(plain, encoding="utf-8-sig", errors="surrogateescape", newline="")
    return text, separator


WEB_PAGE = (b"<!doctype", b"<html", b"<?xml")


def _lines(reader: Any, broken: list[tuple[int, str]]) -> Iterator[tuple[int, list[str]]]:
    while True:
        try:
            cells = next(reader)
        except StopIteration:
            return
        except csv.Error:
            broken.append((reader.line_num, _("The row cannot be divided into cells.")))
            continue
        except DAMAGED:
            words = _("The file is cut off after this line; the rows before it went in.")
            broken.append((reader.line_num, words))
            return
        if cells:
            yield reader.line_num, cells


def _fault(header: list[str], cells: list[str]) -> str:
    if len(cells) != len(header):
        return _("The row has %(found)d cells, the header has %(wanted)d.") % {
            "found": len(cells),
            "wanted": len(header),
        }
    if UNREADABLE.search("".join(cells)):
        return _("The row holds bytes that are not UTF-8 text.")
    return ""


def read_day(text: str, pattern: str = "%Y-%m-%d") -> date:
    """A day as the register writes it."""
    try:
        return datetime.strptime(text, pattern).date()
    except ValueError:
        raise BrokenRow(_("“%(text)s” is not a date.") % {"text": text[:40]}) from None
