"""Office documents without author and company, in their properties, comments and changes."""

from __future__ import annotations

import io
import re
import struct
import zipfile

from django.utils.translation import gettext_noop as _

from pochin.files import pictures
from pochin.files.blind import pictures as blind_pictures
from pochin.files.blind.account import Account
from pochin.files.limits import MB

LARGEST_PART = 64 * MB
CORE = (
    b'<?xml version="1.0" encoding="UTF-8" standalone="yes"?><cp:coreProperties xmlns:cp='
    b'"http://schemas.openxmlformats.org/package/2006/metadata/core-properties"/>'
)
CUSTOM = (
    b'<?xml version="1.0" encoding="UTF-8" standalone="yes"?><Properties xmlns='
    b'"http://schemas.openxmlformats.org/officeDocument/2006/custom-properties"/>'
)
ODF_META = (
    b'<?xml version="1.0" encoding="UTF-8"?><office:document-meta xmlns:office='
    b'"urn:oasis:names:tc:opendocument:xmlns:office:1.0" office:version="1.2">'
    b"<office:meta/></office:document-meta>"
)
REPLACED = {"docProps/core.xml": CORE, "docProps/custom.xml": CUSTOM, "meta.xml": ODF_META}
# Where authors stand in the parts, and what stands there afterwards.
SIGNS = [
    (rb'(\b(?:w|w15|w16\w*):author=)"[^"]*"', rb'\1"Author"'),
    (rb'(\b(?:w|w15|w16\w*):(?:initials|userId)=)"[^"]*"', rb'\1""'),
    (rb"<(Company|Manager|HyperlinkBase)>[^<]*</\1>", rb"<\1></\1>"),
    (rb"<author>[^<]*</author>", rb"<author>Author</author>"),
    (rb"<dc:creator>[^<]*</dc:creator>", rb"<dc:creator>Author</dc:creator>"),
    (rb"<(meta:creator-initials|loext:sender-initials)>[^<]*</\1>", rb"<\1></\1>"),
    (rb'(<x15ac:absPath [^>]*?url=)"[^"]*"', rb'\1""'),
    (rb'(<fileSharing [^>]*?userName=)"[^"]*"', rb'\1"Author"'),
    (rb'(attachedTemplate"[^>]*?Target=)"[^"]*"', rb'\1"Normal.dotm"'),
    (rb'(Target=)"[^"]*"([^>]*attachedTemplate")', rb'\1"Normal.dotm"\2'),
]
PEOPLE = re.compile(r"(^|/)(persons?/person\w*|commentAuthors|authors|people)\.xml$")
PERSON = (rb'(\b(?:displayName|name|initials|userId|providerId)=)"[^"]*"', rb'\1"Author"')
CHANGES = re.compile(rb"<w:(ins|del|moveFrom|moveTo) |<text:tracked-changes|<revisions ")
REMARKS = re.compile(r"(?i)(^|/)(comments\w*|threadedComments?/.*|comments/.*)\.xml$")


def strip(data: bytes, account: Account) -> bytes:
    out = io.BytesIO()
    with zipfile.ZipFile(io.BytesIO(data)) as source, zipfile.ZipFile(out, "w") as target:
        for info in source.infolist():
            # A fresh description of the file: without the day it was packed.
            fresh = zipfile.ZipInfo(info.filename)
            fresh.compress_type = info.compress_type
            target.writestr(fresh, _part(source, info, account))
    return out.getvalue()


def _part(source: zipfile.ZipFile, info: zipfile.ZipInfo, account: Account) -> bytes:
    if info.filename in REPLACED:
        account.note_removed(_("author and company in the properties of the document"))
        return REPLACED[info.filename]
    data = source.read(info)
    if info.file_size > LARGEST_PART:
        account.note_left(_("A part of the document is too large to be searched for names."))
        return data
    if REMARKS.search(info.filename):
        account.note_left(_("Comments stay in the document; their authors are taken out."))
    if info.filename.endswith((".xml", ".rels")):
        return _quiet_markup(info.filename, data, account)
    return _quiet_picture(info.filename, data, account)


def _quiet_markup(name: str, data: bytes, account: Account) -> bytes:
    if CHANGES.search(data):
        account.note_left(_("Tracked changes stay in the document; accept them before sending."))
    signs = [*SIGNS, PERSON] if PEOPLE.search(name) else SIGNS
    for pattern, quiet in signs:
        data, count = re.subn(pattern, quiet, data)
        if count:
            account.note_removed(_("names of authors in comments and changes"))
    return data


def _quiet_picture(name: str, data: bytes, account: Account) -> bytes:
    code = {b"\x89PNG": "png", b"\xff\xd8\xff\xe0": "jpeg", b"\xff\xd8\xff\xe1": "jpeg"}.get(
        data[:4]
    )
    if code is None:
        return data
    try:
        return getattr(blind_pictures, code)(data, account)
    except (pictures.Broken, struct.error, IndexError):
        account.note_left(_("A picture in the document is damaged and was left as it is."))
        return data
