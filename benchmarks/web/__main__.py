"""`python -m benchmarks.web`: fill a database, serve it, load every page, print the tables."""

from __future__ import annotations

import argparse
import os
import signal
import socket
import subprocess
import sys
import tempfile
import time
import urllib.request
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

LARGEST = 200_000
PAGE = Path("docs/benchmarks/web.md")


def main() -> None:
    """One run for each scale, each in a process of its own; then what the runs say together."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks.web", description=__doc__)
    parser.add_argument(
        "--scale",
        type=int,
        nargs="+",
        default=[1000, LARGEST],
        help="applications in the database; the rest in proportion (%(default)s)",
    )
    parser.add_argument("--seconds", type=float, default=2, help="of load on each page, a round")
    parser.add_argument("--rounds", type=int, default=3, help="over all pages; medians are shown")
    parser.add_argument("--workers", type=int, default=2, help="processes of the server")
    parser.add_argument("--home", type=Path, help="where filled databases are kept between runs")
    parser.add_argument("--only", default="", help="pages whose name has this in it")
    parser.add_argument("--database-url", default="", help="an empty PostgreSQL instead of SQLite")
    parser.add_argument("--json", type=Path, help="keep the figures here, to compare runs")
    parser.add_argument("--write", action="store_true", help=f"write {PAGE}, too")
    args = parser.parse_args()
    began_at = os.getloadavg()[0]
    if args.database_url and len(args.scale) > 1:
        parser.error("one database holds one scale; name one.")
    with tempfile.TemporaryDirectory(prefix="pochin-bench-") as scratch:
        home = args.home or Path(scratch)
        figures = []
        for scale in args.scale:
            place = home / str(scale)
            place.mkdir(parents=True, exist_ok=True)
            kept = Path(scratch) / f"{scale}.json"
            _run_apart(args, scale, place, kept)
            figures.append(kept)
        from benchmarks.web import report

        told = report.tables([report.read(kept) for kept in figures])
        print(told)
        if args.write:
            command = f"python -m benchmarks.web {' '.join(_shown(sys.argv[1:]))}".strip()
            PAGE.write_text(report.page(told, command, os.cpu_count() or 1, began_at))
        if args.json:
            args.json.write_text("[" + ",".join(kept.read_text() for kept in figures) + "]")


def _shown(words: list[str]) -> list[str]:
    """What was asked for, without the folder of this machine."""
    places = {n for n, word in enumerate(words) if word in ("--home", "--json")}
    return [word for n, word in enumerate(words) if not {n, n - 1} & places]


def _run_apart(args: argparse.Namespace, scale: int, home: Path, kept: Path) -> None:
    environment = {n: v for n, v in os.environ.items() if not n.startswith("POCHIN_")}
    environment |= {"POCHIN_HOME": str(home), "DJANGO_SETTINGS_MODULE": "pochin.settings",
                    "POCHIN_URL": "http://127.0.0.1", "PYTHONPATH": str(Path.cwd())}  # fmt: skip
    if args.database_url:
        environment["POCHIN_DATABASE_URL"] = args.database_url
    words = [sys.executable, "-m", "benchmarks.web.run", str(scale), str(args.seconds),
             str(args.rounds), str(args.workers), str(kept), args.only]  # fmt: skip
    subprocess.run(words, env=environment, check=True)


@contextmanager
def serving(workers: int) -> Iterator[tuple[str, list[int]]]:
    """The server as `pochin serve` starts it; answers its address and its processes."""
    from pochin.cli.serve import command

    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    words = command("127.0.0.1", port, workers, threads=2)
    words[-1] = "benchmarks.web.app:application"
    server = subprocess.Popen(words)
    url = f"http://127.0.0.1:{port}"
    try:
        _wait_for(f"{url}/bench/through/", server)
        yield url, [server.pid, *_children(server.pid)]
    finally:
        server.send_signal(signal.SIGTERM)
        server.wait(20)


def _wait_for(url: str, server: subprocess.Popen) -> None:
    for _attempt in range(600):
        if server.poll() is not None:
            raise RuntimeError("The server did not start.")
        try:
            urllib.request.urlopen(url, timeout=2).close()
        except OSError:
            time.sleep(0.1)
        else:
            return
    raise RuntimeError("The server did not answer within a minute.")


def _children(pid: int) -> list[int]:
    said = Path(f"/proc/{pid}/task/{pid}/children").read_text()
    return [int(child) for child in said.split()]


if __name__ == "__main__":
    main()
