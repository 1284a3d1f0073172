"""Tasks for the tests: each leaves a line in a file, so that its effects can be counted."""

from __future__ import annotations

import os
import time
from pathlib import Path

from django_tasks import task

from pochin.jobs import progress


def note(file: str, line: str) -> None:
    """Append one line in one write, as several processes may do at once."""
    handle = os.open(file, os.O_WRONLY | os.O_CREAT | os.O_APPEND)
    os.write(handle, f"{line}\n".encode())
    os.close(handle)


def lines(file: str | Path) -> list[str]:
    return Path(file).read_text().splitlines() if Path(file).exists() else []


@task
def write(file: str, line: str) -> str:
    note(file, line)
    return line


@task
def rest(file: str, line: str) -> None:
    """Leave a line, then stay a moment, so that a kill may find the work half done."""
    note(file, line)
    time.sleep(0.05)


@task(takes_context=True)
def sleep_once(context, file: str) -> None:
    """Hang at the first attempt, end at the second."""
    note(file, f"begin {context.attempt}")
    if context.attempt == 1:
        time.sleep(60)
    note(file, f"end {context.attempt}")


@task(attempts=3)
def fail(file: str) -> None:
    note(file, "tried")
    raise ValueError("the file said \0 nothing")


@task(unique=True)
def count(file: str) -> None:
    note(file, "counted")


@task(unique=lambda _file, number: f"{number}")
def count_number(file: str, number: int) -> None:
    note(file, f"{number}")


@task(unique=True, rerun=True)
def recount(file: str) -> None:
    """Somebody asks for it again while it runs for the first time."""
    note(file, "recounted")
    if len(lines(file)) == 1:
        recount.enqueue(file)


@task(unique=True)
def count_slowly(file: str) -> None:
    """Somebody asks for it again while it runs, and it needs no second run."""
    note(file, "counted")
    count_slowly.enqueue(file)


@task(priority=10)
def press(file: str) -> None:
    note(file, "pressing")


@task(cron="*/10 * * * *")
def tick() -> None:
    """Every ten minutes."""


@task
def climb(file: str, steps: int) -> int:
    """Report every step, and leave a line for each that was taken."""
    for step in range(steps):
        progress.report(step / steps, f"step {step}")
        note(file, f"{step}")
        time.sleep(0.01)
    return steps


@task
def answer() -> dict:
    return {"number": 42, "words": ["a", "b\0"]}
