"""Where a server is to listen, looked at before anything is begun."""

from __future__ import annotations

import argparse
import errno
import socket

from pochin.cli import Fault


def add(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("--host", default="127.0.0.1", help="address to listen on (%(default)s)")
    parser.add_argument("--port", type=_port, default=8000, help="port (%(default)s)")


def _port(words: str) -> int:
    if words.isascii() and words.isdecimal() and 0 < int(words) < 65_536:
        return int(words)
    raise argparse.ArgumentTypeError(f"{words} is not a port; those are numbers from 1 to 65535")


def check(host: str, port: int) -> None:
    """Make sure that one may listen there and nobody does.

    The web server would share a port with another one, and requests would go to either.

    Raises:
        Fault: It cannot be; the sentence says why.
    """
    try:
        family, kind, _protocol, _name, place = socket.getaddrinfo(
            host, port, type=socket.SOCK_STREAM, flags=socket.AI_NUMERICHOST
        )[0]
    except (socket.gaierror, UnicodeError) as error:
        raise Fault(f"{host} is not an address of the kind 127.0.0.1, 0.0.0.0 or ::1.") from error
    with socket.socket(family, kind) as probe:
        # What a server left behind a moment ago does not keep its port.
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind(place)
        except OSError as error:
            raise Fault(_why_not(host, port, error)) from error


def _why_not(host: str, port: int, error: OSError) -> str:
    if error.errno == errno.EADDRINUSE:
        return f"Port {port} is in use already; stop what listens there or name another by --port."
    if error.errno == errno.EACCES:
        return f"This account may not listen on port {port}; name one above 1023 by --port."
    return f"{host} is not an address of this machine; name one that is by --host."
