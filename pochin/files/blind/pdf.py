"""PDF without author and origin: overwritten in place, so that every address in it stays true."""

from __future__ import annotations

import re

from django.utils.translation import gettext_noop as _

from pochin.files import pdf
from pochin.files.blind.account import Account
from pochin.files.limits import LIMITS, Budget

INFO = re.compile(rb"/Info\s+(\d+)\s+(\d+)\s+R")
XMP = re.compile(rb"(<\?xpacket begin[^>]*\?>)(.*?)(<\?xpacket end)", re.DOTALL)
XMP_BODY = re.compile(rb"<rdf:Description.*</rdf:Description>|<rdf:Description[^>]*/>", re.DOTALL)
TELLING = re.compile(rb"/(Author|Company|Manager|LastModifiedBy|SourceModified)\s*(?=[(<])")
NOTES = re.compile(rb"/Subtype\s*/(Text|FreeText|Highlight|Popup|Ink|Stamp)(?![A-Za-z])")


def strip(data: bytes, account: Account) -> bytes:
    """Overwrite with blanks of equal length, so that every place in the file stays true."""
    out = bytearray(data)
    for found in INFO.finditer(data):
        _blank_info(out, found, account)
    for found in TELLING.finditer(data):
        _blank_string(out, found.end(), account)
    for packet in XMP.finditer(data):
        for body in XMP_BODY.finditer(packet[2]):
            start = packet.start(2) + body.start()
            out[start : start + len(body[0])] = _quiet_description(body[0])
            account.note_removed(_("author and origin in the properties of the PDF"))
    if NOTES.search(data):
        account.note_left(_("Comments in the PDF may name their authors."))
    budget = Budget(LIMITS, len(data))
    hidden = re.compile(rb"/Author\s*[(<][^)>]|<xmp|<x:xmpmeta|dc:creator")
    if any(hidden.search(block) for block in pdf.inflated(bytes(out), budget)):
        account.note_left(_("The properties of the PDF are packed and could not be removed."))
    return bytes(out)


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
    if out[place : place + 1] not in (b"<", b"("):
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
