"""Packed parts of a PDF: opened, changed, and packed again into exactly the room they had.

So no address in the file moves, and nothing of the file but these parts is touched.
"""

from __future__ import annotations

import re
import zlib
from collections.abc import Iterator
from dataclasses import dataclass

from pochin.files.limits import MB
from pochin.files.pdf import STREAM

# No list of objects and no description of a document is larger.
LARGEST = 16 * MB
# So far back the dictionary of a stream begins, at the most.
LONGEST_HEAD = 4000
# How many of the last bytes may stand unpacked, to fill the room to the byte.
LOOSE = 400
# A block of deflate that holds nothing, from whole byte to whole byte.
EMPTY = b"\x00\x00\x00\xff\xff"
HEAD = re.compile(rb".*\bobj\b", re.DOTALL)
OBJECTS = re.compile(rb"/Type\s*/ObjStm(?![A-Za-z])")
DESCRIPTION = re.compile(rb"/Type\s*/Metadata(?![A-Za-z])|/Subtype\s*/XML(?![A-Za-z])")
PREDICTED = re.compile(rb"/(?:DecodeParms|DP)\b|/Filter\s*\[\s*/\w+\s*/")


@dataclass(slots=True)
class Part:
    """A packed stream: the words of its dictionary, where it stands, and what it holds."""

    head: bytes
    start: int
    size: int
    plain: bytearray

    @property
    def holds_objects(self) -> bool:
        return bool(OBJECTS.search(self.head))

    def objects(self) -> dict[int, slice]:
        """Where each object stands in what the part holds, by its number; what is broken is not
        there."""
        count, first = _number(self.head, b"N"), _number(self.head, b"First")
        if count is None or first is None:
            return {}
        words = bytes(self.plain[:first]).split()[: 2 * count]
        if len(words) % 2 or not all(word.isdigit() and len(word) < 12 for word in words):
            return {}
        numbers = [int(word) for word in words]
        starts = [first + offset for offset in numbers[1::2]]
        ends = [*starts[1:], len(self.plain)]
        places = zip(numbers[::2], starts, ends, strict=True)
        return {number: slice(start, end) for number, start, end in places if start <= end}


def parts(data: bytes) -> Iterator[Part]:
    """The packed lists of objects and the packed descriptions of the document."""
    for found in STREAM.finditer(data):
        before = data[max(0, found.start() - LONGEST_HEAD) : found.start()]
        head = HEAD.sub(b"", before)
        wanted = OBJECTS.search(head) or DESCRIPTION.search(head)
        if not wanted or PREDICTED.search(head):
            continue
        opened = _opened(data, found.end())
        if opened is not None:
            plain, size = opened
            yield Part(head, found.end(), size, bytearray(plain))


def _opened(data: bytes, start: int) -> tuple[bytes, int] | None:
    """What is packed here and how long it is packed; None where it is broken or too large."""
    inflater, room = zlib.decompressobj(), data[start : start + LARGEST]
    try:
        plain = inflater.decompress(room, LARGEST)
    except zlib.error:
        return None
    if not inflater.eof:
        return None
    return plain, len(room) - len(inflater.unused_data)


def _number(head: bytes, name: bytes) -> int | None:
    found = re.search(rb"/" + name + rb"\s+(\d{1,9})(?![\d.])", head)
    return int(found[1]) if found else None


def fitted(plain: bytes, size: int) -> bytes | None:
    """The bytes packed into exactly this many; None where they need more.

    The end is left unpacked as far as it takes to meet the room to the byte but for whole empty
    blocks, which fill the rest.
    """
    sealed = zlib.adler32(plain).to_bytes(4, "big")
    for loose in range(min(len(plain), LOOSE) + 1):
        packer = zlib.compressobj(9)
        cut = len(plain) - loose
        body = packer.compress(plain[:cut]) + packer.flush(zlib.Z_FULL_FLUSH)
        length = loose.to_bytes(2, "little")
        end = b"\x01" + length + bytes(255 - byte for byte in length) + plain[cut:] + sealed
        room = size - len(body) - len(end)
        if room < -LOOSE:
            return None
        if room >= 0 and room % len(EMPTY) == 0:
            return body + EMPTY * (room // len(EMPTY)) + end
    return None
