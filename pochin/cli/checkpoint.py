"""Write a signed checkpoint of the journal now."""

from __future__ import annotations

import argparse

from pochin.cli import ready


def add(parser: argparse.ArgumentParser) -> None:
    parser.set_defaults()


def run(args: argparse.Namespace) -> int:
    ready(with_tables=True)
    from django.utils import timezone

    from pochin.core import checkpoints

    file = checkpoints.write(at=timezone.now())
    print(file or "Nothing was written since the last checkpoint.")
    return 0
