"""Bring in codes of goods, by HS or of the Eurasian union, and their duties."""

from __future__ import annotations

import argparse

from pochin.cli import importing, ready

add = importing.add_with_origin


def run(args: argparse.Namespace) -> int:
    ready(with_tables=True)
    from pochin.markets.importing import import_goods

    return importing.run(args, import_goods)
