"""Do background work until told to stop."""

from __future__ import annotations

import argparse

from pochin.cli import ready


def add(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("--once", action="store_true", help="do what is due now, then stop")


def run(args: argparse.Namespace) -> int:
    ready(with_tables=True)
    from pochin.jobs import worker

    if args.once:
        print(f"{worker.run_due()} tasks done")
        return 0
    worker.run()
    return 0
