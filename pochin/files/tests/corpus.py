"""Documents made by the tests, good and hostile; none is stored anywhere."""

from __future__ import annotations

import io
import struct
import zipfile
import zlib

from django.core.files.base import ContentFile

TYPES = '<?xml version="1.0"?><Types xmlns="http://schemas.openxmlformats.org/package/2006/{}"/>'
RELS = "application/vnd.openxmlformats-package.relationships+xml"


def upload(name: str, data: bytes) -> ContentFile:
    return ContentFile(data, name=name)


# ── pictures ─────────────────────────────────────────────────────────────────────────────────────


def chunk(name: bytes, data: bytes) -> bytes:
    crc = zlib.crc32(name + data)
    return struct.pack(">I", len(data)) + name + data + struct.pack(">I", crc)


def png(width: int = 2, height: int = 2, *extra: bytes) -> bytes:
    head = chunk(b"IHDR", struct.pack(">IIBBBBB", width, height, 8, 0, 0, 0, 0))
    rows = min(width * height, 4)
    pixels = chunk(b"IDAT", zlib.compress(b"\0" * (rows + height % 1000)))
    return b"\x89PNG\r\n\x1a\n" + head + b"".join(extra) + pixels + chunk(b"IEND", b"")


def segment(mark: int, data: bytes) -> bytes:
    return bytes([0xFF, mark]) + struct.pack(">H", len(data) + 2) + data


def exif(orientation: int = 1, words: bytes = b"") -> bytes:
    """EXIF of a camera: how it was held, and who held it."""
    order = b"II*\0" + struct.pack("<I", 8)
    turn = struct.pack("<HHIHH", 0x0112, 3, 1, orientation, 0)
    author = struct.pack("<HHII", 0x013B, 2, len(words), 38)
    table = struct.pack("<H", 2) + turn + author + struct.pack("<I", 0)
    return b"Exif\0\0" + order + table + words


def jpeg(width: int = 2, height: int = 2, *extra: bytes, tail: bytes = b"") -> bytes:
    frame = segment(0xC0, struct.pack(">BHHB", 8, height, width, 1) + b"\x01\x11\x00")
    scan = segment(0xDA, b"\x01\x01\x00\x00\x3f\x00") + b"\x12\xff\x00\x34"
    jfif = segment(0xE0, b"JFIF\0\1\1\0\0\1\0\1\0\0")
    return b"\xff\xd8" + jfif + b"".join(extra) + frame + scan + b"\xff\xd9" + tail


def webp(width: int = 2, height: int = 2, *extra: bytes, flags: int = 0) -> bytes:
    size = (width - 1).to_bytes(3, "little") + (height - 1).to_bytes(3, "little")
    canvas = b"VP8X" + struct.pack("<I", 10) + bytes([flags, 0, 0, 0]) + size
    body = b"WEBP" + canvas + b"VP8L" + struct.pack("<I", 6) + b"\x2f\0\0\0\0\0" + b"".join(extra)
    return b"RIFF" + struct.pack("<I", len(body)) + body


# ── PDF ──────────────────────────────────────────────────────────────────────────────────────────


def pdf(*objects: bytes, info: bytes = b"") -> bytes:
    """A page without words, then the objects given."""
    bodies = [
        b"<< /Type /Catalog /Pages 2 0 R >>",
        b"<< /Type /Pages /Kids [3 0 R] /Count 1 >>",
        b"<< /Type /Page /Parent 2 0 R /MediaBox [0 0 9 9] >>",
        b"<< " + info + b" >>",
        *objects,
    ]
    out, places = b"%PDF-1.7\n%\xe2\xe3\xcf\xd3\n", []
    for number, body in enumerate(bodies, start=1):
        places.append(len(out))
        out += b"%d 0 obj\n%s\nendobj\n" % (number, body)
    table = b"".join(b"%010d 00000 n \n" % place for place in places)
    count = len(bodies) + 1
    trailer = b"trailer\n<< /Size %d /Root 1 0 R /Info 4 0 R >>\n" % count
    start = b"startxref\n%d\n%%%%EOF\n" % len(out)
    return out + b"xref\n0 %d\n0000000000 65535 f \n" % count + table + trailer + start


def packed(body: bytes, entries: bytes = b"") -> bytes:
    """A compressed part of a PDF."""
    data = zlib.compress(body)
    said = b"<< /Length %d /Filter /FlateDecode %s >>" % (len(data), entries)
    return said + b"\nstream\n" + data + b"\nendstream"


# ── archives ─────────────────────────────────────────────────────────────────────────────────────


def archive(files: dict[str, bytes], *, method: int = zipfile.ZIP_DEFLATED) -> bytes:
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w", method) as made:
        for name, data in files.items():
            made.writestr(name, data)
    return out.getvalue()


def linked() -> bytes:
    """An archive whose one file is a symbolic link."""
    out, info = io.BytesIO(), zipfile.ZipInfo("link")
    info.external_attr = 0o120777 << 16
    with zipfile.ZipFile(out, "w") as made:
        made.writestr(info, "/etc/passwd")
    return out.getvalue()


def renamed(data: bytes, before: bytes, after: bytes) -> bytes:
    """The archive with a name overwritten by another of equal length, as no tool would write it."""
    assert len(before) == len(after)
    return data.replace(before, after)


def flagged(data: bytes) -> bytes:
    """The archive with its first file marked as locked by a password."""
    place = data.index(b"PK\x01\x02") + 8
    return data[:6] + b"\x01\x00" + data[8:place] + b"\x01\x00" + data[place + 2 :]


def overlapping() -> bytes:
    """Two names for the same packed bytes."""
    data = bytearray(archive({"a": b"x" * 100, "b": b"x" * 100}))
    second = data.rindex(b"PK\x01\x02")
    data[second + 42 : second + 46] = struct.pack("<I", 10)
    return bytes(data)


def nested(depth: int) -> bytes:
    data = b"deep inside"
    for level in range(depth):
        data = archive({f"{level}.zip" if level else "words.txt": data})
    return data


def docx(**parts: bytes) -> bytes:
    return _office({"word/document.xml": b"<w:document/>"}, parts)


def xlsx(**parts: bytes) -> bytes:
    return _office({"xl/workbook.xml": b"<workbook/>"}, parts)


def pptx(**parts: bytes) -> bytes:
    return _office({"ppt/presentation.xml": b"<p:presentation/>"}, parts)


def _office(main: dict[str, bytes], parts: dict[str, bytes]) -> bytes:
    types = TYPES.format("content-types").encode()
    return archive({"[Content_Types].xml": types, **main, **parts})


def odt(code: str = "text", **parts: bytes) -> bytes:
    said = f"application/vnd.oasis.opendocument.{code}".encode()
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w") as made:
        made.writestr("mimetype", said, zipfile.ZIP_STORED)
        for name, data in {"content.xml": b"<office:document-content/>", **parts}.items():
            made.writestr(name, data, zipfile.ZIP_DEFLATED)
    return out.getvalue()
