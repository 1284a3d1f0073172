"""`python -m benchmarks.lake.billion [--stored N] [--write]`: very many rows reduced, and memory.

The store is made by another process, so that the memory told is that of the reduction alone.
"""

from __future__ import annotations

import argparse
import os
import shutil
import subprocess
import sys
import tempfile
import time
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
FILE = ROOT / "docs" / "benchmarks" / "billion.md"
PILOT, LITTLE = 1, 2


def main() -> None:
    parser = argparse.ArgumentParser()
    parser.add_argument("--stored", type=int, default=1_000_000_000)
    parser.add_argument("--in", dest="place", help="a folder with room for 18 bytes a row")
    parser.add_argument("--write", action="store_true")
    parser.add_argument("--fill", action="store_true", help=argparse.SUPPRESS)
    args = parser.parse_args()
    if args.fill:
        _set_up(Path(args.place))
        from benchmarks.lake import reducing

        reducing.fill(LITTLE, 1_000)
        reducing.fill(PILOT, args.stored)
        return
    with tempfile.TemporaryDirectory(dir=args.place) as name:
        began, load = time.perf_counter(), os.getloadavg()[0]
        words = [sys.executable, "-m", "benchmarks.lake.billion", "--fill", "--in", name]
        subprocess.run([*words, "--stored", str(args.stored)], cwd=ROOT, check=True)
        filled = time.perf_counter() - began
        _set_up(Path(name))
        from benchmarks.lake import reducing
        from pochin.measurements.lake import Store

        Store(LITTLE).moments(version=0)  # what is loaded at its first use is so before
        free = shutil.disk_usage(name).free
        told = reducing.measured(PILOT, args.stored)
    lines = [
        f"# {args.stored:,} rows reduced",
        "",
        f"Measured by `python -m benchmarks.lake.billion --stored {args.stored} --write` on "
        f"{os.cpu_count()} cores, load {load:.1f} when it began. The rows were made in "
        f"{filled:.0f} s: a file of {reducing.EACH:,}, and copies of it, each on the disk by "
        f"itself. {free / 1e9:.0f} GB of disk were left.",
        "",
        *told,
    ]
    print("\n".join(lines))
    if args.write:
        FILE.write_text("\n".join(lines))


def _set_up(home: Path) -> None:
    os.environ |= {"POCHIN_HOME": str(home), "POCHIN_LAKE": str(home / "lake"),
                   "POCHIN_DATABASE_URL": f"sqlite://{home}/db.sqlite3"}  # fmt: skip
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "pochin.settings")
    import django

    django.setup()


if __name__ == "__main__":
    main()
