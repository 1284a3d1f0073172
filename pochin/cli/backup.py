"""Write everything into one archive: database, files, store of readings, checkpoints, keys."""

from __future__ import annotations

import argparse
import hashlib
import json
import os
import sqlite3
import subprocess
import tarfile
import tempfile
from datetime import UTC, datetime
from pathlib import Path

from pochin.cli import Fault, ready

FOLDERS = ("files", "lake", "checkpoints")
KEYS = ("secret_key", "signing_key.pem")
FORMAT = "pochin-backup/1"


def add(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("archive", help="file to write, for example pochin.tar.gz")


def run(args: argparse.Namespace) -> int:
    ready()
    from django.conf import settings

    target = Path(args.archive)
    if target.exists():
        raise Fault(f"{target} exists already; choose another name.")
    draft = target.with_name(target.name + ".part")
    with tempfile.TemporaryDirectory(dir=settings.HOME) as folder:
        # The database first: what it names then, the folders hold; they only grow.
        database = dump_database(Path(folder))
        with tarfile.open(draft, "w:gz") as archive:
            sums = {}
            for name, path in [(database.name, database), *_kept(Path(settings.HOME))]:
                archive.add(path, name, recursive=False)
                sums[name] = hashlib.sha256(path.read_bytes()).hexdigest()
                print(f"\r{len(sums)} files", end="", flush=True)
            _add_manifest(archive, Path(folder), sums)
    with draft.open("rb") as written:
        os.fsync(written.fileno())
    draft.rename(target)
    print(f"\r{target}: {len(sums)} files, {target.stat().st_size / 1e6:.1f} MB")
    return 0


def dump_database(folder: Path) -> Path:
    """A consistent copy of the database while the product runs."""
    from django.db import connection

    if connection.vendor == "sqlite":
        copy = folder / "db.sqlite3"
        source = sqlite3.connect(connection.settings_dict["NAME"])
        with sqlite3.connect(copy) as out:
            source.backup(out)
        source.close()
        out.close()
        return copy
    copy = folder / "db.dump"
    command = ["pg_dump", "--format=custom", f"--file={copy}", "--dbname", postgresql_url()]
    try:
        done = subprocess.run(command, capture_output=True, text=True, check=False)
    except FileNotFoundError as error:
        raise Fault(
            "pg_dump is not installed here; install PostgreSQL's client programs."
        ) from error
    if done.returncode:
        raise Fault(f"pg_dump did not succeed: {done.stderr.strip().splitlines()[-1]}")
    return copy


def postgresql_url() -> str:
    """The address of the database as PostgreSQL's own programs understand it."""
    from django.conf import settings

    return settings.DATABASE_URL


def _kept(home: Path) -> list[tuple[str, Path]]:
    found = [(name, home / name) for name in KEYS if (home / name).exists()]
    for folder in FOLDERS:
        for path in sorted((home / folder).rglob("*")):
            if path.is_file() and not path.name.endswith(".part"):
                found.append((str(path.relative_to(home)), path))
    return found


def _add_manifest(archive: tarfile.TarFile, folder: Path, sums: dict[str, str]) -> None:
    manifest = folder / "manifest.json"
    said = {
        "format": FORMAT,
        "time": datetime.now(UTC).isoformat(timespec="seconds"),
        "files": sums,
    }
    manifest.write_text(json.dumps(said, indent=1))
    archive.add(manifest, "manifest.json")
