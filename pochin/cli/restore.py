"""Bring an archive back into an empty home."""

from __future__ import annotations

import argparse
import errno
import hashlib
import json
import shutil
import tarfile
import tempfile
import zlib
from contextlib import suppress
from pathlib import Path

from pochin.cli import Fault, ready
from pochin.cli.backup import FORMAT, KEYS, POSTGRESQL, SQLITE, places, postgresql_url, run_client

FULL = (errno.ENOSPC, errno.EDQUOT)
LATER = (
    "This archive was written by a later version than this program (%s); start the program of "
    "that version. Nothing was changed."
)


def add(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("archive", help="file written by `pochin backup`")


def run(args: argparse.Namespace) -> int:
    ready()
    from django.conf import settings

    home = Path(settings.HOME)
    if held := sorted({path.name for path in home.iterdir()} - {"secret_key", "static"}):
        raise Fault(
            f"{home} is not empty, it holds {', '.join(held[:5])}; set POCHIN_HOME to an empty "
            "folder and try again."
        )
    try:
        with tempfile.TemporaryDirectory(dir=home) as folder:
            unpacked = Path(folder)
            _unpack(Path(args.archive), unpacked)
            count = _compare(unpacked)
            _refuse_database(unpacked)
            _bring(unpacked, home)
    except OSError as error:
        raise Fault(f"{home} cannot be written: {error.strerror}. Nothing was changed.") from error
    print(f"{count} files are back in {home}. Run `pochin migrate`, then `pochin check`.")
    for words in still_to_do():
        print(words)
    return 0


def still_to_do() -> list[str]:
    """What the archive could not bring back, and what runs with the state from before."""
    far = [f"“{name}”" for name, folder in places().items() if folder is None]
    words = (
        [
            f"{', '.join(far)}: a store of its own elsewhere. Bring it back as it stood when the "
            "archive was written."
        ]
        if far
        else []
    )
    return [
        *words,
        "Restart the server and every worker"
        + (" once that is done" if far else "")
        + ": a process that runs keeps what it read before.",
    ]


def _unpack(archive: Path, folder: Path) -> None:
    try:
        with tarfile.open(archive) as source:
            _extract(source, folder)
    except (OSError, EOFError, zlib.error, tarfile.TarError) as error:
        # Too little room for it is no fault of the archive.
        if isinstance(error, OSError) and error.errno in FULL:
            raise
        raise Fault(f"{archive} cannot be read as an archive; nothing was changed.") from error


def _extract(source: tarfile.TarFile, folder: Path) -> None:
    """Plain files and folders below the folder, and nothing else that an archive may hold."""
    for member in source:
        target = (folder / member.name).resolve()
        if not (member.isfile() or member.isdir()) or not target.is_relative_to(folder.resolve()):
            raise tarfile.TarError(member.name)
        if member.isdir():
            target.mkdir(parents=True, exist_ok=True)
            continue
        target.parent.mkdir(parents=True, exist_ok=True)
        content = source.extractfile(member)
        if content is None:
            raise tarfile.TarError(member.name)
        with content, target.open("wb") as written:
            shutil.copyfileobj(content, written)


def _compare(folder: Path) -> int:
    """Every file must be there with its hash, or nothing is taken."""
    from pochin.keeping.tables import newer

    manifest = folder / "manifest.json"
    said = json.loads(manifest.read_text()) if manifest.exists() else {}
    written_by = str(said.get("format", ""))
    if written_by != FORMAT and written_by.startswith(FORMAT.partition("/")[0]):
        raise Fault(LATER % written_by)
    if written_by != FORMAT:
        raise Fault("This archive was not written by `pochin backup`; nothing was changed.")
    if beyond := newer((room, step) for room, step in said.get("steps", [])):
        raise Fault(LATER % ", ".join(beyond))
    for name, value in said["files"].items():
        if _digest(folder / name) != value:
            raise Fault(f"{name} in the archive is damaged; nothing was changed.")
    return len(said["files"])


def _digest(path: Path) -> str:
    if not path.is_file():
        return ""
    with path.open("rb") as content:
        return hashlib.file_digest(content, "sha256").hexdigest()


def _refuse_database(folder: Path) -> None:
    """See before anything is touched whether the database of the archive can be brought."""
    from django.db import connection

    if not (folder / _database()).exists():
        raise Fault(
            f"This archive holds no database of {connection.display_name}; set "
            "POCHIN_DATABASE_URL to one of the kind it was taken from. Nothing was changed."
        )
    # Asking SQLite would make an empty file where there is none.
    name = str(connection.settings_dict["NAME"])
    is_there = connection.vendor != "sqlite" or Path(name).exists()
    if is_there and connection.introspection.table_names():
        raise Fault("The database is not empty; nothing was changed.")
    connection.close()


def _database() -> str:
    from django.db import connection

    return SQLITE if connection.vendor == "sqlite" else POSTGRESQL


def _bring(unpacked: Path, home: Path) -> None:
    """All of it or nothing: the database last, since it makes a home of the rest."""
    moves = [(unpacked / name, home / name) for name in KEYS if (unpacked / name).exists()]
    for key, _home in moves:
        key.chmod(0o600)
    for name, place in places().items():
        if place is not None:
            moves += [
                (path, place / path.relative_to(unpacked / name))
                for path in sorted((unpacked / name).rglob("*"))
                if path.is_file()
            ]
    brought: list[Path] = []
    made: list[Path] = []
    try:
        for path, target in moves:
            made += [folder for folder in target.parents if not folder.exists()]
            target.parent.mkdir(parents=True, exist_ok=True)
            if not target.exists():
                brought.append(target)
            shutil.move(path, target)
        _bring_database(unpacked / _database())
    except BaseException:
        for target in brought:
            target.unlink(missing_ok=True)
        for folder in sorted(made, reverse=True):
            with suppress(OSError):
                folder.rmdir()
        raise


def _bring_database(copy: Path) -> None:
    from django.db import connection

    if connection.vendor == "sqlite":
        name = Path(connection.settings_dict["NAME"])
        for left in name.parent.glob(f"{name.name}*"):
            left.unlink()
        shutil.move(copy, name)
        return
    run_client(
        "pg_restore", "--no-owner", "--exit-on-error", "--single-transaction",
        "--dbname", postgresql_url(), str(copy),
    )  # fmt: skip
