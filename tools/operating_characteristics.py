"""Run every promise of the lab at full length and write the table a statistician reads.

python tools/operating_characteristics.py                      2,000 replications, some minutes
python tools/operating_characteristics.py --replications 20000 --only F3 --only H --out FILE
"""

from __future__ import annotations

import argparse
import sys
import time
import zlib
from pathlib import Path

import numpy as np

ROOT = Path(__file__).parents[1]
sys.path.insert(0, str(ROOT))

from pochin.lab.tests.promises import Promise, Seen, load  # noqa: E402

HEAD = """# Operating characteristics

What the lab's methods do on make-believe pilots of known truth. Written by
`python tools/operating_characteristics.py`; seed and number of replications make every figure
repeatable to the last digit.

Every rule by which the design of the lab lets a method pass is checked and printed as met or not
met. A rate passes when a method that rejects .05 would exceed it once in a thousand such
simulations; power must lie within .03 of what was planned; other rules are printed as they are.
Rows without a rule are shown for comparison: they are what this lab does not rely on. “Elsewhere”
is what was observed when the design of the lab was written.
"""


def main(arguments: list[str] | None = None) -> int:
    """Run, write, and answer 1 if a rule was not met."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--replications", type=int, default=2000)
    parser.add_argument("--seed", type=int, default=20260101)
    parser.add_argument("--only", action="append", help="a code such as F3; may be repeated")
    parser.add_argument(
        "--out", type=Path, default=ROOT / "docs" / "lab" / "operating-characteristics.md"
    )
    options = parser.parse_args(arguments)
    known = load()
    unknown = set(options.only or ()) - {one.code for one in known}
    if unknown:
        parser.error(f"There is no promise {', '.join(sorted(unknown))}.")
    chosen = [one for one in known if not options.only or one.code in options.only]
    told = f"{options.replications:,} replications, seed {options.seed}; rules not met: "
    parts, broken = kept_sections(options.out, told) if options.only else {}, False
    for promise in chosen:
        seen, seconds = run(promise, options.replications, options.seed)
        parts[promise.code] = section(promise, seen)
        unmet = sum(not one.kept for one in seen)
        print(f"{promise.code}: {seconds:.0f} s, {unmet} not met", flush=True)
        broken |= unmet > 0
        # Row by row, so that what hours have found outlives a crash.
        write(options.out, told, parts)
    return int(broken)


def write(out: Path, told: str, parts: dict[str, str]) -> None:
    """The page with the rows so far."""
    unmet = sum(part.count("| **not met** |") for part in parts.values())
    out.parent.mkdir(parents=True, exist_ok=True)
    body = [parts[code] for code in sorted(parts)]
    out.write_text("\n".join([HEAD, f"{told}{unmet}.\n", *body]), encoding="utf-8")


def kept_sections(out: Path, told: str) -> dict[str, str]:
    """The sections of a table written before with the same seed and replications, by code.

    Every promise has a stream of its own, so a row may be run again without the others.
    """
    text = out.read_text(encoding="utf-8") if out.exists() else ""
    if f"\n{told}" not in text:
        return {}
    parts = [f"## {part}" for part in text.split("\n## ")[1:]]
    return {part[3 : part.index(".")]: part.rstrip("\n") + "\n" for part in parts}


def run(promise: Promise, replications: int, seed: int) -> tuple[list[Seen], float]:
    """One promise with a stream of its own, so that rows do not depend on each other."""
    rng = np.random.default_rng([seed, zlib.crc32(promise.code.encode())])
    started = time.perf_counter()
    return promise.run(replications, rng), time.perf_counter() - started


def section(promise: Promise, seen: list[Seen]) -> str:
    """One promise as a heading and a table."""
    lines = [
        f"## {promise.code}. {promise.setting[0].upper()}{promise.setting[1:]}",
        "",
        "| method | quantity | observed | rule | met | elsewhere |",
        "|---|---|---:|---|---|---|",
    ]
    for one in seen:
        kept = "" if not one.required else "met" if one.kept else "**not met**"
        lines.append(
            f"| {one.method} | {one.quantity} | {one.value:.4f} | {one.required} "
            f"| {kept} | {one.expected} |"
        )
    return "\n".join([*lines, ""])


if __name__ == "__main__":
    sys.exit(main())
