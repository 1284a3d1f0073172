"""Rows and bytes compared; what broken uploads left behind removed."""

import os
from datetime import UTC, datetime, timedelta
from pathlib import Path

import boto3
import pytest
from django.core.files.storage import storages
from moto import mock_aws

from pochin.files import store, tasks
from pochin.files.checking import check
from pochin.files.intake import receive
from pochin.files.models import File
from pochin.files.serving import serve
from pochin.files.tests import corpus

NOON = datetime(2026, 3, 2, 9, tzinfo=UTC)
pytestmark = pytest.mark.django_db


@pytest.fixture
def three(anna) -> list[File]:
    return [
        receive(corpus.upload("a.txt", words), by=anna, at=NOON)
        for words in (b"one", b"two", b"three")
    ]


def root(settings) -> Path:
    return Path(settings.STORAGES["default"]["OPTIONS"]["location"])


def test_an_empty_house_is_clean():
    assert check().is_clean is True


def test_what_agrees_is_clean(three):
    found = check(is_deep=True)

    assert (found.is_clean, found.looked_at) == (True, 3)


def test_a_row_without_bytes_is_named(three):
    store.remove(three[0].sha256)

    assert check().missing == (three[0].sha256,)


def test_bytes_without_a_row_are_named(three):
    three[1].delete()

    assert check().strange == (three[1].sha256,)


def test_changed_bytes_are_named_by_the_deep_check_alone(three, settings):
    (root(settings) / store.place(three[2].sha256)).write_bytes(b"THREE")

    assert check().is_clean is True
    assert check(is_deep=True).changed == (three[2].sha256,)


def test_only_uploads_broken_off_over_a_day_ago_are_swept(three, settings):
    unfinished = root(settings) / store.UNFINISHED
    for name, age in (("old", 25), ("new", 23)):
        path = unfinished / name
        path.write_bytes(b"half")
        then = (NOON - timedelta(hours=age)).timestamp()
        os.utime(path, (then, then))

    assert store.sweep(at=NOON) == 1
    assert [path.name for path in unfinished.iterdir()] == ["new"]
    assert check().is_clean is True


def test_the_nightly_task_reports_what_disagrees(three, caplog):
    store.remove(three[0].sha256)

    tasks.sweep.call()

    assert three[0].sha256 in caplog.text


def test_a_store_in_s3_keeps_serves_and_checks_the_same(anna, settings, monkeypatch):
    for name in ("AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY"):
        monkeypatch.setenv(name, "test")
    with mock_aws():
        boto3.client("s3", region_name="us-east-1").create_bucket(Bucket="files")
        options = {"bucket_name": "files", "region_name": "us-east-1", "file_overwrite": False}
        s3 = {"BACKEND": "storages.backends.s3.S3Storage", "OPTIONS": options}
        settings.STORAGES = {**settings.STORAGES, "default": s3}

        first = receive(corpus.upload("a.pdf", corpus.pdf()), by=anna, at=NOON)
        second = receive(corpus.upload("b.pdf", corpus.pdf()), by=anna, at=NOON)

        assert storages["default"].listdir(first.sha256[:2])[1] == [second.sha256]
        assert b"".join(serve(first)) == corpus.pdf()
        assert check(is_deep=True).is_clean is True
        store.remove(first.sha256)
        assert check().missing == (first.sha256,)
        assert store.sweep(at=NOON) == 0
