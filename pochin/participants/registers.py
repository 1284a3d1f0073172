"""Register files: rows of a CSV, plain or gzipped, and what came of taking them in."""

from __future__ import annotations

import csv
import gzip
import hashlib
import io
import re
import zipfile
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

    def notice_emptiness(self) -> None:
        """Say of a file without a single row that it is one."""
        if not self.rows:
            self.notes.append((0, _("The file holds a header and no rows.")))

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
        refuse_other_kinds(self.path)

    def rows(self, broken: list[tuple[int, str]]) -> Iterator[tuple[int, dict[str, str]]]:
        """The rows with their lines; what cannot be read is put into `broken`."""
        size = self.path.stat().st_size or 1
        with self.path.open("rb") as raw:
            _refuse_damaged(raw)
            yield from self._rows(raw, size, broken)
        with self.path.open("rb") as raw:
            self.sha256 = hashlib.file_digest(raw, "sha256").hexdigest()

    def _rows(
        self, raw: BinaryIO, size: int, broken: list[tuple[int, str]]
    ) -> Iterator[tuple[int, dict[str, str]]]:
        text, separator = opened(raw)
        reader = csv.reader(text, delimiter=separator)
        header = self._header(reader)
        line = 0
        for count, (line, cells) in enumerate(_lines(reader, broken), start=1):
            if self.progress and count % 1000 == 0:
                words = ngettext("%(n)d row", "%(n)d rows", count) % {"n": count}
                self.progress(min(raw.tell() / size, 1.0), words)
            if why := _fault(header, cells):
                broken.append((line, why))
                continue
            yield line, dict(zip(header, map(str.strip, cells), strict=True))
        if broken and broken[-1][0] == line and text.buffer is raw and not _ends(raw):
            words = _("%(why)s The file breaks off here: it may be cut off.")
            broken[-1] = (line, words % {"why": broken[-1][1]})

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
        Refused: It is a web page or no text, or its very beginning cannot be unpacked.
    """
    try:
        first = _plain(raw).read(SAMPLE)
    except DAMAGED:
        first = b""
    if not first:
        raise Refused(_("The packed file is damaged from its beginning; pack or download it anew."))
    if first.lstrip(b"\xef\xbb\xbf \r\n\t").lower().startswith(WEB_PAGE):
        raise Refused(_("This is a web page, not a table; download the table of the register."))
    if not _is_text(first):
        raise Refused(
            _(
                "This is no text in UTF-8. If it is a table in another encoding, such as "
                "Windows-1251, save it as CSV in UTF-8 and try again."
            )
        )
    plain = _plain(raw)
    head = first.decode("utf-8", "replace").partition("\n")[0]
    separator = max(SEPARATORS, key=head.count)
    text = io.TextIOWrapper(plain, encoding="utf-8-sig", errors="surrogateescape", newline="")
    return text, separator


WEB_PAGE = (b"<!doctype", b"<html", b"<?xml")
# What files of other kinds begin with, whatever their names end with.
OLD_WORKBOOK, PACKED = b"\xd0\xcf\x11\xe0", b"PK\x03\x04"
WIDE = (b"\xff\xfe", b"\xfe\xff")
# dBASE and FoxPro: the kind, then the year, the month and the day of the last change.
DBASE = re.compile(rb"[\x03\x30\x31\x83\x8b\xf5][\x00-\xff][\x01-\x0c][\x01-\x1f]")
SAMPLE = 65_536  # bytes that tell the encoding
MB = 1_000_000


def refuse_other_kinds(path: Path) -> None:
    """Say of what is surely no table in UTF-8 what it is, and what to do about it.

    Raises:
        Refused: There is no such file, or it is of another kind.
    """
    if words := _other_kind(path):
        raise Refused(words % {"file": path.name if path.exists() else path})


def _other_kind(path: Path) -> str:
    if path.is_dir():
        return _("%(file)s is a folder; name the file in it. Nothing was changed.")
    if not path.is_file():
        return _("There is no file %(file)s.")
    with path.open("rb") as raw:
        start = raw.read(4)
    if not start:
        return _("%(file)s is empty. Nothing was changed.")
    if start[:2] in WIDE:
        return _("%(file)s is written in UTF-16. Save it as CSV in UTF-8 and try again.")
    if start == OLD_WORKBOOK or (start == PACKED and _is_workbook(path)):
        return _("%(file)s is a workbook, whatever its name says. Save it as CSV and try again.")
    if start == PACKED:
        return _("%(file)s is a ZIP archive. Unpack it and name the table in it.")
    if DBASE.fullmatch(start):
        return _("%(file)s is a dBASE table. Save it as CSV in UTF-8 and try again.")
    return ""


def _is_workbook(path: Path) -> bool:
    try:
        with zipfile.ZipFile(path) as archive:
            names = archive.namelist()
    except (OSError, zipfile.BadZipFile):
        return True
    return any(name in {"[Content_Types].xml", "content.xml"} for name in names)


def _is_text(head: bytes) -> bool:
    """Whether the beginning is UTF-8 on the whole; single bad rows are named one by one."""
    said = head.decode("utf-8", "surrogateescape")
    unreadable = len(UNREADABLE.findall(said))
    letters = sum(character > "" for character in said) - unreadable
    return unreadable <= max(10 * letters, len(said) // 100)


def _plain(raw: BinaryIO) -> Any:
    """What stands in the file, from its beginning, unpacked where it is packed."""
    raw.seek(0)
    # By its first bytes and not by its name, which people change.
    is_packed = raw.read(2) == b"\x1f\x8b"
    raw.seek(0)
    return gzip.GzipFile(fileobj=raw) if is_packed else raw


def _refuse_damaged(raw: BinaryIO) -> None:
    """Read a packed file to its end: whether its bytes are right is known only there."""
    try:
        plain = _plain(raw)
        while plain is not raw and plain.read(MB):
            pass
    except DAMAGED as error:
        raise Refused(
            _("The packed file is damaged or cut off; download it anew. Nothing was changed.")
        ) from error


def _ends(raw: BinaryIO) -> bool:
    """Whether the last line of a plain file was written to its end."""
    raw.seek(-1, io.SEEK_END)
    return raw.read(1) in b"\r\n"


def _lines(reader: Any, broken: list[tuple[int, str]]) -> Iterator[tuple[int, list[str]]]:
    while True:
        try:
            cells = next(reader)
        except StopIteration:
            return
        except csv.Error:
            broken.append((reader.line_num, _("The row cannot be divided into cells.")))
            continue
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
