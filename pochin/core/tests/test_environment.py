"""Each wrong word of the environment is named, with what would be right; nothing else is asked."""

from __future__ import annotations

import os
import threading
from pathlib import Path

import pytest
from django.core.exceptions import ImproperlyConfigured

from pochin.core import environment

WRONG = {
    "flag": (environment.flag, "maybe", "is “maybe”; write 1 for yes or 0 for no."),
    "no number": (lambda n: environment.number(n, 1), "two", "must be a whole number, not “two”."),
    "less than none": (lambda n: environment.number(n, 1), "-1", "must be a whole number"),
    "other digits": (lambda n: environment.number(n, 1), "²", "must be a whole number"),
    "too many digits": (lambda n: environment.number(n, 1), "9" * 5000, "must be a whole number"),
    "no port": (lambda n: environment.number(n, 25, most=65_535), "70000", "the largest is 65535."),
    "no scheme": (environment.address, "pochin.example", "write a whole address"),
    "no host": (environment.address, "https://", "write a whole address"),
    "half a host": (environment.address, "http://[::1", "write a whole address"),
    "no origin": (environment.addresses, "pochin.example", "write whole addresses"),
    "comma": (environment.addresses, "https://a.example,https://b.example", "divided by spaces"),
    "an address": (lambda n: environment.hosts(n, ""), "https://a.example", "write bare names"),
    "hosts by comma": (lambda n: environment.hosts(n, ""), "a.example,b.example", "by spaces"),
    "another store": (lambda n: environment.place(n, Path()), "gs://x/y", "write a folder or s3"),
    "no bucket": (lambda n: environment.place(n, Path()), "s3://", "write a folder or s3"),
    "no socket": (environment.scanner, "localhost:3310", "write unix:/run/clamav/clamd.ctl or"),
    "no sender": (lambda n: environment.sender(n, ""), "Pochin", "write an address"),
    "no country": (lambda n: environment.country(n, "RUS"), "Russia", "write three letters"),
}


@pytest.mark.parametrize("kind", WRONG)
def test_what_cannot_be_is_named_with_what_would_be_right(kind, monkeypatch):
    read, given, words = WRONG[kind]
    monkeypatch.setenv("POCHIN_SOME", given)

    with pytest.raises(ImproperlyConfigured, match=r"^POCHIN_SOME ") as refused:
        read("POCHIN_SOME")

    assert words in str(refused.value)


RIGHT = {
    "yes": (environment.flag, "On", True),
    "no": (environment.flag, "0", False),
    "nothing": (environment.flag, "", False),
    "number": (lambda n: environment.number(n, 1), "587", 587),
    "number left out": (lambda n: environment.number(n, 25), "", 25),
    "address": (environment.address, "https://a.example/", "https://a.example"),
    "origins": (environment.addresses, "https://a.example http://b:8", ["https://a.example",
                                                                       "http://b:8"]),
    "hosts": (lambda n: environment.hosts(n, ""), "a.example [::1] *", ["a.example", "[::1]", "*"]),
    "folder": (lambda n: environment.place(n, Path()), "/data/lake", "/data/lake"),
    "bucket": (lambda n: environment.place(n, Path()), "s3://a/b", "s3://a/b"),
    "socket": (environment.scanner, "unix:/run/clamd.ctl", "unix:/run/clamd.ctl"),
    "port": (environment.scanner, "tcp:clamd:3310", "tcp:clamd:3310"),
    "sender": (lambda n: environment.sender(n, ""), "Почин <a@b.example>", "Почин <a@b.example>"),
    "country": (lambda n: environment.country(n, "RUS"), "", "RUS"),
}  # fmt: skip


@pytest.mark.parametrize("kind", RIGHT)
def test_what_can_be_is_taken(kind, monkeypatch):
    read, given, meant = RIGHT[kind]
    monkeypatch.setenv("POCHIN_SOME", given)

    assert read("POCHIN_SOME") == meant


def test_a_key_is_made_once_though_many_begin_at_the_same_moment(tmp_path):
    kept: list[str] = []
    begin = threading.Barrier(8)

    def start():
        begin.wait()
        kept.append(environment.secret("POCHIN_NO_SUCH_KEY", tmp_path))

    threads = [threading.Thread(target=start) for _one in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()

    assert len(kept) == 8
    assert len(set(kept)) == 1
    assert [path.name for path in tmp_path.iterdir()] == ["secret_key"]
    assert (tmp_path / "secret_key").stat().st_mode & 0o777 == 0o600


def test_an_empty_key_of_a_disk_that_was_full_is_no_key(tmp_path):
    (tmp_path / "secret_key").touch()

    with pytest.raises(ImproperlyConfigured, match="is empty; remove it"):
        environment.secret("POCHIN_NO_SUCH_KEY", tmp_path)


def test_a_home_that_is_a_file_is_named(tmp_path, monkeypatch):
    (tmp_path / "file").touch()
    monkeypatch.setenv("POCHIN_SOME", os.fspath(tmp_path / "file"))

    with pytest.raises(ImproperlyConfigured, match="that folder cannot be made"):
        environment.home("POCHIN_SOME", tmp_path)
