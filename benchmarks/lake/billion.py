"""`python -m benchmarks.lake.billion [--stored N] [--write]`: very many rows reduced, and memory.

The store is made by another process, so that the memory told is that of the reduction alone: a
file of five million rows, and copies of it, each of which lies on the disk by itself.
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
EACH = 5_000_000  # rows of a file


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
        reducing.fill(PILOT, min(args.stored, EACH))
        _multiply(args.stored // EACH)
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
        f"{filled:.0f} s: a file of {EACH:,}, and copies of it, each on the disk by itself. "
        f"{free / 1e9:.0f} GB of disk were left.",
        "",
        *told,
    ]
    print("\n".join(lines))
    if args.write:
        FILE.write_text("\n".join(lines))


def _multiply(times: int) -> None:
    """Put copies of the one file of the store beside it, until there are so many."""
    from deltalake import DeltaTable
    from deltalake.transaction import AddAction

    from pochin.measurements.lake import Store

    table = DeltaTable(Store(PILOT).path)
    [one] = (Path(file.removeprefix("file://")) for file in table.file_uris())
    size, added = one.stat().st_size, []
    for number in range(1, times):
        copy = one.with_name(f"copy-{number:05}.parquet")
        shutil.copyfile(one, copy)
        added.append(AddAction(copy.name, size, {}, 0, True, f'{{"numRecords": {EACH}}}'))
    if added:
        table.create_write_transaction(added, "append", table.schema())


def _set_up(home: Path) -> None:
    os.environ |= {"POCHIN_HOME": str(home), "POCHIN_LAKE": str(home / "lake"),
                   "POCHIN_DATABASE_URL": f"sqlite://{home}/db.sqlite3"}  # fmt: skip
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "pochin.settings")
    import django

    django.setup()


if __name__ == "__main__":
    main()
