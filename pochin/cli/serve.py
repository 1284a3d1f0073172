"""Serve the product with several processes."""

from __future__ import annotations

import argparse
import os
import subprocess
import sys
from pathlib import Path

from pochin.cli import ready


def add(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("--host", default="127.0.0.1", help="address to listen on (%(default)s)")
    parser.add_argument("--port", type=int, default=8000, help="port (%(default)s)")
    parser.add_argument(
        "--workers", type=int, default=os.cpu_count() or 1, help="processes (%(default)s)"
    )
    parser.add_argument("--threads", type=int, default=2, help="threads in each (%(default)s)")


def run(args: argparse.Namespace) -> int:
    ready(with_tables=True)
    prepare_static()
    return subprocess.call(command(args.host, args.port, args.workers, args.threads))


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
