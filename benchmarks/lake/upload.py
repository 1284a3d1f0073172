"""`python -m benchmarks.lake.upload [--gigabytes N] [--write]`: one very large file, sent for real.

A server and a worker of the demonstration run; the file is sent in parts from a shell, the sender
is killed half way and begins again, and the rows are checked and taken in.
"""

from __future__ import annotations

import argparse
import os
import socket
import subprocess
import sys
import tempfile
import threading
import time
import urllib.request
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
FILE = ROOT / "docs" / "benchmarks" / "upload.md"
PREPARE = """
from django.utils import timezone
from pochin.participants import tokens
from pochin.pilots.models import Pilot
pilot = Pilot.objects.filter(state="running").first()
_token, secret = tokens.issue(pilot.manager, name="upload", at=timezone.now(), may_send=True)
units = [str(one) for one in pilot.slots.values_list("site__number", flat=True)]
plan = pilot.locked_plan().protocol
metric, start = plan.metrics[0].code, plan.document["periods"]["start"]
print("READY", pilot.number, secret, metric, start, ",".join(units))
"""
ROW = 48  # bytes of a row where there are very many; no file may have more than 10 GB


def write(path: Path, rows: int, metric: str, start: str, units: list[str]) -> None:
    """Readings of the units, an event each, over the first five weeks."""
    import duckdb

    places = ", ".join(f"'{unit}'" for unit in units)
    duckdb.sql(
        f"""COPY (SELECT list_extract([{places}], CAST(i % {len(units)} + 1 AS INTEGER)) AS unit,
            strftime(TIMESTAMP '{start}' + INTERVAL 1 SECOND * (i * 3023999 // {rows}),
                     '%Y-%m-%d %H:%M:%S') AS at,
            '{metric}' AS metric, i % 997 / 10.0 AS value, 'e' || i AS event_id
            FROM range({rows}) t(i)) TO '{path}' (HEADER, DELIMITER ',')"""
    )


class Most:
    """The most memory each of these processes, with their children, ever had at once, bytes."""

    def __init__(self, **processes: subprocess.Popen[bytes]) -> None:
        self.processes = processes
        self.bytes = dict.fromkeys(processes, 0)
        self._is_over = threading.Event()
        self._watch = threading.Thread(target=self._look, daemon=True)
        self._watch.start()

    def end(self) -> None:
        self._is_over.set()
        self._watch.join()

    def _look(self) -> None:
        while not self._is_over.wait(0.2):
            for name, process in self.processes.items():
                self.bytes[name] = max(self.bytes[name], _anonymous(process.pid))


def _anonymous(group: int) -> int:
    """The memory of a process group that is its own: pages of files are the system's."""
    found = 0
    for status in Path("/proc").glob("[0-9]*/status"):
        with suppress(OSError, ProcessLookupError):
            if os.getpgid(int(status.parent.name)) == group:
                lines = dict(line.split(":", 1) for line in status.read_text().splitlines())
                found += int(lines.get("RssAnon", "0 kB").split()[0]) * 1024
    return found


@contextmanager
def running(environment: dict[str, str], *words: str) -> Iterator[subprocess.Popen[bytes]]:
    process = subprocess.Popen(
        [sys.executable, "-m", "pochin.cli", *words], cwd=ROOT, env=environment,
        start_new_session=True, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL,
    )  # fmt: skip
    try:
        yield process
    finally:
        os.killpg(process.pid, 15)
        process.wait()


def measured(gigabytes: float, home: Path) -> list[str]:
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = str(free.getsockname()[1])
    environment = os.environ | {
        "POCHIN_HOME": str(home), "POCHIN_DEMO": "1", "POCHIN_URL": f"http://127.0.0.1:{port}",
        "POCHIN_SERVER": f"http://127.0.0.1:{port}",
    }  # fmt: skip

    def pochin(*words: str) -> str:
        done = subprocess.run([sys.executable, "-m", "pochin.cli", *words], cwd=ROOT, check=True,
                              env=environment, capture_output=True, text=True)  # fmt: skip
        return done.stdout

    pochin("demo", "--prepare-only")
    told = pochin("manage", "shell", "-c", PREPARE).split("READY ")[1].split()
    pilot, environment["POCHIN_TOKEN"], metric, start, units = told
    path, rows = home / "large.csv", int(gigabytes * 1e9 / ROW)
    write(path, rows, metric, start, units.split(","))
    size = path.stat().st_size
    send = [sys.executable, "-m", "pochin.cli", "measurements", "send", pilot, str(path)]
    with running(environment, "serve", "--port", port, "--workers", "1") as server:
        _until_it_answers(environment["POCHIN_URL"])
        most = Most(server=server)
        broken = subprocess.Popen(send, cwd=ROOT, env=environment)
        _until_half(home / "parts", size, broken)
        broken.kill()
        broken.wait()
        began = time.perf_counter()
        subprocess.run([*send, "--no-wait"], cwd=ROOT, env=environment, check=True)
        sent = time.perf_counter() - began
        most.end()
        with running(environment, "worker") as worker:
            began, most_of_worker = time.perf_counter(), Most(worker=worker)
            done = subprocess.run(send, cwd=ROOT, env=environment, check=True,
                                  capture_output=True, text=True)  # fmt: skip
            taken = time.perf_counter() - began
            most_of_worker.end()
    return [
        f"- A CSV of {size / 1e9:.1f} GB, {rows:,} rows, was sent in parts; the sender was killed "
        f"half way, and the second one sent what was missing in {sent:.0f} s.",
        f"- The rows were checked, compared, stored and reduced in {taken:.0f} s, "
        f"{rows / taken:,.0f} rows a second, duplicates looked for among all of them.",
        f"- Memory of their own: the server {most.bytes['server'] / 1e9:.2f} GB, "
        f"the worker {most_of_worker.bytes['worker'] / 1e9:.2f} GB at most.",
        f"- What the sender was told: {done.stdout.strip().rpartition('batch')[2].strip()}.",
    ]


def _until_it_answers(url: str) -> None:
    for _attempt in range(300):
        with suppress(OSError):
            urllib.request.urlopen(f"{url}/needs/", timeout=5).close()
            return
        time.sleep(0.2)
    raise SystemExit("the server does not answer")


def _until_half(folder: Path, size: int, sender: subprocess.Popen[bytes]) -> None:
    while sum(file.stat().st_size for file in folder.glob("*")) < size / 2:
        if sender.poll() is not None:
            raise SystemExit("the file is not sent")
        time.sleep(0.05)


def main() -> None:
    parser = argparse.ArgumentParser()
    parser.add_argument("--gigabytes", type=float, default=1)
    parser.add_argument("--write", action="store_true")
    args = parser.parse_args()
    with tempfile.TemporaryDirectory() as name:
        load = os.getloadavg()[0]
        found = measured(args.gigabytes, Path(name))
    lines = [
        "# One very large file",
        "",
        f"Measured by `python -m benchmarks.lake.upload --gigabytes {args.gigabytes:g} --write` on "
        f"{os.cpu_count()} cores, load {load:.1f} when it began.",
        "",
        *found,
        "",
    ]
    print("\n".join(lines))
    if args.write:
        FILE.write_text("\n".join(lines))


if __name__ == "__main__":
    main()
