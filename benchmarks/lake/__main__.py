"""`python -m benchmarks.lake [--rows N] [--stored N …] [--write]`: measure, print, write the page.

Floors are measured in the same run: reading the same bytes, DuckDB's bare conversion, and a
hand-written query over the same files. Peers that are not installed are left out by name.
"""

from __future__ import annotations

import argparse
import os
import resource
import tempfile
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
FILE = ROOT / "docs" / "benchmarks" / "lake.md"


def main() -> None:
    parser = argparse.ArgumentParser()
    parser.add_argument("--rows", type=int, default=1_000_000)
    parser.add_argument("--stored", type=int, nargs="+", default=[10_000_000])
    parser.add_argument("--write", action="store_true")
    args = parser.parse_args()
    with tempfile.TemporaryDirectory() as name:
        os.environ |= {"POCHIN_HOME": name, "POCHIN_LAKE": f"{name}/lake",
                       "POCHIN_DATABASE_URL": f"sqlite://{name}/db.sqlite3"}  # fmt: skip
        os.environ.setdefault("DJANGO_SETTINGS_MODULE", "pochin.settings")
        import django

        django.setup()
        from django.core.management import call_command

        from benchmarks.lake import arriving, looking, reducing

        call_command("migrate", verbosity=0)
        folder = Path(name)
        arriving.warm(folder)
        load = os.getloadavg()[0]
        stored = " ".join(map(str, args.stored))
        lines = [
            "# Readings: files that come in, rows that are reduced",
            "",
            f"Measured by `python -m benchmarks.lake --rows {args.rows} --stored {stored} --write` "
            f"on {os.cpu_count()} cores; the load when it began was {load:.1f}, so where that is "
            "above the cores the machine did other work meanwhile: compare lines, not seconds.",
            "",
            "## A file comes in",
            "",
            *arriving.report(folder, "csv", args.rows, 1),
            *arriving.report(folder, "parquet", args.rows, 2),
            *arriving.report(folder, "xlsx", args.rows // 10, 3),
            "## A result page",
            "",
            *looking.report(),
            "Moments are filled in bulk here: they are relational rows, a file a day for eight "
            "weeks, 200 units and two metrics, whatever stands behind them.",
            "",
            "## Every row reduced",
            "",
            *(line for place, rows in enumerate(args.stored)
              for line in reducing.report(rows, 200 + place)),
            f"Peak memory of the whole run: "
            f"{resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1e6:.2f} GB.",
            "",
        ]  # fmt: skip
    print("\n".join(lines))
    if args.write:
        FILE.parent.mkdir(parents=True, exist_ok=True)
        FILE.write_text("\n".join(lines))


if __name__ == "__main__":
    main()
