"""Bring in a register of post offices and other sites; the same file again changes nothing."""

from __future__ import annotations

import argparse

from pochin.cli import importing, ready

add = importing.add


def run(args: argparse.Namespace) -> int:
    ready(with_tables=True)
    from pochin.sites.importing import import_sites

    return importing.run(args, import_sites)
