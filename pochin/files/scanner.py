"""The virus scanner, where there is one: clamd's stream command over a socket."""

from __future__ import annotations

import socket
import struct
from contextlib import closing
from typing import IO

from django.conf import settings

from pochin.files.limits import BLOCK

PATIENCE_S = 30


class Unanswered(Exception):
    """The scanner did not answer, or did not understand; look again later."""


def is_configured() -> bool:
    return bool(settings.CLAMD)


def virus(file: IO[bytes]) -> str:
    """The name of the virus the scanner finds; empty where it finds none.

    Raises:
        Unanswered: Nothing is known about the file.
    """
    file.seek(0)
    try:
        with closing(_call(settings.CLAMD)) as line:
            line.sendall(b"zINSTREAM\0")
            while block := file.read(BLOCK):
                line.sendall(struct.pack(">I", len(block)) + block)
            line.sendall(struct.pack(">I", 0))
            answer = _read(line)
    except OSError as trouble:
        raise Unanswered(str(trouble)) from trouble
    if answer.endswith(" FOUND"):
        return answer.removeprefix("stream: ").removesuffix(" FOUND")
    if answer != "stream: OK":
        raise Unanswered(answer)
    return ""


def _call(address: str) -> socket.socket:
    """Connect to ``unix:/run/clamav/clamd.ctl`` or ``tcp:host:3310``."""
    scheme, _colon, rest = address.partition(":")
    if scheme == "unix":
        line = socket.socket(socket.AF_UNIX, socket.SOCK_STREAM)
        line.settimeout(PATIENCE_S)
        line.connect(rest)
        return line
    host, _colon, port = rest.rpartition(":")
    return socket.create_connection((host, int(port)), timeout=PATIENCE_S)


def _read(line: socket.socket) -> str:
    said = b""
    while not said.endswith(b"\0") and len(said) < 4096:
        block = line.recv(4096)
        if not block:
            break
        said += block
    return said.rstrip(b"\0\n").decode(errors="replace")
