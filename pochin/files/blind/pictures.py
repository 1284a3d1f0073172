"""Pictures without device, place, time and comments; how to turn them is kept."""

from __future__ import annotations

import io
import struct

from django.utils.translation import gettext_noop as _

from pochin.files import pictures
from pochin.files.blind.account import Account

PNG_KEPT = frozenset(
    b"IHDR PLTE IDAT IEND tRNS gAMA cHRM sRGB iCCP pHYs sBIT bKGD acTL fcTL fdAT".split()
)


def png(data: bytes, account: Account) -> bytes:
    out = [data[:8]]
    for name, place, length in pictures.png_chunks(io.BytesIO(data)):
        if name in PNG_KEPT:
            out.append(data[place - 8 : place + length + 4])
        else:
            account.note_removed(_("words and marks of the device in the picture"))
    return b"".join(out)


def jpeg(data: bytes, account: Account) -> bytes:
    out, orientation = [data[:2]], 1
    picture = 2
    for mark, place, length in pictures.jpeg_segments(io.BytesIO(data)):
        picture = place + length
        segment = data[place : place + length]
        # APP0 says it is a JPEG, APP2 holds colours, APP14 says how they are stored.
        if mark == 0xFE or (0xE0 <= mark <= 0xEF and mark not in {0xE0, 0xE2, 0xEE}):
            orientation = _orientation(segment) if mark == 0xE1 else orientation
            account.note_removed(_("words and marks of the device in the picture"))
        elif mark != 0xE2 or segment.startswith(b"ICC_PROFILE\0"):
            out.append(data[place - 4 : place + length])
    end = _end_of_jpeg(data, picture)
    if end < len(data):
        account.note_removed(_("data behind the picture"))
    if orientation != 1:
        out.insert(1, _turned(orientation))
    return b"".join([*out, data[picture:end]])


def _orientation(segment: bytes) -> int:
    """How the camera was held, from the first table of the EXIF data; 1 is upright."""
    if not segment.startswith(b"Exif\0\0"):
        return 1
    tiff = segment[6:]
    order = "<" if tiff[:2] == b"II" else ">"
    try:
        (table,) = struct.unpack_from(f"{order}I", tiff, 4)
        (count,) = struct.unpack_from(f"{order}H", tiff, table)
        for place in range(table + 2, table + 2 + 12 * count, 12):
            tag, _kind, _count, value = struct.unpack_from(f"{order}HHIH", tiff, place)
            if tag == 0x0112 and 1 <= value <= 8:
                return value
    except struct.error:
        pass
    return 1


def _turned(orientation: int) -> bytes:
    """EXIF data that say nothing but how to turn the picture."""
    table = struct.pack(">HHHIHHI", 1, 0x0112, 3, 1, orientation, 0, 0)
    said = b"Exif\0\0" + b"MM\0*\0\0\0\x08" + table
    return b"\xff\xe1" + struct.pack(">H", len(said) + 2) + said


def _end_of_jpeg(data: bytes, place: int) -> int:
    """Where the picture ends: behind its closing mark, whatever follows."""
    while (place := data.find(b"\xff", place)) >= 0 and place + 1 < len(data):
        mark = data[place + 1]
        if mark == 0xD9:
            return place + 2
        is_data = mark in {0x00, 0xFF} or mark in pictures.BARE
        place += 1 if mark == 0xFF else 2
        if not is_data:
            place += int.from_bytes(data[place : place + 2], "big")
    return len(data)


def webp(data: bytes, account: Account) -> bytes:
    kept = []
    for name, place, length in pictures.webp_chunks(io.BytesIO(data)):
        chunk = bytearray(data[place - 8 : place + length + length % 2])
        if name in {b"EXIF", b"XMP "}:
            account.note_removed(_("words and marks of the device in the picture"))
            continue
        if name == b"VP8X":
            chunk[8] &= ~0x0C & 0xFF  # no EXIF, no XMP
        kept.append(bytes(chunk))
    body = b"WEBP" + b"".join(kept)
    return b"RIFF" + struct.pack("<I", len(body)) + body
