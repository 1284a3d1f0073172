"""Bring an archive back into an empty home."""

from __future__ import annotations

import argparse
import hashlib
import json
import shutil
import subprocess
import tarfile
import tempfile
from pathlib import Path

from pochin.cli import Fault, ready
from pochin.cli.backup import FORMAT, postgresql_url


def add(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("archive", help="file written by `pochin backup`")


def run(args: argparse.Namespace) -> int:
    from django.conf import settings

    home = Path(settings.HOME)
    if any(path.name not in {"secret_key", "static"} for path in home.iterdir()):
        raise Fault(f"{home} is not empty; set POCHIN_HOME to an empty folder and try again.")
    with tempfile.TemporaryDirectory(dir=home) as folder:
        unpacked = Path(folder)
        _unpack(Path(args.archive), unpacked)
        count = _compare(unpacked)
        for path in list(unpacked.iterdir()):
            if path.name not in {"manifest.json", "db.dump"}:
                shutil.move(path, home / path.name)
        ready()
        _fill_postgresql(unpacked / "db.dump")
    print(f"{count} files are back in {home}. Run `pochin migrate`, then `pochin check`.")
    return 0


def _unpack(archive: Path, folder: Path) -> None:
    try:
        with tarfile.open(archive) as source:
            source.extractall(folder, filter="data")
    except (OSError, tarfile.TarError) as error:
        raise Fault(f"{archive} cannot be read as an archive; nothing was changed.") from error


def _compare(folder: Path) -> int:
    """Every file must be there with its hash, or nothing is taken."""
    manifest = folder / "manifest.json"
    said = json.loads(manifest.read_text()) if manifest.exists() else {}
    if said.get("format") != FORMAT:
        raise Fault("This archive was not written by `pochin backup`; nothing was changed.")
    for name, value in said["files"].items():
        path = folder / name
        if not path.exists() or hashlib.sha256(path.read_bytes()).hexdigest() != value:
            raise Fault(f"{name} in the archive is damaged; nothing was changed.")
    return len(said["files"])


def _fill_postgresql(dump: Path) -> None:
    if not dump.exists():
        return
    command = ["pg_restore", "--no-owner", "--dbname", postgresql_url(), str(dump)]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    if done.returncode:
        raise Fault(f"pg_restore did not succeed: {done.stderr.strip().splitlines()[-1]}")
