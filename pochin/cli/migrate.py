"""Bring the database to this version."""

from __future__ import annotations

import argparse

from pochin.cli import ready, refuse_newer


def add(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("--check", action="store_true", help="only say whether something is to do")


def run(args: argparse.Namespace) -> int:
    ready()
    refuse_newer()
    from django.core.management import call_command

    if args.check:
        call_command("migrate", check_unapplied=True, plan=True)
        return 0
    call_command("migrate", verbosity=1, interactive=False)
    return 0
