"""Which kinds of documents are taken, and how each is known by its first bytes."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from pochin.core.lifecycle import Refused


@dataclass(frozen=True, slots=True)
class Kind:
    """A kind of document: its media type, the endings it goes by, and its name in a sentence."""

    code: str
    media_type: str
    endings: tuple[str, ...]
    words: Any


OFFICE = "application/vnd.openxmlformats-officedocument."
OPEN = "application/vnd.oasis.opendocument."
KINDS = {
    kind.code: kind
    for kind in [
        Kind("pdf", "application/pdf", ("pdf",), "PDF"),
        Kind("png", "image/png", ("png",), "PNG"),
        Kind("jpeg", "image/jpeg", ("jpg", "jpeg"), "JPEG"),
        Kind("webp", "image/webp", ("webp",), "WebP"),
        Kind("docx", f"{OFFICE}wordprocessingml.document", ("docx",), "DOCX"),
        Kind("xlsx", f"{OFFICE}spreadsheetml.sheet", ("xlsx",), "XLSX"),
        Kind("pptx", f"{OFFICE}presentationml.presentation", ("pptx",), "PPTX"),
        Kind("odt", f"{OPEN}text", ("odt",), "ODT"),
        Kind("ods", f"{OPEN}spreadsheet", ("ods",), "ODS"),
        Kind("csv", "text/csv", ("csv", "tsv"), "CSV"),
        Kind("txt", "text/plain", ("txt",), gettext_lazy("plain text")),
        Kind("zip", "application/zip", ("zip",), "ZIP"),
    ]
}
PICTURES = frozenset({"png", "jpeg", "webp"})
DOCUMENTS = frozenset({"pdf", "docx", "xlsx", "pptx", "odt", "ods", "csv", "txt"})
ANYTHING = frozenset(KINDS)
TEXTS = frozenset({"csv", "txt"})
PACKED = frozenset({"docx", "xlsx", "pptx", "odt", "ods", "zip"})
BY_ENDING = {ending: kind for kind in KINDS.values() for ending in kind.endings}

# Endings of files that run, or that a browser would open as a page.
ACTIVE_ENDINGS = """
    ade adp app bat chm cmd com cpl dll docm dotm exe hta htm html jar js jse lnk mht mhtml msc msi
    msp php pif potm ppam ppsm pptm ps1 py reg scr sct sh svg svgz swf url vb vbe vbs wsf wsh xht
    xhtml xlam xll xlsm xltm
"""
ACTIVE = frozenset(ACTIVE_ENDINGS.split())
# First bytes of programs, pages and packings that we do not take: the sentence says which.
STRANGERS = [
    (b"MZ", "program"),
    (b"\x7fELF", "program"),
    (b"\xca\xfe\xba\xbe", "program"),
    (b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1", "old"),
    (b"Rar!\x1a\x07", "packed"),
    (b"7z\xbc\xaf\x27\x1c", "packed"),
    (b"\x1f\x8b", "packed"),
    (b"BZh", "packed"),
    (b"\xfd7zXZ\x00", "packed"),
    (b"\x28\xb5\x2f\xfd", "packed"),
    (b"GIF8", "picture"),
    (b"BM", "picture"),
    (b"II*\x00", "picture"),
    (b"MM\x00*", "picture"),
]
PAGES = (b"<!doctype", b"<html", b"<svg", b"<script", b"<?xml", b"<?php", b"<head", b"<body", b"#!")
# Inside another kind these three give away a file that a browser could take for a page.
DISGUISED = (b"<!doctype html", b"<html", b"<script")


def of_name(ending: str) -> Kind:
    """The kind this ending promises."""
    if ending in ACTIVE:
        raise Refused(
            _(
                "Files that can run programs (.%(ending)s) are not taken. "
                "Save the document as PDF and send that."
            )
            % {"ending": ending}
        )
    if ending not in BY_ENDING:
        raise Refused(
            _("Files of this kind are not taken. Send one of these: %(kinds)s.")
            % {"kinds": words(ANYTHING)}
        )
    return BY_ENDING[ending]


def words(codes: frozenset[str]) -> str:
    """The names of some kinds, as a list in a sentence."""
    return ", ".join(str(kind.words) for code, kind in KINDS.items() if code in codes)


def by_content(head: bytes) -> str:
    """The code of the kind these first bytes belong to; ``text`` where no sign is known.

    Archives and office documents begin alike and are told apart by what they contain.
    """
    if not head:
        raise Refused(_("The file is empty. Check it and send it again."))
    for sign, code in [
        (b"%PDF-", "pdf"),
        (b"\x89PNG\r\n\x1a\n", "png"),
        (b"\xff\xd8\xff", "jpeg"),
        (b"PK\x03\x04", "zip"),
        (b"PK\x05\x06", "zip"),
    ]:
        if head.startswith(sign):
            return code
    if head[:4] == b"RIFF" and head[8:12] == b"WEBP":
        return "webp"
    _refuse_stranger(head)
    return "text"


def is_packing(head: bytes) -> bool:
    """Whether the bytes begin an archive of a kind we cannot look into."""
    return any(head.startswith(sign) for sign, what in STRANGERS if what == "packed")


def is_program(head: bytes) -> bool:
    """Whether the bytes begin a program of Windows, Linux or macOS."""
    return any(head.startswith(sign) for sign, what in STRANGERS if what == "program")


def _refuse_stranger(head: bytes) -> None:
    what = next((what for sign, what in STRANGERS if head.startswith(sign)), "")
    if what == "program":
        raise Refused(
            _("The file is a program, and programs are not taken. Describe it in a document.")
        )
    if what == "old":
        raise Refused(
            _(
                "The file is protected by a password or saved in the format of before 2007. "
                "Save it as DOCX, XLSX or PDF without a password."
            )
        )
    if what == "packed":
        raise Refused(_("Of archives, only ZIP is accepted. Pack the files again as ZIP."))
    if what == "picture":
        raise Refused(_("Pictures of this kind are not taken. Save it as PNG or JPEG."))


def refuse_disguised(head: bytes) -> None:
    """Refuse a document that carries the beginning of a web page in its first bytes."""
    if any(sign in head.lower() for sign in DISGUISED):
        raise Refused(
            _("The file is two things at once: a document and a web page. Save it anew as PDF.")
        )


def agree(promised: Kind, found: str) -> Kind:
    """The kind, when name and content say the same."""
    if found == promised.code or (found == "text" and promised.code in TEXTS):
        return promised
    said = KINDS[found].words if found in KINDS else KINDS["txt"].words
    raise Refused(
        _(
            "By its name the file is %(promised)s, but inside it is %(found)s. "
            "Save it anew in the right format."
        )
        % {"promised": promised.words, "found": said}
    )
