"""Count anew what the database counts as things move, and make its triggers anew."""

from __future__ import annotations

import argparse

from pochin.cli import ready


def add(parser: argparse.ArgumentParser) -> None:
    del parser  # asks for nothing


def run(args: argparse.Namespace) -> int:
    ready(with_tables=True)
    from pochin.core import tallies

    wrong = list(tallies.faults())
    for fault in wrong:
        print(fault)
    tallies.install()
    print(f"Everything was counted anew; {len(wrong)} faults were put right.")
    return 0
