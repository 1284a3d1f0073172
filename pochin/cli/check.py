"""Check the journal against itself and its checkpoints, and the kept files against their hashes."""

from __future__ import annotations

import argparse

from pochin.cli import ready


def add(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("--most", type=int, default=20, help="faults to print (%(default)s)")


def run(args: argparse.Namespace) -> int:
    ready()
    from itertools import chain, islice

    from pochin.core import checkpoints
    from pochin.core.models import Entry
    from pochin.files import checking

    found = list(islice(chain(checkpoints.faults(), checking.faults()), args.most))
    for fault in found:
        print(fault)
    if not found:
        print(
            f"The journal is whole: {Entry.objects.count()} entries. All kept files are in place."
        )
    return 1 if found else 0
