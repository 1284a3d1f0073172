"""What the machine could not keep is given back with a sentence, whatever refused it."""

from __future__ import annotations

import errno

import pytest
from botocore.exceptions import EndpointConnectionError
from django.db import OperationalError

from pochin.needs import lifecycle

WORDS = "Какие данные вы дадите нам?"
FULL = "there is no room left or it is closed"
AWAY = "The store of files does not answer"
BUSY = "Others were writing at the same moment"


@pytest.mark.parametrize(
    ("error", "said"),
    [
        (OperationalError("database or disk is full"), FULL),
        (OperationalError("attempt to write a readonly database"), FULL),
        (OperationalError('could not extend file "base/1": No space left on device'), FULL),
        (OSError(errno.ENOSPC, "No space left on device"), FULL),
        (OSError(errno.EROFS, "Read-only file system"), FULL),
        (OperationalError("database is locked"), BUSY),
        (OperationalError("deadlock detected"), BUSY),
        (
            EndpointConnectionError(endpoint_url="http://store"),
            "The store of files does not answer",
        ),
    ],
)
def test_what_was_typed_comes_back(need, gleb, signed_in, monkeypatch, error, said):
    def refuse(*_things, **_given):
        raise error

    monkeypatch.setattr(lifecycle, "ask", refuse)

    answer = signed_in(gleb, "en").post(f"/needs/{need.number}/ask/", {"text": WORDS})

    shown = answer.content.decode()
    assert answer.status_code == 503
    assert said in shown
    assert WORDS in shown


def test_a_fault_of_our_own_is_no_matter_of_room(need, gleb, signed_in, monkeypatch):
    def refuse(*_things, **_given):
        raise OSError(errno.ENOENT, "No such file or directory")

    monkeypatch.setattr(lifecycle, "ask", refuse)

    with pytest.raises(OSError, match="No such file"):
        signed_in(gleb, "en").post(f"/needs/{need.number}/ask/", {"text": WORDS})
