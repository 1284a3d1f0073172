"""Write everything into one archive: database, files, store of readings, checkpoints, keys."""

from __future__ import annotations

import argparse
import contextlib
import hashlib
import json
import os
import sqlite3
import subprocess
import sys
import tarfile
import tempfile
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, BinaryIO, cast
from urllib.parse import unquote, urlsplit, urlunsplit

from pochin.cli import LACKING, Fault, ready

KEYS = ("secret_key", "signing_key.pem")
FORMAT = "pochin-backup/1"
SQLITE, POSTGRESQL = "db.sqlite3", "db.dump"


def add(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("archive", help="file to write, for example pochin.tar.gz")


def run(args: argparse.Namespace) -> int:
    # Of whatever version the database is: it is copied before an upgrade as well as after.
    ready()
    from django.conf import settings

    steps = _steps()
    target = Path(args.archive)
    if target.exists():
        raise Fault(f"{target} exists already; choose another name.")
    draft = target.with_name(target.name + ".part")
    try:
        count = _write(draft, Path(settings.HOME), steps)
        draft.rename(target)
    except (OSError, sqlite3.Error) as error:
        why = getattr(error, "strerror", None) or str(error)
        raise Fault(f"{target} cannot be written: {why}.") from error
    finally:
        draft.unlink(missing_ok=True)
    _remember(target.stat().st_size)
    print(f"{_start()}{target}: {count} files, {target.stat().st_size / 1e6:.1f} MB")
    for words in elsewhere():
        print(words)
    return 0


def _steps() -> list[tuple[str, str]]:
    """The steps the database has taken; whoever brings it back learns of which version it is."""
    from django.db import connection

    from pochin.keeping.tables import taken

    # Asking SQLite would make an empty file where there is none.
    name = str(connection.settings_dict["NAME"])
    steps = taken() if connection.vendor != "sqlite" or Path(name).exists() else []
    if not steps:
        raise Fault(LACKING)
    return steps


def _remember(size: int) -> None:
    """Let the page of the keeper know how old the last copy is, where that page has its table."""
    from django.db import DatabaseError
    from django.utils import timezone

    from pochin.keeping.models import Backup

    with contextlib.suppress(DatabaseError):
        Backup.objects.create(made_at=timezone.now(), size=size)


def _start() -> str:
    """To the beginning of the line, over the count of files, where somebody watches."""
    return "\r\033[K" if sys.stdout.isatty() else ""


def _write(draft: Path, home: Path, steps: list[tuple[str, str]]) -> int:
    sums: dict[str, str] = {}
    # What was signed before the copy of the database is surely about entries it holds.
    signed = _files_in(places()["checkpoints"])
    with (
        tempfile.TemporaryDirectory(dir=home) as folder,
        open(draft, "wb", opener=_private) as written,
        tarfile.open(fileobj=written, mode="w:gz") as archive,
    ):
        # The database first: what it names then, the folders hold; they only grow.
        database, named = dump_database(Path(folder))
        for name, path in [(database.name, database), *_kept(home, signed, named)]:
            # The store of readings drops files that nobody cites any more.
            with contextlib.suppress(FileNotFoundError):
                sums[name] = _add(archive, name, path)
            if sys.stdout.isatty():
                print(f"\r{len(sums)} files", end="", flush=True)
        _add_manifest(archive, Path(folder), {"steps": steps, "files": sums})
        archive.close()
        written.flush()
        os.fsync(written.fileno())
    _tell_missing(named, sums)
    return len(sums)


class _Hashing:
    """Reads a file and hashes what was read, so that the hash is over the bytes of the archive."""

    def __init__(self, file: BinaryIO) -> None:
        self.file = file
        self.sum = hashlib.sha256()

    def read(self, size: int = -1) -> bytes:
        block = self.file.read(size)
        self.sum.update(block)
        return block


def _add(archive: tarfile.TarFile, name: str, path: Path) -> str:
    """Put a file into the archive; its SHA-256."""
    with path.open("rb") as content:
        read = _Hashing(content)
        archive.addfile(archive.gettarinfo(arcname=name, fileobj=content), cast(BinaryIO, read))
    return read.sum.hexdigest()


def _tell_missing(named: set[str] | None, sums: dict[str, str]) -> None:
    """Say at once that documents are lost, not on the day they are wanted back."""
    if named is None or places()["files"] is None:
        return
    if lost := len(named - {Path(name).name for name in sums}):
        print(
            f"{_start()}Documents the database names and the store lacks: {lost}. "
            "`pochin check` names them.",
            file=sys.stderr,
        )


def _private(path: str, flags: int) -> int:
    """The archive holds keys and everybody's documents: it is for its owner alone."""
    return os.open(path, flags, 0o600)


def dump_database(folder: Path) -> tuple[Path, set[str] | None]:
    """A consistent copy of the database while the product runs, and the documents it names.

    None stands for documents of a version that kept them in another way.
    """
    from django.db import connection

    if connection.vendor == "sqlite":
        return _copy_sqlite(connection.settings_dict["NAME"], folder / SQLITE)
    return _dump_postgresql(folder / POSTGRESQL)


NAMED = "SELECT DISTINCT sha256 FROM files_file"


def _copy_sqlite(name: str, copy: Path) -> tuple[Path, set[str] | None]:
    with (
        contextlib.closing(sqlite3.connect(name)) as source,
        contextlib.closing(sqlite3.connect(copy)) as out,
    ):
        source.backup(out)
        try:
            return copy, {row[0] for row in out.execute(NAMED)}
        except sqlite3.OperationalError:
            return copy, None


def _dump_postgresql(copy: Path) -> tuple[Path, set[str] | None]:
    from django.db import connection, transaction

    with transaction.atomic(), connection.cursor() as cursor:
        # pg_dump looks at the very state of things in which we ask for the documents.
        cursor.execute("SET TRANSACTION ISOLATION LEVEL REPEATABLE READ")
        cursor.execute("SELECT pg_export_snapshot()")
        run_client(
            "pg_dump", "--format=custom", f"--snapshot={cursor.fetchone()[0]}",
            f"--file={copy}", "--dbname", postgresql_url(),
        )  # fmt: skip
        if "files_file" not in connection.introspection.table_names(cursor):
            return copy, None
        cursor.execute(NAMED)
        return copy, {row[0] for row in cursor.fetchall()}


def run_client(program: str, *words: str) -> None:
    """Run one of PostgreSQL's own programs; what it complains of is the fault."""
    try:
        done = subprocess.run(
            [program, *words], capture_output=True, text=True, check=False,
            env=os.environ | _password(),
        )  # fmt: skip
    except FileNotFoundError as error:
        raise Fault(
            f"{program} is not installed here; install PostgreSQL's client programs."
        ) from error
    if done.returncode:
        said = done.stderr.strip().splitlines() or [f"it ended with {done.returncode}"]
        raise Fault(f"{program} did not succeed: {said[-1]}")


def postgresql_url() -> str:
    """The address of the database as PostgreSQL's own programs understand it.

    Without its password: everybody on the machine reads the words a program was begun with.
    """
    from django.conf import settings

    parts = urlsplit(settings.DATABASE_URL)
    if parts.password is None:
        return settings.DATABASE_URL
    name, mark, host = parts.netloc.rpartition("@")
    return urlunsplit(parts._replace(netloc=name.partition(":")[0] + mark + host))


def _password() -> dict[str, str]:
    from django.conf import settings

    given = urlsplit(settings.DATABASE_URL).password
    return {"PGPASSWORD": unquote(given)} if given else {}


def places() -> dict[str, Any]:
    """Where the folders of an archive lie on this machine; None where it is another machine."""
    from django.conf import settings

    from pochin.files import store

    lake = None if "://" in settings.LAKE else Path(settings.LAKE)
    return {"files": store.root(), "lake": lake, "checkpoints": Path(settings.CHECKPOINTS)}


def elsewhere() -> list[str]:
    """What an archive of this machine does not hold, in a sentence each."""
    return [
        f"“{name}” is a store of its own elsewhere and is not in this archive; "
        "whoever runs it must copy it."
        for name, folder in places().items()
        if folder is None
    ]


def _kept(home: Path, signed: list[Path], named: set[str] | None) -> Iterator[tuple[str, Path]]:
    """What stands beside the database, as that was when it was copied."""
    for name in KEYS:
        if (home / name).exists():
            yield name, home / name
    for name, folder in places().items():
        for path in signed if name == "checkpoints" else _files_in(folder):
            # A document that came later is in the next archive, together with its row.
            if name != "files" or named is None or path.name in named:
                yield str(Path(name) / path.relative_to(folder)), path


def _files_in(folder: Path | None) -> list[Path]:
    found = sorted(folder.rglob("*")) if folder else []
    return [
        path
        for path in found
        if path.is_file() and path.suffix != ".part" and path.parent.name != "unfinished"
    ]


def _add_manifest(archive: tarfile.TarFile, folder: Path, told: dict[str, Any]) -> None:
    manifest = folder / "manifest.json"
    said = {"format": FORMAT, "time": datetime.now(UTC).isoformat(timespec="seconds"), **told}
    manifest.write_text(json.dumps(said, indent=1))
    archive.add(manifest, manifest.name)
