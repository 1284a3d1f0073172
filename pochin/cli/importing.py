"""What the commands that bring a register in have in common."""

from __future__ import annotations

import argparse
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

from pochin.cli import Fault


def add(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("file", help="the register: .csv or .csv.gz in UTF-8")
    parser.add_argument("--by", help="e-mail of the person on whose behalf; the system otherwise")
    parser.add_argument("--most", type=int, default=20, help="broken rows to print (%(default)s)")


def add_with_origin(parser: argparse.ArgumentParser) -> None:
    add(parser)
    parser.add_argument("--origin", default="", help="whose figures these are, as pages name them")


def run(args: argparse.Namespace, take: Callable[..., Any]) -> int:
    """Take the register in and say what came of it; broken rows are named, the rest goes in."""
    from django.utils import timezone

    from pochin.core.lifecycle import Refused

    path = Path(args.file)
    how = {"origin": args.origin} if getattr(args, "origin", "") else {}
    try:
        report = take(path, by=_person(args.by), at=timezone.now(), progress=_show, **how)
    except Refused as error:
        raise Fault(str(error)) from error
    except PermissionError:
        raise  # said in the words of every command
    except (OSError, UnicodeDecodeError, ValueError) as error:
        raise Fault(f"{path} cannot be read as this register: {error}") from error
    print(
        f"\rcreated {report.created}, updated {report.updated}, unchanged {report.unchanged}, "
        f"broken {len(report.broken)}"
    )
    for line, reason in report.broken[: args.most]:
        print(f"line {line}: {reason}")
    for line, note in report.notes[: args.most]:
        # What is said of the whole file stands on no line.
        print(f"line {line}: {note}" if line else note)
    if len(report.notes) > args.most:
        print(f"… and {len(report.notes) - args.most} notes more")
    return 0


def _person(email: str | None) -> Any:
    from pochin.core.policy import SYSTEM
    from pochin.participants.models import Person

    if not email:
        return SYSTEM
    person = Person.objects.filter(email=email.lower()).first()
    if person is None:
        raise Fault(f"Nobody here has the e-mail {email}.")
    return person


def _show(*said: Any) -> None:
    """How far the reading of the file is."""
    if sys.stderr.isatty():
        print("\r" + " ".join(str(word) for word in said), end="", file=sys.stderr, flush=True)
