"""Bring in trade flows, distances, logistics, tariffs or countries; the columns say which."""

from __future__ import annotations

import argparse

from pochin.cli import importing, ready

add = importing.add_with_origin


def run(args: argparse.Namespace) -> int:
    ready(with_tables=True)
    from pochin.markets.importing import import_trade

    return importing.run(args, import_trade)
