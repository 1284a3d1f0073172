"""Bring in rates of currencies: columns date, currency, rate and, where not 1, nominal."""

from __future__ import annotations

import argparse

from pochin.cli import importing, ready

add = importing.add_with_origin


def run(args: argparse.Namespace) -> int:
    ready(with_tables=True)
    from pochin.markets.importing import import_rates

    return importing.run(args, import_rates)
