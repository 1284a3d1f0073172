"""Looking into archives and office documents, which are archives too, without unpacking to disk."""

from __future__ import annotations

import itertools
import re
import stat
import struct
import tempfile
import zipfile
import zlib
from typing import IO

from django.utils.translation import gettext as _

from pochin.core.lifecycle import Refused
from pochin.files import kinds, names, pdf
from pochin.files.limits import BLOCK, Budget

END = b"PK\x05\x06"
END_LENGTH = 22
LONG_END = b"PK\x06\x07"  # archives of four gigabytes and more; ours are smaller
LONGEST_COMMENT = 65_535
METHODS = frozenset({zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED})
# Not the whole name: some editors write word/document2.xml.
PARTS = {"word/document": "docx", "xl/workbook": "xlsx", "ppt/presentation": "pptx"}
MIMETYPES = {kinds.KINDS[code].media_type: code for code in ("odt", "ods")}
# Document types and entities, as they stand in UTF-8 and, with NULs between, in UTF-16.
DECLARED = re.compile(rb"<\x00?!\x00?(?:D\x00?O\x00?C\x00?T\x00?Y\x00?P|E\x00?N\x00?T\x00?I)")
REMOTE = re.compile(rb'attachedTemplate"[^>]*Target="(?:https?:|\\\\|file://[^/])')
REMOTE_TURNED = re.compile(rb'Target="(?:https?:|\\\\|file://[^/])[^>]*attachedTemplate"')
MACROS = re.compile(rb"(?i)macroEnabled|vnd\.ms-office\.(?:vbaProject|activeX)")
PROGRAMS = re.compile(
    r"(?i)(^|/)(vbaProject\.bin|vbaData\.xml|activeX\d*\.bin|oleObject\d*\.bin)$|^(Basic|Scripts)/."
)
SEAM = 512  # what is kept of a block, so that a sign across two blocks is found


def inspect(file: IO[bytes], budget: Budget, depth: int = 0) -> str:
    """Look at every file inside, count as it unpacks, and say which kind of document it makes."""
    if depth > budget.limits.depth:
        raise Refused(
            _("The archive holds archives in archives, too deep for us. Pack the files once.")
        )
    _check_end(file, budget)
    try:
        with zipfile.ZipFile(file) as archive:
            infos = archive.infolist()
            budget.count(len(infos))
            _check_places(infos)
            code = _code(archive, infos)
            for info in infos:
                _check_entry(info)
                _look_inside(archive, info, code, budget, depth)
    except (zipfile.BadZipFile, zlib.error, struct.error, EOFError, ValueError):
        raise Refused(
            _("The archive is damaged or incomplete. Pack it anew and send it.")
        ) from None
    return code


def is_archive_end(tail: bytes) -> bool:
    """Whether the file, whatever it begins with, ends as an archive does."""
    place = tail.rfind(END)
    if place < 0 or place + END_LENGTH > len(tail):
        return False
    (comment,) = struct.unpack_from("<H", tail, place + 20)
    return place + END_LENGTH + comment == len(tail)


def read_tail(file: IO[bytes]) -> bytes:
    size = file.seek(0, 2)
    file.seek(max(0, size - END_LENGTH - LONGEST_COMMENT))
    return file.read()


def _check_end(file: IO[bytes], budget: Budget) -> None:
    """Bound the list of contents before the library reads it."""
    tail = read_tail(file)
    place = tail.rfind(END)
    if not is_archive_end(tail):
        raise Refused(_("The archive is damaged or incomplete. Pack it anew and send it."))
    if LONG_END in tail[:place]:
        raise Refused(_("The archive is packed in a way we cannot check. Pack it by usual means."))
    (directory,) = struct.unpack_from("<I", tail, place + 12)
    if directory > budget.limits.directory:
        budget.count(budget.limits.entries + 1)


def _check_places(infos: list[zipfile.ZipInfo]) -> None:
    """Refuse what overlaps, repeats, or is glued to something in front."""
    ordered = sorted(infos, key=lambda info: info.header_offset)
    if ordered and ordered[0].header_offset != 0:
        raise Refused(_("Something else is glued in front of the archive. Pack it anew."))
    for info, following in itertools.pairwise(ordered):
        if info.header_offset + 30 + info.compress_size > following.header_offset:
            raise Refused(_("Files overlap in the archive, as in harmful ones. Pack them anew."))
    called = {info.filename.casefold() for info in infos}
    if len(called) != len(infos):
        raise Refused(_("Two files in the archive have one name. Rename one and pack again."))


def _code(archive: zipfile.ZipFile, infos: list[zipfile.ZipInfo]) -> str:
    found = [info.filename for info in infos]
    if "[Content_Types].xml" in found:
        markup = [name for name in found if name.endswith(".xml")]
        kinds_found = (PARTS[p] for p in PARTS if any(name.startswith(p) for name in markup))
        return next(kinds_found, "zip")
    if infos and infos[0].filename == "mimetype" and infos[0].file_size < 200:
        said = archive.read(infos[0]).decode("ascii", "ignore")
        return MIMETYPES.get(said, "zip")
    return "zip"


def _check_entry(info: zipfile.ZipInfo) -> None:
    # The library cuts a name at NUL and turns backslashes only on Windows: look at the original.
    name = info.orig_filename
    parts = re.split(r"[\\/]", name)
    if "\0" in name or ".." in parts or name.startswith(("/", "\\")) or re.match(r"\w:", name):
        raise Refused(_("A file in the archive points outside of it. Pack the files anew."))
    if stat.S_ISLNK(info.external_attr >> 16):
        raise Refused(_("The archive holds links instead of files. Pack the files themselves."))
    if info.flag_bits & 0x1:
        raise Refused(_("The archive is locked by a password. Pack it again without one."))
    if info.compress_type not in METHODS:
        raise Refused(_("The archive is packed in a way we cannot check. Pack it by usual means."))


def _look_inside(
    archive: zipfile.ZipFile, info: zipfile.ZipInfo, code: str, budget: Budget, depth: int
) -> None:
    with archive.open(info) as entry:
        head = entry.read(BLOCK)
        budget.unpack(len(head))
        if code == "zip":
            _refuse_active(info.filename, head)
        else:
            _refuse_macros(info.filename)
        if head.startswith((b"PK\x03\x04", b"%PDF-")):
            _look_deeper(head, entry, budget, depth)
            return
        is_markup = code != "zip" and info.filename.endswith((".xml", ".rels", ".vml"))
        seam, block = b"", head
        while block:
            if is_markup:
                _refuse_markup(info.filename, seam + block)
            seam = block[-SEAM:]
            block = entry.read(BLOCK)
            budget.unpack(len(block))


def _look_deeper(head: bytes, entry: IO[bytes], budget: Budget, depth: int) -> None:
    with tempfile.TemporaryFile() as inner:
        inner.write(head)
        while block := entry.read(BLOCK):
            budget.unpack(len(block))
            inner.write(block)
        inner.flush()
        if head.startswith(b"%PDF-"):
            pdf.inspect(inner, budget)
        else:
            inspect(inner, budget, depth + 1)


def _refuse_active(name: str, head: bytes) -> None:
    ending = names.extension(name)
    if ending in kinds.ACTIVE or kinds.is_program(head):
        raise Refused(
            _("The archive holds a program or a web page: %(name)s. Take it out and pack again.")
            % {"name": names.clean(name)}
        )
    if kinds.is_packing(head):
        raise Refused(
            _("The archive holds a packing we cannot look into: %(name)s. Unpack it first.")
            % {"name": names.clean(name)}
        )


def _refuse_macros(name: str) -> None:
    if PROGRAMS.search(name):
        raise Refused(
            _("The document holds macros or objects of other programs. Save it without them.")
        )


def _refuse_markup(name: str, block: bytes) -> None:
    if DECLARED.search(block):
        raise Refused(
            _("The document declares entities, as harmful ones do. Save it anew in your editor.")
        )
    if name == "[Content_Types].xml" and MACROS.search(block):
        _refuse_macros("vbaProject.bin")
    if REMOTE.search(block) or REMOTE_TURNED.search(block):
        raise Refused(
            _("The document would fetch a template from elsewhere. Save it with a local template.")
        )
