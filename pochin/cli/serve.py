"""Serve the product with several processes."""

from __future__ import annotations

import argparse
import os
import sys
from pathlib import Path

from pochin.cli import listening, named, ready


def add(parser: argparse.ArgumentParser) -> None:
    listening.add(parser)
    parser.add_argument(
        "--workers", type=named.several, default=os.cpu_count() or 1, help="processes (%(default)s)"
    )
    parser.add_argument(
        "--threads", type=named.several, default=2, help="threads in each (%(default)s)"
    )


def run(args: argparse.Namespace) -> int:
    listening.check(args.host, args.port)
    ready(with_tables=True)
    prepare_static()
    words = command(args.host, args.port, args.workers, args.threads)
    # In our place, so that whoever stops us stops the server and not only its parent.
    os.execv(words[0], words)


def prepare_static() -> None:
    """Gather the files of the look under names that change with their content."""
    from django.core.management import call_command

    call_command("collectstatic", interactive=False, verbosity=0)


def command(host: str, port: int, workers: int, threads: int) -> list[str]:
    """The web server and its options."""
    granian = Path(sys.executable).with_name("granian")
    return [
        str(granian), "--interface", "wsgi", "--workers", str(workers),
        "--blocking-threads", str(threads), "--host", host, "--port", str(port),
        "--no-ws", "--log-level", "warning", "--respawn-failed-workers",
        "pochin.cli.wsgi:application",
    ]  # fmt: skip
