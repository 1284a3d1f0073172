"""Check the journal, its checkpoints, what stands against them, the kept files and the kept counts;
say which settings leave a door open, and what of the running of it needs a hand."""

from __future__ import annotations

import argparse
import os
import sys
from collections.abc import Iterator

from pochin.cli import posture, ready


def add(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("--most", type=int, default=20, help="faults to print (%(default)s)")
    parser.add_argument(
        "--strict", action="store_true", help="end with status 1 for warnings about settings too"
    )


def run(args: argparse.Namespace) -> int:
    ready(with_tables=True)
    from itertools import chain, islice

    from django.conf import settings
    from django.utils import timezone

    from pochin.core import checkpoints, standing, tallies
    from pochin.core.models import Entry
    from pochin.keeping.health import health

    warned = list(posture.warnings(settings, os.environ))
    troubles = [check for check in health(at=timezone.now()).checks if check.tone != "good"]
    warned += [f"{check.text}. {check.note}".strip() for check in troubles]
    for words in warned:
        print(f"Warning: {words}", file=sys.stderr)
    every = chain(checkpoints.faults(), standing.faults(), file_faults(), tallies.faults())
    found = list(islice(every, args.most))
    for fault in found:
        print(fault)
    if not found:
        print(
            f"The journal is whole: {Entry.objects.count()} entries. All kept files are in place."
        )
    return 1 if found or (warned and args.strict) else 0


def file_faults() -> Iterator[str]:
    """Where the kept files and their rows do not agree; every byte is read."""
    from pochin.files import checking

    found = checking.check(is_deep=True)
    yield from (f"The file {sha256} is missing." for sha256 in found.missing)
    yield from (f"The file {sha256} is not what was kept." for sha256 in found.changed)
    if found.strange:
        # An upload under way has its bytes before its row: look twice.
        left = set(found.strange) & set(checking.check().strange)
        yield from (f"The file {sha256} belongs to nothing." for sha256 in sorted(left))
