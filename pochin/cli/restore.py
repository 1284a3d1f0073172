"""Bring an archive back into an empty home."""

from __future__ import annotations

import argparse
import hashlib
import json
import shutil
import tarfile
import tempfile
from pathlib import Path

from pochin.cli import Fault, ready
from pochin.cli.backup import FORMAT, KEYS, POSTGRESQL, SQLITE, places, postgresql_url, run_client


def add(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("archive", help="file written by `pochin backup`")


def run(args: argparse.Namespace) -> int:
    ready()
    from django.conf import settings

    home = Path(settings.HOME)
    if any(path.name not in {"secret_key", "static"} for path in home.iterdir()):
        raise Fault(f"{home} is not empty; set POCHIN_HOME to an empty folder and try again.")
    with tempfile.TemporaryDirectory(dir=home) as folder:
        unpacked = Path(folder)
        _unpack(Path(args.archive), unpacked)
        count = _compare(unpacked)
        # The database first: where it is not empty, nothing else is touched.
        _bring_database(unpacked)
        for name in KEYS:
            if (unpacked / name).exists():
                shutil.move(unpacked / name, home / name)
        for name, place in places().items():
            if place is not None and (unpacked / name).exists():
                shutil.copytree(unpacked / name, place, dirs_exist_ok=True)
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
    except (OSError, EOFError, tarfile.TarError) as error:
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
    manifest = folder / "manifest.json"
    said = json.loads(manifest.read_text()) if manifest.exists() else {}
    if said.get("format") != FORMAT:
        raise Fault("This archive was not written by `pochin backup`; nothing was changed.")
    for name, value in said["files"].items():
        if _digest(folder / name) != value:
            raise Fault(f"{name} in the archive is damaged; nothing was changed.")
    return len(said["files"])


def _digest(path: Path) -> str:
    if not path.is_file():
        return ""
    with path.open("rb") as content:
        return hashlib.file_digest(content, "sha256").hexdigest()


def _bring_database(folder: Path) -> None:
    from django.db import connection

    kept = SQLITE if connection.vendor == "sqlite" else POSTGRESQL
    if not (folder / kept).exists():
        raise Fault(
            f"This archive holds no database of {connection.display_name}; set "
            "POCHIN_DATABASE_URL to one of the kind it was taken from. Nothing was changed."
        )
    if connection.introspection.table_names():
        raise Fault("The database is not empty; nothing was changed.")
    connection.close()
    if kept == SQLITE:
        # Asking whether it is empty has made an empty file.
        name = Path(connection.settings_dict["NAME"])
        for left in name.parent.glob(f"{name.name}*"):
            left.unlink()
        shutil.move(folder / kept, name)
        return
    run_client(
        "pg_restore", "--no-owner", "--exit-on-error", "--single-transaction",
        "--dbname", postgresql_url(), str(folder / kept),
    )  # fmt: skip
