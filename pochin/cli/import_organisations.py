"""Bring in a register of legal persons; the same file again changes nothing."""

from __future__ import annotations

import argparse

from pochin.cli import importing, ready

add = importing.add


def run(args: argparse.Namespace) -> int:
    ready(with_tables=True)
    from pochin.participants.importing import import_organisations

    return importing.run(args, import_organisations)
