"""Looking into PDF: whether it is whole, open to us, and free of programs.

Programs hide behind names, and names in compressed parts, so every part that can be inflated is
searched. What a reader might still dig out by other packings is met by how files are served:
as attachments that no page of ours opens.
"""

from __future__ import annotations

import mmap
import re
import zlib
from collections.abc import Iterator
from typing import IO

from django.utils.translation import gettext as _

from pochin.core.lifecycle import Refused
from pochin.files import kinds
from pochin.files.limits import BLOCK, MB, Budget

TAIL = 2048
LONGEST_NAME = 64  # of an active name with every letter escaped


def _named(name: str) -> bytes:
    """A pattern of the name, each letter plain or escaped as ``#41``."""
    letters = b"".join(b"(?:%c|#%02x|#%02X)" % (ord(c), ord(c), ord(c)) for c in name)
    return b"/" + letters + rb"(?![0-9A-Za-z_#.-])"


ACTIVE = re.compile(b"|".join(_named(name) for name in ["JavaScript", "Launch", "RichMedia"]))
LOCKED = re.compile(_named("Encrypt"))
STREAM = re.compile(rb"stream\r?\n")
IMAGE = re.compile(rb"/Subtype\s*/Image(?![0-9A-Za-z])")


def inspect(file: IO[bytes], budget: Budget) -> None:
    """Pass a PDF without programs quietly."""
    with mmap.mmap(file.fileno(), 0, access=mmap.ACCESS_READ) as data:
        kinds.refuse_disguised(data[:1024])
        tail = data[-TAIL:]
        if b"%%EOF" not in tail or b"startxref" not in tail:
            raise Refused(_("The PDF is damaged or incomplete. Save it anew and send it."))
        if LOCKED.search(data):
            raise Refused(
                _("The PDF is protected, and we cannot check it. Save it without protection.")
            )
        if ACTIVE.search(data) or any(map(ACTIVE.search, inflated(data, budget))):
            raise Refused(
                _(
                    "The PDF holds a program (JavaScript or a command to start something). "
                    "Print it to a new PDF and send that."
                )
            )


def inflated(data: mmap.mmap | bytes, budget: Budget) -> Iterator[bytes]:
    """The compressed parts, block by block; a name on a seam is whole in the later block."""
    for found in STREAM.finditer(data):
        start = found.end()
        if not _is_deflated(data[start : start + 2]):
            continue
        # Of pictures the first megabyte is enough: a page full of them is no bomb.
        is_image = bool(IMAGE.search(data[max(0, start - 1000) : start]))
        seam = b""
        for block in _inflate(data, start, MB if is_image else budget.limits.unpacked):
            if not is_image:
                budget.unpack(len(block))
            budget.look_at_clock()
            yield seam + block
            seam = block[-LONGEST_NAME:]


def _is_deflated(head: bytes) -> bool:
    return len(head) == 2 and head[0] & 15 == 8 and int.from_bytes(head, "big") % 31 == 0


def _inflate(data: mmap.mmap | bytes, start: int, limit: int) -> Iterator[bytes]:
    inflater, given = zlib.decompressobj(), 0
    rest = b""
    try:
        while given < limit and not inflater.eof:
            if not rest:
                rest = data[start : start + BLOCK]
                start += len(rest)
            if not rest:
                return
            block = inflater.decompress(rest, MB)
            rest = inflater.unconsumed_tail
            given += len(block)
            if block:
                yield block
    except zlib.error:
        return
