"""Run a command of the framework, for example `pochin manage shell`."""

from __future__ import annotations

import argparse

from pochin.cli import ready


def add(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("words", nargs=argparse.REMAINDER, help="the command and its options")


def run(args: argparse.Namespace) -> int:
    ready()
    from django.core.management import execute_from_command_line

    execute_from_command_line(["pochin manage", *args.words])
    return 0
