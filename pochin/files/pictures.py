"""Looking into pictures: how large they are when drawn, and whether they are whole."""

from __future__ import annotations

import struct
from collections.abc import Iterator
from typing import IO

from django.utils.translation import gettext as _

from pochin.core.lifecycle import Refused
from pochin.files.limits import Budget

# The segments of a JPEG that hold its size; C4, C8 and CC in their midst hold tables.
FRAMES = frozenset(range(0xC0, 0xD0)) - {0xC4, 0xC8, 0xCC}
BARE = frozenset({0x01, *range(0xD0, 0xD8)})  # segments without a length


class Broken(Exception):
    """The picture ends too early, or is not built as its kind is."""


def inspect(file: IO[bytes], code: str, budget: Budget) -> None:
    """Pass a whole picture of bearable size quietly."""
    try:
        width, height = {"png": _png, "jpeg": _jpeg, "webp": _webp}[code](file)
    except (Broken, struct.error, IndexError):
        raise Refused(
            _("The picture is damaged or incomplete. Save it anew and send it.")
        ) from None
    if width * height > budget.limits.pixels or not width * height:
        raise Refused(
            _("The picture is %(width)d × %(height)d pixels; reduce it to %(limit)d million.")
            % {"width": width, "height": height, "limit": budget.limits.pixels // 1_000_000}
        )


def png_chunks(file: IO[bytes]) -> Iterator[tuple[bytes, int, int]]:
    """Name, place and length of the data of each chunk, up to the closing one."""
    file.seek(8)
    while True:
        length, name = struct.unpack(">I4s", file.read(8))
        place = file.tell()
        yield name, place, length
        if name == b"IEND":
            return
        file.seek(place + length + 4)


def _png(file: IO[bytes]) -> tuple[int, int]:
    chunks = list(png_chunks(file))
    names = [name for name, _place, _length in chunks]
    end = chunks[-1][1] + 4
    file.seek(0, 2)
    if names[0] != b"IHDR" or b"IDAT" not in names or file.tell() != end:
        raise Broken
    file.seek(16)
    width, height = struct.unpack(">II", file.read(8))
    return width, height


def jpeg_segments(file: IO[bytes]) -> Iterator[tuple[int, int, int]]:
    """Mark, place and length of the data of each segment, up to where the picture begins."""
    file.seek(2)
    while True:
        sign, mark = file.read(1)[0], file.read(1)[0]
        while mark == 0xFF:
            mark = file.read(1)[0]
        if sign != 0xFF:
            raise Broken
        if mark in BARE:
            continue
        (length,) = struct.unpack(">H", file.read(2))
        if length < 2:
            raise Broken
        place = file.tell()
        yield mark, place, length - 2
        if mark == 0xDA:
            return
        file.seek(place + length - 2)


def _jpeg(file: IO[bytes]) -> tuple[int, int]:
    size = None
    for mark, place, _length in jpeg_segments(file):
        if mark in FRAMES and size is None:
            file.seek(place + 1)
            height, width = struct.unpack(">HH", file.read(4))
            size = width, height
    if size is None or not _ends_as_jpeg(file):
        raise Broken
    return size


def _ends_as_jpeg(file: IO[bytes]) -> bool:
    # Cameras append previews and films behind the closing mark: it need not be the last.
    tail = b""
    while block := file.read(1 << 20):
        if b"\xff\xd9" in tail + block:
            return True
        tail = block[-1:]
    return False


def webp_chunks(file: IO[bytes]) -> Iterator[tuple[bytes, int, int]]:
    """Name, place and length of the data of each chunk."""
    file.seek(4)
    end = struct.unpack("<I", file.read(4))[0] + 8
    file.seek(12)
    while file.tell() < end:
        name, length = struct.unpack("<4sI", file.read(8))
        place = file.tell()
        if place + length > end:
            raise Broken
        yield name, place, length
        file.seek(place + length + length % 2)


def _webp(file: IO[bytes]) -> tuple[int, int]:
    chunks = list(webp_chunks(file))
    file.seek(0, 2)
    name, place, _length = chunks[0]
    if file.tell() < chunks[-1][1] + chunks[-1][2]:
        raise Broken
    file.seek(place)
    data = file.read(10)
    if name == b"VP8X":
        return 1 + int.from_bytes(data[4:7], "little"), 1 + int.from_bytes(data[7:10], "little")
    if name == b"VP8L":
        bits = int.from_bytes(data[1:5], "little")
        return (bits & 0x3FFF) + 1, (bits >> 14 & 0x3FFF) + 1
    if name == b"VP8 ":
        width, height = struct.unpack("<HH", data[6:10])
        return width & 0x3FFF, height & 0x3FFF
    raise Broken
