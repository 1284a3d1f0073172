"""The server as `pochin serve` starts it, with the yardsticks beside the product."""

from __future__ import annotations

import signal
import socket
import subprocess
import sys
import time
import urllib.request
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path


@contextmanager
def serving(workers: int) -> Iterator[tuple[str, list[int]]]:
    """Serve until the block ends; answers the address and the processes of the server."""
    from pochin.cli.serve import command

    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    words = command("127.0.0.1", port, workers, threads=2)
    words[-1] = "benchmarks.web.app:application"
    # What it says goes beside what we say: the standard output is for the figures.
    server = subprocess.Popen(words, stdout=sys.stderr)
    url = f"http://127.0.0.1:{port}"
    try:
        _wait_for(f"{url}/bench/through/", server)
        yield url, [server.pid, *_children(server.pid)]
    finally:
        server.send_signal(signal.SIGTERM)
        server.wait(20)


def _wait_for(url: str, server: subprocess.Popen) -> None:
    for _attempt in range(600):
        if server.poll() is not None:
            raise RuntimeError("The server did not start.")
        try:
            urllib.request.urlopen(url, timeout=2).close()
        except OSError:
            time.sleep(0.1)
        else:
            return
    raise RuntimeError("The server did not answer within a minute.")


def _children(pid: int) -> list[int]:
    said = Path(f"/proc/{pid}/task/{pid}/children").read_text()
    return [int(child) for child in said.split()]
