"""Where the bytes lie: once for each SHA-256, on disk or in S3, whole or not at all."""

from __future__ import annotations

import hashlib
import os
import tempfile
from collections.abc import Iterable, Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from datetime import datetime, timedelta
from pathlib import Path
from typing import IO, Any

from django.core.files import File as StoredFile
from django.core.files.storage import FileSystemStorage, storages
from django.utils.translation import gettext as _

from pochin.core.lifecycle import Refused
from pochin.files.limits import MB

UNFINISHED = "unfinished"
STALE = timedelta(days=1)


@dataclass(frozen=True, slots=True)
class Held:
    """Bytes that arrived and are looked into, but are not kept yet."""

    file: IO[bytes]
    path: Path
    sha256: str
    size: int


def place(sha256: str) -> str:
    return f"{sha256[:2]}/{sha256}"


def root() -> Path | None:
    """The folder of the store; None where it is not on a disk of ours."""
    storage = storages["default"]
    return Path(storage.location) if isinstance(storage, FileSystemStorage) else None


@contextmanager
def hold(blocks: Iterable[bytes], *, limit: int) -> Iterator[Held]:
    """Take bytes into a temporary file, on the same disk as the store, counting as they come."""
    folder = root()
    if folder is not None:
        folder = folder / UNFINISHED
        folder.mkdir(mode=0o700, parents=True, exist_ok=True)
    with tempfile.NamedTemporaryFile(dir=folder, delete=False) as file:
        path = Path(file.name)
        try:
            digest, size = hashlib.sha256(), 0
            for block in blocks:
                size += len(block)
                if size > limit:
                    refuse_size(size, limit)
                digest.update(block)
                file.write(block)
            file.flush()
            file.seek(0)
            yield Held(file, path, digest.hexdigest(), size)
        finally:
            path.unlink(missing_ok=True)


def refuse_size(size: int, limit: int) -> None:
    raise Refused(
        _(
            "The file is %(size)d MB; the limit is %(limit)d. "
            "Split it or send a link to your server."
        )
        % {"size": -(-size // MB), "limit": limit // MB}
    )


def keep(held: Held) -> None:
    """Put the bytes in their place; once this returns they survive a power cut."""
    folder = root()
    if folder is None:
        _send(held)
        return
    final = folder / place(held.sha256)
    final.parent.mkdir(mode=0o700, exist_ok=True)
    os.fsync(held.file.fileno())
    # Even where the bytes are there already: this heals a place that was damaged.
    os.replace(held.path, final)
    for changed in (final.parent, folder):
        _sync(changed)


def _sync(folder: Path) -> None:
    handle = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)


def _send(held: Held) -> None:
    storage, name = storages["default"], place(held.sha256)
    if not storage.exists(name):
        storage.save(name, StoredFile(held.file))


def open_bytes(sha256: str) -> Any:
    """The kept bytes, to be read.

    Raises:
        FileNotFoundError: They are not there.
    """
    return storages["default"].open(place(sha256), "rb")


def exists(sha256: str) -> bool:
    return storages["default"].exists(place(sha256))


def remove(sha256: str) -> None:
    storages["default"].delete(place(sha256))


def kept() -> Iterator[str]:
    """The SHA-256 of everything in the store."""
    storage = storages["default"]
    with suppress(FileNotFoundError):
        for folder in sorted(storage.listdir("")[0]):
            if folder != UNFINISHED:
                yield from sorted(storage.listdir(folder)[1])


def digest(sha256: str) -> str:
    """What the kept bytes hash to now."""
    found = hashlib.sha256()
    with open_bytes(sha256) as file:
        while block := file.read(MB):
            found.update(block)
    return found.hexdigest()


def sweep(*, at: datetime) -> int:
    """Remove what uploads left behind that broke off more than a day ago; returns how many."""
    folder = root()
    if folder is None or not (folder / UNFINISHED).is_dir():
        return 0
    oldest, count = (at - STALE).timestamp(), 0
    for path in (folder / UNFINISHED).iterdir():
        with suppress(FileNotFoundError):
            if path.stat().st_mtime < oldest:
                path.unlink()
                count += 1
    return count
