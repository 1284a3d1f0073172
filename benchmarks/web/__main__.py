"""`python -m benchmarks.web`: fill databases, serve them, load every page, print the tables."""

from __future__ import annotations

import argparse
import json
import os
import sys
import tempfile
from contextlib import ExitStack
from pathlib import Path

from benchmarks.web import report, rounds
from benchmarks.web.scales import Scale, opened

LARGEST = 200_000
PAGE, PAGE_OF_POSTGRESQL = Path("docs/benchmarks/web.md"), Path("docs/benchmarks/web-postgresql.md")


def main() -> None:
    """Serve all scales beside each other, and compare each page with itself turn by turn."""
    args = _arguments()
    began_at = os.getloadavg()[0]
    with tempfile.TemporaryDirectory(prefix="pochin-bench-") as scratch, ExitStack() as stack:
        home = args.home or Path(scratch)
        scales = [
            stack.enter_context(opened(scale, home / str(scale), args)) for scale in args.scale
        ]
        runs = _measured(scales, args)
    told = report.tables(runs)
    print(told)
    if args.write:
        command = f"python -m benchmarks.web {' '.join(_shown(sys.argv[1:]))}".strip()
        written = PAGE_OF_POSTGRESQL if args.database_url else PAGE
        written.write_text(report.page(told, command, os.cpu_count() or 1, began_at))
    if args.json:
        args.json.write_text(json.dumps(runs))


def _arguments() -> argparse.Namespace:
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
    parser.add_argument("--workers", type=int, default=2, help="processes of each server")
    parser.add_argument("--home", type=Path, help="where filled databases are kept between runs")
    parser.add_argument("--only", default="", help="pages whose name has this in it")
    parser.add_argument("--database-url", default="", help="an empty PostgreSQL instead of SQLite")
    parser.add_argument("--json", type=Path, help="keep the figures here, to compare runs")
    parser.add_argument(
        "--write", action="store_true", help=f"write {PAGE}, too, or {PAGE_OF_POSTGRESQL}"
    )
    args = parser.parse_args()
    if args.database_url and len(args.scale) > 1:
        parser.error("one database holds one scale; name one.")
    return args


def _measured(scales: list[Scale], args: argparse.Namespace) -> list[report.Run]:
    light = [scale.memory() for scale in scales]
    everything = rounds.taken(scales, args.rounds, args.seconds)
    return [
        report.run(scale, found, [before, scale.memory()])
        for scale, found, before in zip(scales, everything, light, strict=True)
    ]


def _shown(words: list[str]) -> list[str]:
    """What was asked for, without the folders of this machine."""
    places = {n for n, word in enumerate(words) if word in ("--home", "--json", "--database-url")}
    return [word for n, word in enumerate(words) if not {n, n - 1} & places]


if __name__ == "__main__":
    main()
