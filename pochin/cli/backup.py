"""Write everything into one archive: database, files, store of readings, checkpoints, keys."""

from __future__ import annotations

import argparse
import hashlib
import json
import os
import sqlite3
import subprocess
import sys
import tarfile
import tempfile
from collections.abc import Iterator
from contextlib import closing
from datetime import UTC, datetime
from pathlib import Path
from typing import Any
from urllib.parse import unquote, urlsplit, urlunsplit

from pochin.cli import Fault, ready

KEYS = ("secret_key", "signing_key.pem")
FORMAT = "pochin-backup/1"
SQLITE, POSTGRESQL = "db.sqlite3", "db.dump"


def add(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("archive", help="file to write, for example pochin.tar.gz")


def run(args: argparse.Namespace) -> int:
    ready(with_tables=True)
    from django.conf import settings

    target = Path(args.archive)
    if target.exists():
        raise Fault(f"{target} exists already; choose another name.")
    draft = target.with_name(target.name + ".part")
    try:
        count = _write(draft, Path(settings.HOME))
        draft.rename(target)
    except OSError as error:
        raise Fault(f"{target} cannot be written: {error.strerror}.") from error
    finally:
        draft.unlink(missing_ok=True)
    _remember(target.stat().st_size)
    print(f"{_start()}{target}: {count} files, {target.stat().st_size / 1e6:.1f} MB")
    for words in elsewhere():
        print(words)
    return 0


def _remember(size: int) -> None:
    """Let the page of the keeper know how old the last copy is."""
    from django.utils import timezone

    from pochin.keeping.models import Backup

    Backup.objects.create(made_at=timezone.now(), size=size)


def _start() -> str:
    """To the beginning of the line, over the count of files, where somebody watches."""
    return "\r\033[K" if sys.stdout.isatty() else ""


def _write(draft: Path, home: Path) -> int:
    sums: dict[str, str] = {}
    with (
        tempfile.TemporaryDirectory(dir=home) as folder,
        open(draft, "wb", opener=_private) as written,
        tarfile.open(fileobj=written, mode="w:gz") as archive,
    ):
        # The database first: what it names then, the folders hold; they only grow.
        database = dump_database(Path(folder))
        for name, path in [(database.name, database), *_kept(home)]:
            archive.add(path, name, recursive=False)
            with path.open("rb") as content:
                sums[name] = hashlib.file_digest(content, "sha256").hexdigest()
            if sys.stdout.isatty():
                print(f"\r{len(sums)} files", end="", flush=True)
        _add_manifest(archive, Path(folder), sums)
        archive.close()
        written.flush()
        os.fsync(written.fileno())
    return len(sums)


def _private(path: str, flags: int) -> int:
    """The archive holds keys and everybody's documents: it is for its owner alone."""
    return os.open(path, flags, 0o600)


def dump_database(folder: Path) -> Path:
    """A consistent copy of the database while the product runs."""
    from django.db import connection

    if connection.vendor == "sqlite":
        copy = folder / SQLITE
        with (
            closing(sqlite3.connect(connection.settings_dict["NAME"])) as source,
            closing(sqlite3.connect(copy)) as out,
        ):
            source.backup(out)
        return copy
    copy = folder / POSTGRESQL
    run_client("pg_dump", "--format=custom", f"--file={copy}", "--dbname", postgresql_url())
    return copy


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


def _kept(home: Path) -> Iterator[tuple[str, Path]]:
    for name in KEYS:
        if (home / name).exists():
            yield name, home / name
    for name, folder in places().items():
        for path in sorted(folder.rglob("*")) if folder else ():
            if path.is_file() and path.suffix != ".part" and path.parent.name != "unfinished":
                yield str(Path(name) / path.relative_to(folder)), path


def _add_manifest(archive: tarfile.TarFile, folder: Path, sums: dict[str, str]) -> None:
    manifest = folder / "manifest.json"
    said = {
        "format": FORMAT,
        "time": datetime.now(UTC).isoformat(timespec="seconds"),
        "files": sums,
    }
    manifest.write_text(json.dumps(said, indent=1))
    archive.add(manifest, manifest.name)
