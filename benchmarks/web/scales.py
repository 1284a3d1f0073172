"""One filled database and its server, seen from the process that presses the pages."""

from __future__ import annotations

import argparse
import json
import os
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from benchmarks.web import load


@dataclass(frozen=True, slots=True)
class Scale:
    """A server at one scale, and what its process found out about the pages from inside.

    Attributes:
        size: Applications in the database.
        url: Where the server answers.
        pids: The processes of the server.
        sessions: The cookie of each reader.
        pages: Name, address, reader, queries, bytes and rows of each page, in their order.
        counts: How many rows of each kind there are.
        first_load: Bytes of the list of applications with all it needs.
    """

    size: int
    url: str
    pids: list[int]
    sessions: dict[str, str]
    pages: dict[str, dict[str, Any]]
    counts: dict[str, int]
    first_load: int

    def press(self, name: str, seconds: float) -> load.Load:
        """Ask for one page as fast as it is answered."""
        return load.press(*self._asked(name), seconds=seconds)

    def cost(self, name: str, seconds: float) -> float:
        """Processor time of the server for one answer, in milliseconds."""
        return load.cost(*self._asked(name), pids=self.pids, seconds=seconds)

    def _asked(self, name: str) -> tuple[str, str]:
        page = self.pages[name]
        return f"{self.url}{page['address']}", f"sessionid={self.sessions[page['reader']]}"

    def memory(self) -> float:
        """Megabytes that the largest process of the server holds."""
        return load.memory(self.pids)


@contextmanager
def opened(size: int, home: Path, args: argparse.Namespace) -> Iterator[Scale]:
    """Fill what is not filled yet and serve it, in a process of its own, until the block ends."""
    home.mkdir(parents=True, exist_ok=True)
    environment = {n: v for n, v in os.environ.items() if not n.startswith("POCHIN_")}
    environment |= {"POCHIN_HOME": str(home), "DJANGO_SETTINGS_MODULE": "pochin.settings",
                    "POCHIN_URL": "http://127.0.0.1", "PYTHONPATH": str(Path.cwd())}  # fmt: skip
    if args.database_url:
        environment["POCHIN_DATABASE_URL"] = args.database_url
    words = [sys.executable, "-m", "benchmarks.web.run", str(size), str(args.workers), args.only]
    with subprocess.Popen(
        words, env=environment, text=True, stdin=subprocess.PIPE, stdout=subprocess.PIPE
    ) as process:
        if process.stdin is None or process.stdout is None:
            raise RuntimeError("The process gave no way to talk to it.")
        said = process.stdout.readline()
        if not said:
            raise RuntimeError(f"The run of {size} applications ended before it served.")
        try:
            yield Scale(size, **json.loads(said))
        finally:
            process.stdin.close()  # it serves until then
