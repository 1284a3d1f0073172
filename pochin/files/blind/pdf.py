"""PDF without author and origin: overwritten in place, so that every address in it stays true.

Properties that are packed are opened, overwritten and packed again into the room they had.
"""

from __future__ import annotations

import re

from django.utils.translation import gettext_noop as _

from pochin.files import pdf
from pochin.files.blind import packed
from pochin.files.blind.account import Account
from pochin.files.limits import LIMITS, Budget

INFO = re.compile(rb"/Info\s+(\d+)\s+(\d+)\s+R")
XMP = re.compile(rb"(<\?xpacket begin[^>]*\?>)(.*?)(<\?xpacket end)", re.DOTALL)
XMP_BODY = re.compile(rb"<rdf:Description.*</rdf:Description>|<rdf:Description[^>]*/>", re.DOTALL)
TELLING = re.compile(rb"/(Author|Company|Manager|LastModifiedBy|SourceModified)\s*(?=[(<])")
# A name that is not blank: in brackets, or in the digits of its bytes.
HIDDEN = re.compile(rb"/Author\s*(?:\(\s*[^)\s]|<(?!<)(?!(?:20)*2?>))|<xmp|<x:xmpmeta|dc:creator")
REFERENCE = re.compile(rb"\d\s+\d+\s+R(?![A-Za-z])")
SIGNED = re.compile(rb"/ByteRange\s*\[")
NOTES = re.compile(rb"/Subtype\s*/(Text|FreeText|Highlight|Popup|Ink|Stamp)(?![A-Za-z])")


def strip(data: bytes, account: Account) -> bytes:
    """Overwrite with blanks of equal length, so that every place in the file stays true."""
    out = bytearray(data)
    for found in INFO.finditer(data):
        _blank_info(out, found, account)
    for found in TELLING.finditer(data):
        _blank_string(out, found.end(), account)
    _quiet_packets(out, account)
    seen = _strip_packed(out, account)
    if NOTES.search(data):
        account.note_left(_("Comments in the PDF may name their authors."))
    if SIGNED.search(data):
        account.note_left(_("The PDF is signed, and its signature names who signed it."))
    budget = Budget(LIMITS, len(data))
    if any(HIDDEN.search(block) for block in pdf.inflated(seen, budget)):
        account.note_left(PACKED)
    return bytes(out)


PACKED = _("The properties of the PDF are packed and could not be removed.")


def _quiet_packets(out: bytearray, account: Account) -> None:
    for packet in XMP.finditer(bytes(out)):
        for body in XMP_BODY.finditer(packet[2]):
            start = packet.start(2) + body.start()
            out[start : start + len(body[0])] = _quiet_description(body[0])
            account.note_removed(_("author and origin in the properties of the PDF"))


def _strip_packed(out: bytearray, account: Account) -> bytes:
    """Overwrite what is packed, where it fits; answers the file without the parts that are clean
    now, in which the rest is looked for."""
    data = bytes(out)
    infos = {int(found[1]) for found in INFO.finditer(data) if len(found[1]) < 12}
    rest = bytearray(data)
    for part in packed.parts(data):
        before, done = bytes(part.plain), Account()
        if part.holds_objects:
            _blank_objects(part, infos, done)
        else:
            _quiet_packets(part.plain, done)
        for words in done.left:
            account.note_left(words)
        if bytes(part.plain) == before:
            continue
        fitted = packed.fitted(bytes(part.plain), part.size)
        if fitted is None:
            account.note_left(PACKED)
            continue
        end = part.start + part.size
        out[part.start : end] = fitted
        rest[part.start : end] = bytes(part.size)
        for words in done.removed:
            account.note_removed(words)
    return bytes(rest)


def _blank_objects(part: packed.Part, infos: set[int], account: Account) -> None:
    """Blank the strings of the properties, and those that tell in any other object."""
    for number, where in part.objects().items():
        said, is_info = bytearray(part.plain[where]), number in infos
        if is_info and REFERENCE.search(said):
            # What it refers to stands elsewhere.
            account.note_left(PACKED)
        if _blank_object(said, account, is_info=is_info):
            part.plain[where] = said
        else:
            account.note_left(PACKED)


def _blank_object(said: bytearray, account: Account, *, is_info: bool) -> bool:
    """False where one of the strings never ends: what is broken stays as it is."""
    place = 0
    while True:
        place = _next_string(said, place, len(said)) if is_info else _next_telling(said, place)
        if place < 0:
            return True
        if not _is_closed(said, place):
            return False
        place = _blank_string(said, place, account)


def _next_telling(said: bytearray, place: int) -> int:
    found = TELLING.search(said, place)
    return found.end() if found else -1


def _is_closed(out: bytearray, place: int) -> bool:
    """Whether the string that begins here ends."""
    if out[place : place + 1] == b"(":
        return _end_of_string(out, place) < len(out)
    return out[place : place + 2] == b"<<" or out.find(b">", place) >= 0


def _blank_info(out: bytearray, found: re.Match, account: Account) -> None:
    number, generation = found[1], found[2]
    head = re.compile(rb"(?:^|[\r\n ])" + number + rb"\s+" + generation + rb"\s+obj")
    for start in head.finditer(bytes(out)):
        end = out.find(b"endobj", start.end())
        place = start.end()
        while 0 <= (place := _next_string(out, place, end)) < end:
            place = _blank_string(out, place, account)


def _next_string(out: bytearray, place: int, end: int) -> int:
    found = re.compile(rb"\(|(?<!<)<(?!<)").search(out, place, max(end, place))
    return found.start() if found else -1


def _blank_string(out: bytearray, place: int, account: Account) -> int:
    """Fill the string that begins here with blanks; returns where it ends."""
    if out[place : place + 2] == b"<<":
        return place + 2
    if bytes(out[place : place + 1]) not in (b"<", b"("):
        return place + 1  # blanked already
    if out[place : place + 1] == b"<":
        end = out.find(b">", place)
        digits = end - place - 1
        if end < 0:
            return len(out)
        out[place + 1 : end] = (b"20" * (digits // 2 + 1))[:digits]
    else:
        end = _end_of_string(out, place)
        out[place + 1 : end] = b" " * (end - place - 1)
    account.note_removed(_("author and origin in the properties of the PDF"))
    return end + 1


def _end_of_string(out: bytearray, place: int) -> int:
    """Where the bracket of a string closes; brackets inside come in pairs or behind a backslash."""
    depth = 0
    for found in re.compile(rb"\\.|[()]", re.DOTALL).finditer(out, place):
        depth += {b"(": 1, b")": -1}.get(bytes(found[0]), 0)
        if depth == 0:
            return found.start()
    return len(out)


def _quiet_description(body: bytes) -> bytes:
    """An empty description as long as the one it replaces; PDF/A keeps its claim to be PDF/A."""
    claim = b"".join(re.findall(rb"<pdfaid:\w+>\w+</pdfaid:\w+>", body))
    claimed = re.findall(rb'pdfaid:\w+="\w+"', body)
    opening = b'<rdf:Description rdf:about=""'
    if claim or claimed:
        opening += b' xmlns:pdfaid="http://www.aiim.org/pdfa/ns/id/" ' + b" ".join(claimed)
    quiet = opening + b">" + claim + b"</rdf:Description>"
    return quiet.ljust(len(body)) if len(quiet) <= len(body) else b" " * len(body)
