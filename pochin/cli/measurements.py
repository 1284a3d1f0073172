"""Send files of readings to a server, through its interface for programs.

A file goes in parts; what broke off goes on where it ended, and the same file again does nothing.
"""

from __future__ import annotations

import argparse
import hashlib
import json
import os
import sys
import time
import urllib.error
import urllib.request
from pathlib import Path
from typing import Any

from pochin.cli import Fault, named

TRIES = 8
LONGEST_REST = 30
BLOCK = 1 << 20
COUNTS = ("received", "accepted", "quarantined", "duplicates")


def add(parser: argparse.ArgumentParser) -> None:
    kinds = parser.add_subparsers(
        dest="action", required=True, metavar="ACTION", help="what to do with the readings"
    )
    send = kinds.add_parser("send", help="send files of readings of a pilot")
    send.add_argument("pilot", type=named.pilot, help="number of the pilot, for example P-007")
    send.add_argument("files", nargs="+", type=Path, help="CSV, XLSX, Parquet or JSON lines")
    send.add_argument(
        "--to", default=os.environ.get("POCHIN_SERVER", ""), help="address of the server "
        "(or POCHIN_SERVER)"
    )  # fmt: skip
    send.add_argument("--origin", default="", help="the system the readings come from")
    send.add_argument("--no-wait", action="store_true", help="do not wait until rows are checked")


def run(args: argparse.Namespace) -> int:
    token = os.environ.get("POCHIN_TOKEN", "")
    if not args.to:
        raise Fault("say where to send: --to ADDRESS, or POCHIN_SERVER.")
    if not token:
        raise Fault("put a token that may send readings into POCHIN_TOKEN.")
    server = Server(args.to, token)
    status = 0
    for file in args.files:
        if not file.is_file():
            raise Fault(f"{file} is no file.")
        batch = send(server, args.pilot, file, origin=args.origin)
        if not args.no_wait:
            batch = wait(server, args.pilot, batch)
        print(f"{file}: batch {batch['number']}, {_said(batch)}")
        status |= batch["state"] == "rejected" or bool(batch["quarantined"])
    return int(status)


def _said(batch: dict[str, Any]) -> str:
    if batch["problem"]:
        return batch["problem"]
    if batch["received"] is None:
        return batch["state"]
    return ", ".join(f"{name} {batch[name]}" for name in COUNTS)


class Server:
    """A server of Pochin, asked again after a rest where it does not answer."""

    def __init__(self, address: str, token: str) -> None:
        self.base = f"{address.rstrip('/')}/api/measurements"
        self.token = token

    def ask(self, method: str, path: str, body: Any = None) -> tuple[int, dict[str, Any]]:
        """One question; the status and the answer of anything but a fault of the server."""
        data, kind = body, "application/octet-stream"
        if isinstance(body, dict):
            data, kind = json.dumps(body).encode(), "application/json"
        for attempt in range(TRIES):
            if attempt:
                time.sleep(min(2 ** (attempt - 1), LONGEST_REST))
            request = urllib.request.Request(
                f"{self.base}/{path}", data=data, method=method,
                headers={"Authorization": f"Bearer {self.token}", "Content-Type": kind},
            )  # fmt: skip
            try:
                with urllib.request.urlopen(request, timeout=600) as answer:
                    return answer.status, json.load(answer)
            except urllib.error.HTTPError as problem:
                if problem.code < 500:
                    return problem.code, _json(problem)
            except (OSError, ValueError):
                continue
        raise Fault(f"{self.base} does not answer. What was sent is kept; send again.", status=4)


def _json(problem: urllib.error.HTTPError) -> dict[str, Any]:
    try:
        return json.load(problem)
    except ValueError:
        return {"detail": f"the server answered {problem.code}."}


def send(server: Server, pilot: int, file: Path, *, origin: str) -> dict[str, Any]:
    """Send a file in parts, beginning where an earlier try ended; what the server made of it."""
    size = file.stat().st_size
    told = {"name": file.name, "size": size, "origin": origin, "sha256": _sha256(file)}
    here = _good(server.ask("POST", f"{pilot}/uploads", told), 201)
    path = f"{pilot}/uploads/{here['key']}"
    received, part = here["received"], here["part"]
    with file.open("rb") as source:
        while received < size:
            source.seek(received)
            block = source.read(part)
            status, answer = server.ask("PUT", f"{path}?offset={received}", block)
            if status not in (200, 409):
                raise Fault(answer["detail"])
            received = answer["received"]
            _progress(file, received, size)
    return _good(server.ask("POST", f"{path}/finish"), 200)


def _good(answer: tuple[int, dict[str, Any]], wanted: int) -> dict[str, Any]:
    status, told = answer
    if status == 401:
        raise Fault("the server does not know this token; make one on its page of tokens.")
    if status != wanted:
        raise Fault(told.get("detail", "the server did not take the file."))
    return told


def wait(server: Server, pilot: int, batch: dict[str, Any]) -> dict[str, Any]:
    """The batch once its rows are checked."""
    rest = 0.2
    while batch["state"] == "checking":
        time.sleep(rest)
        rest = min(rest * 1.5, 5)
        batch = _good(server.ask("GET", f"{pilot}/batches/{batch['number']}"), 200)
    return batch


def _sha256(file: Path) -> str:
    digest = hashlib.sha256()
    with file.open("rb") as source:
        while block := source.read(BLOCK):
            digest.update(block)
    return digest.hexdigest()


def _progress(file: Path, received: int, size: int) -> None:
    if sys.stderr.isatty():
        end = "\n" if received == size else "\r"
        print(f"{file.name}: {received * 100 // size} %", file=sys.stderr, end=end)
