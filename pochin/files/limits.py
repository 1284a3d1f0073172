"""How much one document may ask of us, and the account kept while it is looked into."""

from __future__ import annotations

import time
from dataclasses import dataclass, field

from django.utils.translation import gettext as _

from pochin.core.lifecycle import Refused

MB = 1_000_000
BLOCK = 64 * 1024


@dataclass(frozen=True, slots=True)
class Limits:
    """Bounds of one upload; sizes in bytes."""

    size: int = 50 * MB
    unpacked: int = 500 * MB
    entries: int = 10_000
    directory: int = 4 * MB  # the list of contents of an archive
    depth: int = 2  # a document inside an archive inside an archive
    ratio: int = 200  # unpacked to packed, beyond the first ten megabytes
    pixels: int = 80_000_000
    seconds: float = 15


LIMITS = Limits()


@dataclass(slots=True)
class Budget:
    """What is left of the limits while one upload, with all it contains, is looked into."""

    limits: Limits
    packed: int
    unpacked: int = 0
    entries: int = 0
    until: float = field(default=0.0)

    def __post_init__(self) -> None:
        self.until = time.monotonic() + self.limits.seconds

    def unpack(self, count: int) -> None:
        """Account for so many bytes that came out of packed ones."""
        self.unpacked += count
        if self.unpacked > self.limits.unpacked:
            raise Refused(
                _(
                    "Unpacked, the file is over %(limit)d MB, and we cannot check that much. "
                    "Split it into parts."
                )
                % {"limit": self.limits.unpacked // MB}
            )
        if self.unpacked > max(10 * MB, self.packed * self.limits.ratio):
            raise Refused(
                _(
                    "The file unpacks to more than %(ratio)d times its size, as harmful archives "
                    "do. Send its contents without packing."
                )
                % {"ratio": self.limits.ratio}
            )
        self.look_at_clock()

    def count(self, entries: int) -> None:
        """Account for so many files inside the file."""
        self.entries += entries
        if self.entries > self.limits.entries:
            raise Refused(
                _(
                    "We could not check the archive: it holds over %(limit)d files. "
                    "Split it into parts."
                )
                % {"limit": self.limits.entries}
            )

    def look_at_clock(self) -> None:
        if time.monotonic() > self.until:
            raise Refused(
                _(
                    "We could not check the file in %(seconds)d seconds. "
                    "Save it in a simpler form or split it into parts."
                )
                % {"seconds": self.limits.seconds}
            )
