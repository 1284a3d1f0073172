"""The virus scanner: asked before a file is ready, and again when it did not answer."""

import socket
import struct
import threading
from contextlib import closing
from datetime import UTC, datetime

import pytest

from pochin.core.lifecycle import Refused
from pochin.files import scanner, store, tasks
from pochin.files.intake import receive
from pochin.files.models import File
from pochin.files.tests import corpus

NOON = datetime(2026, 3, 2, 9, tzinfo=UTC)
VIRUS = b"a text that our scanner takes for a virus"
pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("english")]


class Clamd:
    """A scanner that speaks clamd's protocol and knows one virus."""

    def __init__(self) -> None:
        self.listener = socket.create_server(("127.0.0.1", 0))
        self.address = f"tcp:127.0.0.1:{self.listener.getsockname()[1]}"
        self.answer = ""
        self.seen: list[bytes] = []
        threading.Thread(target=self._serve, daemon=True).start()

    def _serve(self) -> None:
        while True:
            try:
                line, _address = self.listener.accept()
            except OSError:
                return
            with closing(line), line.makefile("rb") as said:
                self._answer(line, said)

    def _answer(self, line, said) -> None:
        assert said.read(10) == b"zINSTREAM\0"
        data = b""
        while length := struct.unpack(">I", said.read(4))[0]:
            data += said.read(length)
        self.seen.append(data)
        found = "stream: Test.Virus FOUND" if VIRUS in data else "stream: OK"
        line.sendall((self.answer or found).encode() + b"\0")


@pytest.fixture
def clamd(settings):
    clamd = Clamd()
    settings.CLAMD = clamd.address
    yield clamd
    clamd.listener.close()


@pytest.fixture
def silent(settings):
    """An address at which nobody answers."""
    with socket.socket() as unused:
        unused.bind(("127.0.0.1", 0))
        settings.CLAMD = f"tcp:127.0.0.1:{unused.getsockname()[1]}"
        yield


def send(who, data: bytes) -> File:
    return receive(corpus.upload("a.txt", data), by=who, at=NOON)


def test_a_clean_file_is_ready_after_the_scanner_saw_all_of_it(anna, clamd):
    data = b"clean " * 50_000

    assert send(anna, data).state == "ready"
    assert clamd.seen == [data]


def test_a_file_with_a_virus_is_refused(anna, clamd):
    with pytest.raises(Refused, match=r"found “Test.Virus”\. Check your computer"):
        send(anna, VIRUS)

    assert File.objects.count() == 0


def test_without_a_scanner_a_file_is_ready_at_once(anna, settings):
    settings.CLAMD = ""

    assert send(anna, VIRUS).state == "ready"


def test_while_the_scanner_is_silent_a_file_waits_and_is_looked_at_later(anna, silent, settings):
    file = send(anna, b"clean")
    assert file.state == "waiting"
    tasks.scan_waiting.call()
    file.refresh_from_db()
    assert file.state == "waiting"

    scanner = Clamd()
    settings.CLAMD = scanner.address
    tasks.scan_waiting.call()

    file.refresh_from_db()
    assert file.state == "ready"


def test_a_virus_found_later_takes_the_bytes_away(anna, silent, settings):
    file = send(anna, VIRUS)

    scanner = Clamd()
    settings.CLAMD = scanner.address
    tasks.scan_waiting.call()

    file.refresh_from_db()
    assert (file.state, store.exists(file.sha256)) == ("refused", False)
    assert file.reason == (
        "The virus scanner found “Test.Virus”. Check your computer and save the file anew."
    )


def test_an_answer_we_do_not_understand_is_no_answer(anna, clamd):
    clamd.answer = "INSTREAM size limit exceeded. ERROR"

    assert send(anna, b"clean").state == "waiting"


def test_the_scanner_may_sit_behind_a_unix_socket(settings, tmp_path):
    settings.CLAMD = f"unix:{tmp_path / 'nobody'}"

    with pytest.raises(scanner.Unanswered), (tmp_path / "a").open("w+b") as file:
        scanner.virus(file)
