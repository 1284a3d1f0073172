"""Set up a demonstration and serve it: database, data, worker and web in one command."""

from __future__ import annotations

import argparse
import gc
import os
import signal
import subprocess
import sys
import time
import urllib.request
from pathlib import Path

from pochin.cli import Fault, listening, ready

PLAYER = "@demo.example"
# Who publishes the demonstration, as the footer says it.
IMPRINT = {
    "PUBLISHER": "Почин · Pochin",
    "EDITOR": "Ольга Рыбакова // Olga Rybakova",
    "AGE_MARK": "12+",
}


def add(parser: argparse.ArgumentParser) -> None:
    listening.add(parser)
    parser.add_argument("--prepare-only", action="store_true", help="fill the database and stop")


def run(args: argparse.Namespace) -> int:
    os.environ["POCHIN_DEMO"] = "1"
    os.environ.setdefault("POCHIN_URL", f"http://{args.host}:{args.port}")
    for name, words in IMPRINT.items():
        os.environ.setdefault(f"POCHIN_{name}", words)
    if not args.prepare_only:
        listening.check(args.host, args.port)
    started = time.monotonic()
    ready()
    from django.core.management import call_command

    from pochin.cli.serve import prepare_static
    from pochin.demo.seed import fill

    # Making tables anew makes very many small things; to look for rings among them that often
    # costs a quarter of the time.
    usual = gc.get_threshold()
    gc.set_threshold(100_000, 20, 50)
    _say("database")
    _look_around()
    call_command("migrate", verbosity=0, interactive=False)
    prepare_static()
    fill(progress=_say)
    gc.set_threshold(*usual)
    gc.collect()
    _say(f"ready in {time.monotonic() - started:.0f} s", end="\n")
    return 0 if args.prepare_only else _serve(args.host, args.port)


def _look_around() -> None:
    """Make sure that the home is empty or holds a demonstration that was made to its end."""
    from django.conf import settings
    from django.db import connection

    from pochin.participants.models import Person

    if Person._meta.db_table not in connection.introspection.table_names():
        return
    if not Person.objects.exists():
        return
    if not Person.objects.filter(email__endswith=PLAYER).exists():
        raise Fault(
            f"{settings.HOME} holds people who are no part of a demonstration, and there anybody "
            "would sign in as anybody; name another folder in POCHIN_HOME."
        )
    # The last thing a demonstration is given.
    if not any(Path(settings.CHECKPOINTS).glob("*")):
        raise Fault(
            f"The demonstration in {settings.HOME} was broken off while it was made; remove it "
            "(and its database, where that stands elsewhere) and run this again."
        )


def _say(words: str, end: str = "") -> None:
    print(f"\r\033[K{words}" if sys.stdout.isatty() else words, end=end or "\n", flush=True)


def _serve(host: str, port: int) -> int:
    """Run the web server and the worker until one of them ends or we are told to stop."""
    from pochin.cli.serve import command

    children = [
        subprocess.Popen([sys.executable, "-m", "pochin.cli", "worker"]),
        subprocess.Popen(command(host, port, workers=1, threads=4)),
    ]
    signal.signal(signal.SIGTERM, lambda *_args: sys.exit(0))
    try:
        if _answers(host, port, children):
            print(f"Open http://{host}:{port}/ and sign in as any role with one click.", flush=True)
        while all(child.poll() is None for child in children):
            time.sleep(0.3)
        return max(child.poll() or 0 for child in children)
    except KeyboardInterrupt:
        return 0
    finally:
        _stop(children)


def _answers(host: str, port: int, children: list[subprocess.Popen]) -> bool:
    for _attempt in range(100):
        if any(child.poll() is not None for child in children):
            return False
        try:
            with urllib.request.urlopen(f"http://{host}:{port}/needs/", timeout=5):
                return True
        except OSError:
            time.sleep(0.2)
    return False


def _stop(children: list[subprocess.Popen]) -> None:
    for child in children:
        if child.poll() is None:
            child.send_signal(signal.SIGINT)
    for child in children:
        try:
            child.wait(10)
        except subprocess.TimeoutExpired:
            child.kill()
