"""Check the journal against itself and its checkpoints, the kept files against their hashes, and
the kept counts against a recount."""

from __future__ import annotations

import argparse
from collections.abc import Iterator

from pochin.cli import ready


def add(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("--most", type=int, default=20, help="faults to print (%(default)s)")


def run(args: argparse.Namespace) -> int:
    ready(with_tables=True)
    from itertools import chain, islice

    from pochin.core import checkpoints, tallies
    from pochin.core.models import Entry

    found = list(islice(chain(checkpoints.faults(), file_faults(), tallies.faults()), args.most))
    for fault in found:
        print(fault)
    if not found:
        print(
            f"The journal is whole: {Entry.objects.count()} entries. All kept files are in place."
        )
    return 1 if found else 0


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
