"""Text in another encoding, read as UTF-8."""

from __future__ import annotations

import codecs
import io
from typing import Any, BinaryIO

BLOCK = 1 << 20


class Recoded(io.RawIOBase):
    """The bytes of a text in another encoding, as UTF-8; what does not decode becomes U+FFFD."""

    def __init__(self, file: BinaryIO, encoding: str) -> None:
        self._file = file
        self._decoder = codecs.getincrementaldecoder(encoding)(errors="replace")
        self._rest = b""
        self._ended = False

    def readable(self) -> bool:
        return True

    def readinto(self, buffer: Any) -> int:
        while not self._rest and not self._ended:
            block = self._file.read(BLOCK)
            self._ended = not block
            self._rest = self._decoder.decode(block, final=not block).encode()
        count = min(len(buffer), len(self._rest))
        buffer[:count] = self._rest[:count]
        self._rest = self._rest[count:]
        return count
