"""Files that come packed by gzip or Zstandard, unpacked while they are written, within bounds."""

from __future__ import annotations

import io
from collections.abc import Iterable, Iterator
from typing import Any

import pyarrow as pa

from pochin.files.limits import Budget, Limits
from pochin.measurements.intake.dialect import Unreadable

BLOCK = 1 << 20
KINDS = {b"\x1f\x8b": "gzip", b"\x28\xb5\x2f\xfd": "zstd"}
SUFFIXES = (".gz", ".zst")


class _Blocks(io.RawIOBase):
    """Blocks that arrive, as a file that is read once; counts what it handed out."""

    def __init__(self, blocks: Iterator[bytes]) -> None:
        self._blocks = blocks
        self._rest = b""
        self.count = 0

    def readable(self) -> bool:
        return True

    def readinto(self, buffer: Any) -> int:
        while not self._rest:
            block = next(self._blocks, None)
            if block is None:
                return 0
            self._rest = bytes(block)
        count = min(len(buffer), len(self._rest))
        buffer[:count] = self._rest[:count]
        self._rest = self._rest[count:]
        self.count += count
        return count


def unpacked(blocks: Iterable[bytes], *, limit: int) -> Iterator[bytes]:
    """The blocks as they are, or unpacked where they are packed.

    Raises:
        Unreadable: The packed file is damaged or breaks off.
        Refused: It unpacks to more than the limit, or grows as harmful archives do.
    """
    blocks = iter(blocks)
    first = next((bytes(block) for block in blocks if block), b"")
    kind = next((kind for mark, kind in KINDS.items() if first.startswith(mark)), None)
    if kind is None:
        yield first
        yield from blocks
        return
    packed = _Blocks(_after(first, blocks))
    budget = Budget(Limits(unpacked=limit, seconds=3_600), 0)
    try:
        with pa.CompressedInputStream(pa.PythonFile(packed, mode="r"), kind) as stream:
            while block := stream.read(BLOCK):
                budget.packed = packed.count
                budget.unpack(len(block))
                yield block
    except (OSError, ValueError, pa.ArrowException):
        raise Unreadable("packed") from None


def _after(first: bytes, blocks: Iterator[bytes]) -> Iterator[bytes]:
    yield first
    yield from blocks


def unpacked_name(name: str) -> str:
    """The name of the file inside.

    >>> unpacked_name("march.csv.gz")
    'march.csv'
    """
    suffix = next((one for one in SUFFIXES if name.lower().endswith(one)), "")
    return name[: -len(suffix)] or name if suffix else name
