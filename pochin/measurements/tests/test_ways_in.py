"""Programs and parts: packed bodies, keys, what broke off; the same file once."""

from __future__ import annotations

import gzip
import hashlib
import json
import os

import pyarrow as pa
import pytest
from django.test import Client
from django.urls import reverse
from django.utils import timezone

from conftest import on
from pochin.core.lifecycle import Refused
from pochin.measurements import lifecycle, parts, upkeep
from pochin.measurements.models import Batch, State, Upload
from pochin.measurements.tests.conftest import MONDAYS, table, week
from pochin.participants import tokens

CONTENT = table(*week(MONDAYS[0]))


@pytest.fixture
def secret(lev):
    return tokens.issue(lev, name="feed", at=timezone.now(), may_send=True)[1]


def program(secret, method="post", path="batches", body=b"", kind="text/csv", pilot=1, **headers):
    call = getattr(Client(), method)
    return call(
        f"/api/measurements/{pilot}/{path}", data=body, content_type=kind,
        headers={"Authorization": f"Bearer {secret}", **headers},
    )  # fmt: skip


def record(row: str) -> str:
    names = ("unit", "at", "metric", "value")
    return json.dumps(dict(zip(names, row.split(";"), strict=True)))


def zstd(content: bytes) -> bytes:
    sink = pa.BufferOutputStream()
    with pa.CompressedOutputStream(sink, "zstd") as stream:
        stream.write(content)
    return sink.getvalue().to_pybytes()


def work():
    """Do what the queue would do after the commit."""
    for key in upkeep.lost_work():
        lifecycle.take_in(Batch.objects.get(pk=key), at=on(4, 28))


def test_a_program_sends_a_batch_and_reads_what_became_of_it(running, secret):
    sent = program(secret, body=CONTENT, pilot=running.number)
    work()

    told = program(secret, "get", f"batches/{sent.json()['number']}", pilot=running.number).json()
    assert (sent.status_code, sent.json()["state"]) == (201, "checking")
    assert (told["state"], told["source"], told["accepted"]) == ("accepted", "api", 24)


@pytest.mark.parametrize(
    ("kind", "encoding", "content"),
    [
        ("text/csv", "gzip", gzip.compress(CONTENT, mtime=0)),
        ("text/csv", "zstd", zstd(CONTENT)),
        (
            "application/x-ndjson",
            "",
            "\n".join(map(record, week(MONDAYS[0]))).encode(),
        ),
    ],
)  # fmt: skip
def test_bodies_come_packed_and_in_other_kinds(running, secret, kind, encoding, content):
    headers = {"Content-Encoding": encoding} if encoding else {}

    sent = program(secret, body=content, kind=kind, pilot=running.number, **headers)
    work()

    assert sent.status_code == 201
    assert Batch.objects.get().accepted == 24


def test_the_same_bytes_packed_or_not_are_one_batch(running, secret):
    first = program(secret, body=CONTENT, pilot=running.number)
    again = program(secret, body=gzip.compress(CONTENT), pilot=running.number)

    assert (first.status_code, again.status_code) == (201, 200)
    assert first.json()["number"] == again.json()["number"]


def test_a_key_has_one_effect_and_other_bytes_under_it_are_refused(running, secret):
    key = {"Idempotency-Key": "k-1"}
    first = program(secret, body=CONTENT, pilot=running.number, **key)
    again = program(secret, body=CONTENT, pilot=running.number, **key)
    other = program(secret, body=CONTENT + b"\n", pilot=running.number, **key)

    assert [one.status_code for one in (first, again, other)] == [201, 200, 422]
    assert other.json()["detail"].startswith("Под этим ключом запроса уже пришли другие данные.")
    assert Batch.objects.count() == 1


def test_the_same_batch_by_a_second_person_does_nothing(running, secret, mila):
    program(secret, body=CONTENT, pilot=running.number)
    theirs = tokens.issue(mila, name="feed", at=timezone.now(), may_send=True)[1]

    again = program(theirs, body=CONTENT, pilot=running.number)

    assert (again.status_code, again.json()["number"]) == (200, 1)


def test_what_a_program_sends_wrong_gets_one_sentence(running, secret):
    answer = program(secret, body=b"unit;at;metric\n1;2;3\n", pilot=running.number)

    assert answer.status_code == 422
    assert answer.json()["detail"].startswith("В таблице нет столбцов: value.")


@pytest.mark.parametrize(
    "kind", ["application/json", "application/x-www-form-urlencoded", "application/pdf"]
)
def test_a_body_of_another_kind_is_refused_with_the_kinds_there_are(running, secret, kind):
    answer = program(secret, body=b"[]", kind=kind, pilot=running.number)

    assert answer.status_code == 422
    assert "application/x-ndjson" in answer.json()["detail"]
    assert not Batch.objects.exists()


@pytest.mark.parametrize("kind", ["text/plain", "application/octet-stream"])
def test_a_kind_that_says_nothing_is_a_table(running, secret, kind):
    assert program(secret, body=CONTENT, kind=kind, pilot=running.number).status_code == 201


def test_a_token_that_only_reads_does_not_send(running, lev):
    reading = tokens.issue(lev, name="report", at=timezone.now())[1]
    path = f"/api/measurements/{running.number}"

    assert program(reading, body=CONTENT, pilot=running.number).status_code == 404
    assert program(reading, "get", "batches", pilot=running.number).status_code == 200
    assert Client().post(f"{path}/batches", CONTENT, content_type="text/csv").status_code == 404
    assert Batch.objects.count() == 0


@pytest.mark.parametrize("name", ["gleb", "vera", "ulyana"])
def test_who_may_not_send_does_not_by_a_program_either(running, name, request):
    who = request.getfixturevalue(name)
    token = tokens.issue(who, name="feed", at=timezone.now(), may_send=True)[1]

    assert program(token, body=CONTENT, pilot=running.number).status_code == 404
    assert Batch.objects.count() == 0


def begin(running, secret, content=CONTENT):
    told = {"name": "march.csv", "size": len(content), "origin": "line",
            "sha256": hashlib.sha256(content).hexdigest()}  # fmt: skip
    return program(secret, path="uploads", body=json.dumps(told), kind="application/json",
                   pilot=running.number).json()  # fmt: skip


def test_a_file_goes_in_parts_and_goes_on_where_it_broke_off(running, secret):
    here = begin(running, secret)
    path = f"uploads/{here['key']}"
    program(secret, "put", f"{path}?offset=0", CONTENT[:100], pilot=running.number)

    again = begin(running, secret)
    assert (again["key"], again["received"]) == (here["key"], 100)
    lost = program(secret, "put", f"{path}?offset=0", CONTENT[:100], pilot=running.number)
    assert (lost.status_code, lost.json()["received"]) == (409, 100)
    early = program(secret, path=f"{path}/finish", pilot=running.number)
    assert (early.status_code, early.json()["received"]) == (409, 100)

    program(secret, "put", f"{path}?offset=100", CONTENT[100:], pilot=running.number)
    done = [program(secret, path=f"{path}/finish", pilot=running.number) for _n in range(2)]
    work()

    assert [one.json()["number"] for one in done] == [1, 1]
    batch = Batch.objects.get()
    assert (batch.accepted, batch.origin, batch.source) == (24, "line", "shell")
    assert list(parts.folder().iterdir()) == []


def test_bytes_that_are_not_those_that_were_announced_are_refused(running, secret):
    here = begin(running, secret)
    path, other = f"uploads/{here['key']}", b"x" * len(CONTENT)
    program(secret, "put", f"{path}?offset=0", other, pilot=running.number)

    answer = program(secret, path=f"{path}/finish", pilot=running.number)

    assert answer.status_code == 422
    assert (Batch.objects.count(), Upload.objects.count()) == (0, 0)


def test_more_than_was_announced_is_not_kept(running, secret):
    here = begin(running, secret)
    path = f"uploads/{here['key']}?offset=0"

    answer = program(secret, "put", path, CONTENT + b"more", pilot=running.number)

    assert answer.status_code == 422
    assert answer.json()["detail"] == "Пришло больше байт, чем было объявлено. Начните заново."


def test_parts_of_others_are_not_there(running, secret, mila):
    here = begin(running, secret)
    theirs = tokens.issue(mila, name="feed", at=timezone.now(), may_send=True)[1]

    assert program(theirs, "get", f"uploads/{here['key']}", pilot=running.number).status_code == 404


def test_what_nobody_went_on_with_is_forgotten(running, lev):
    given = {"by": lev, "name": "x.csv", "size": 10, "source": "shell"}
    parts.begin(running, at=on(4, 1), **given)

    assert parts.sweep(at=on(4, 5)) == 0
    assert parts.sweep(at=on(4, 9)) == 1
    assert (Upload.objects.count(), list(parts.folder().iterdir())) == (0, [])


def test_the_browser_sends_parts_through_the_form(running, lev, signed_in):
    browser = signed_in(lev)
    told = {"name": "march.csv", "size": len(CONTENT), "origin": ""}
    here = browser.post(reverse("measurements:parts", args=[running.number]), told).json()

    for start in (0, 200):
        part = CONTENT[start:200] if start == 0 else CONTENT[start:]
        told = browser.post(f"{here['url']}?offset={start}", part, content_type="text/plain").json()
    done = browser.post(f"{here['url']}finish/").json()

    assert told["received"] == len(CONTENT)
    assert done["url"] == Batch.objects.get().get_absolute_url()
    assert Batch.objects.get().state == State.RECEIVED


def test_strangers_send_no_parts(running, gleb, vera, signed_in):
    told = {"name": "march.csv", "size": 10}
    address = reverse("measurements:parts", args=[running.number])

    assert signed_in(gleb).post(address, told).status_code == 404
    assert signed_in(vera).post(address, told).status_code == 403
    assert Upload.objects.count() == 0


def half_sent(pilot, who, name, size=10):
    return parts.begin(pilot, by=who, at=timezone.now(), name=name, size=size, source="shell")


def test_a_person_has_so_many_files_half_sent_and_no_more(running, lev, mila, monkeypatch):
    monkeypatch.setattr(parts, "MOST_OWN", 2)
    first = half_sent(running, lev, "a.csv")
    half_sent(running, lev, "b.csv")

    with pytest.raises(Refused, match="2 files half sent"):
        half_sent(running, lev, "c.csv")
    assert half_sent(running, lev, "a.csv") == first  # what broke off goes on
    assert half_sent(running, mila, "c.csv").pk  # others have room of their own


def test_so_much_may_be_half_sent_and_no_more(running, lev, monkeypatch):
    monkeypatch.setattr(parts, "MOST_OWN_BYTES", 100)
    half_sent(running, lev, "a.csv", size=60)

    with pytest.raises(Refused, match="no more fit"):
        half_sent(running, lev, "b.csv", size=41)
    assert half_sent(running, lev, "b.csv", size=40).pk


@pytest.mark.parametrize("size", [0, -1, -(10**12)])
def test_a_file_of_no_bytes_is_refused_and_makes_no_room(running, secret, size):
    given = {"name": "a.csv", "size": size}

    answer = program(
        secret, path="uploads", body=json.dumps(given), pilot=running.number,
        kind="application/json",
    )  # fmt: skip

    assert answer.status_code == 422
    assert not Upload.objects.exists()


def test_what_nobody_goes_on_with_for_a_day_makes_room(running, lev, monkeypatch):
    monkeypatch.setattr(parts, "MOST_OWN", 1)
    idle = half_sent(running, lev, "a.csv")
    old = (timezone.now() - parts.IDLE).timestamp() - 60
    os.utime(parts.folder() / idle.key.hex, (old, old))

    fresh = half_sent(running, lev, "b.csv")

    assert list(Upload.objects.all()) == [fresh]


def test_colleagues_share_the_room_of_their_organisation(running, lev, anna, artem, monkeypatch):
    monkeypatch.setattr(parts, "MOST_SHARED", 1)
    half_sent(running, anna, "a.csv")

    artem.seats.update(may_edit=True)
    with pytest.raises(Refused, match="Your organisation has 1 files half sent"):
        half_sent(running, type(artem).objects.get(pk=artem.pk), "b.csv")
    assert half_sent(running, lev, "b.csv").pk


def test_parts_that_belong_to_nothing_are_cleared_away(running, lev):
    kept = half_sent(running, lev, "a.csv")
    stray = parts.folder() / ("0" * 32)
    stray.write_bytes(b"left by a process that died")
    old = (timezone.now() - parts.IDLE).timestamp() - 60
    os.utime(stray, (old, old))

    assert parts.sweep(at=timezone.now()) == 1
    assert [path.name for path in parts.folder().iterdir()] == [kept.key.hex]
