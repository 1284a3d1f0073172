"""Files of readings reach a server from a shell, whole and once, whatever breaks on the way."""

import io
import urllib.error
from email.message import Message
from urllib.parse import urlsplit

import pytest
from django.test import Client

from conftest import NOON
from pochin.cli import main
from pochin.measurements.models import Batch
from pochin.measurements.tests.conftest import MONDAYS, table, week
from pochin.participants import tokens


class Wire:
    """The network between the command and the server: it may break before or after a question."""

    def __init__(self):
        self.asked, self.breaks = [], []

    def open(self, request, timeout):  # noqa: ARG002 - called as the library calls it
        address = urlsplit(request.full_url)
        path = f"{address.path}?{address.query}" if address.query else address.path
        self.asked.append((request.get_method(), path))
        when = self.breaks.pop(0) if self.breaks else ""
        if when == "before":
            raise ConnectionResetError
        answer = Client().generic(
            request.get_method(), path, request.data or b"",
            content_type=request.get_header("Content-type"),
            headers={"Authorization": request.get_header("Authorization")},
        )  # fmt: skip
        if when == "after":
            raise ConnectionResetError
        body = io.BytesIO(answer.content)
        if answer.status_code >= 400:
            raise urllib.error.HTTPError(path, answer.status_code, "", Message(), body)
        body.status = answer.status_code
        return body


@pytest.fixture
def wire(monkeypatch):
    made = Wire()
    monkeypatch.setattr("urllib.request.urlopen", made.open)
    monkeypatch.setattr("time.sleep", lambda _seconds: None)
    return made


@pytest.fixture
def send(running, lev, wire, monkeypatch, tmp_path):
    monkeypatch.setenv("POCHIN_TOKEN", tokens.issue(lev, name="f", at=NOON, may_send=True)[1])
    file = tmp_path / "week.csv"
    file.write_bytes(table(*week(MONDAYS[0])))
    command = ["measurements", "send", str(running.number), str(file), "--no-wait"]
    return lambda *more: main([*command, "--to", "http://there.example", *more])


def test_a_file_arrives_whole(send, capsys):
    assert send() == 0

    batch = Batch.objects.get()
    assert batch.file.name == "week.csv"
    assert f"batch {batch.number}" in capsys.readouterr().out


def test_the_same_file_again_does_nothing(send):
    assert (send(), send()) == (0, 0)

    assert Batch.objects.count() == 1


@pytest.mark.parametrize("when", ["before", "after"])
@pytest.mark.parametrize("place", [0, 1, 2])
def test_what_breaks_off_goes_on_and_arrives_once(when, place, send, wire):
    wire.breaks = [""] * place + [when]

    assert send() == 0

    assert Batch.objects.count() == 1
    assert len(wire.asked) > 3


def test_a_server_that_never_answers_is_given_up_with_one_sentence(send, wire, capsys):
    wire.breaks = ["before"] * 99

    assert send() == 4

    assert "does not answer" in capsys.readouterr().err
    assert not Batch.objects.exists()


def test_an_unknown_token_gets_one_sentence(send, monkeypatch, capsys):
    monkeypatch.setenv("POCHIN_TOKEN", "nobody")

    assert send() == 2

    assert "does not know this token" in capsys.readouterr().err


@pytest.mark.parametrize(
    ("gone", "said"), [("POCHIN_TOKEN", "put a token"), ("POCHIN_SERVER", "say where to send")]
)
def test_what_is_missing_is_named(gone, said, tmp_path, monkeypatch, capsys):
    monkeypatch.setenv("POCHIN_TOKEN", "t")
    monkeypatch.setenv("POCHIN_SERVER", "http://there.example")
    monkeypatch.delenv(gone)

    assert main(["measurements", "send", "1", str(tmp_path / "week.csv")]) == 2

    assert said in capsys.readouterr().err


def test_a_file_that_is_not_there_is_named(wire, tmp_path, monkeypatch, capsys):
    monkeypatch.setenv("POCHIN_TOKEN", "t")

    asked = ["measurements", "send", "1", str(tmp_path / "no.csv"), "--to", "http://there.example"]
    assert main(asked) == 2

    assert "is no file" in capsys.readouterr().err
    assert wire.asked == []
