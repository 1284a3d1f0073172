"""Every way in: parts, the interface for programs, packed bodies, folders; the same file once."""

from __future__ import annotations

import gzip
import hashlib
import json
import os
from pathlib import Path

import pyarrow as pa
import pytest
from django.test import Client
from django.urls import reverse
from django.utils import timezone

from conftest import on
from pochin.core.lifecycle import Refused
from pochin.jobs.worker import run_due
from pochin.measurements import feeding, lifecycle, parts, taking, tasks, upkeep
from pochin.measurements.models import Batch, Feed, Habit, State, Upload
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


# Programs ----------------------------------------------------------------------------------------


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


# Parts -------------------------------------------------------------------------------------------


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


# Which column holds what -------------------------------------------------------------------------

WIDE = "Отделение;Дата;Задержка;Жалобы\n101001;31.03.2026;12,5;0,1\n101002;31.03.2026;;0,2\n"
SAID = {"h0": "unit", "h1": "at", "h2": "wide delay", "h3": "wide complaints"}


def test_a_wide_table_is_read_as_its_sender_says_and_the_next_one_by_itself(
    running, lev, signed_in, sending
):
    batch = sending.keep(running, lev, WIDE.encode())
    browser = signed_in(lev)
    columns = reverse("measurements:columns", args=[running.number, 1])
    assert not batch.dialect["columns"]
    with pytest.raises(Refused, match="Say first which column"):
        lifecycle.check(batch, by=lev, at=on(4, 27))

    assert browser.get(columns).status_code == 200
    assert browser.post(columns, {"h0": "unit", "h1": "unit"}).status_code == 422
    assert browser.post(columns, SAID).status_code == 302
    page = browser.get(batch.get_absolute_url())
    batch.refresh_from_db()
    lifecycle.check(batch, by=lev, at=on(4, 27))
    lifecycle.take_in(batch, at=on(4, 27))

    assert [row["value"] for row in page.context["look"].rows] == ["12,5", "0,1", "0,2"]
    assert (batch.received, batch.accepted) == (3, 3)
    later = sending(running, lev, WIDE.replace("31.03", "01.04").encode())
    assert (later.accepted, Habit.objects.count()) == (3, 1)


def test_what_the_vendor_says_of_columns_does_not_read_the_files_of_the_post(
    running, lev, anna, sending
):
    def say(who, day, **wide):
        batch = sending.keep(running, who, WIDE.replace("31.03", day).encode())
        told = dict(batch.dialect["wide"])
        if not told:
            columns = {"unit": "Отделение", "at": "Дата"}
            lifecycle.map_columns(
                batch, by=who, at=on(4, 27), under={}, fixed={}, columns=columns, wide=wide
            )
        return told

    crossed = {"Задержка": "complaints", "Жалобы": "delay"}
    straight = {"Задержка": "delay", "Жалобы": "complaints"}
    assert say(anna, "31.03", **crossed) == {}
    assert say(anna, "01.04") == crossed

    assert say(lev, "02.04", **straight) == {}
    assert say(lev, "03.04") == straight


def test_a_bad_cell_of_a_wide_table_is_named_by_its_line_and_heading(running, lev, sending):
    content = WIDE.replace("0,2", "2")
    batch = sending.keep(running, lev, content.encode())
    lifecycle.map_columns(
        batch, by=lev, at=on(4, 27), under={}, fixed={},
        columns={"unit": "Отделение", "at": "Дата"},
        wide={"Задержка": "delay", "Жалобы": "complaints"},
    )  # fmt: skip
    lifecycle.check(batch, by=lev, at=on(4, 27))
    lifecycle.take_in(batch, at=on(4, 27))

    row = batch.set_aside.get()
    assert (row.line, row.column, row.value, row.reason) == (3, "Жалобы", "2", "impossible")
    assert (batch.received, batch.accepted, batch.quarantined) == (3, 2, 1)


def test_a_bad_cell_is_named_by_the_heading_its_file_has(running, lev, sending):
    rows = "Отделение;Дата;Показатель;Значение\n101001;31.03.2026;delay;5\n9;31.03.2026;delay;5\n"

    batch = sending(running, lev, rows.encode())

    row = batch.set_aside.get()
    assert (row.line, row.column, row.value, row.reason) == (3, "Отделение", "9", "unknown_unit")


def test_what_all_rows_say_need_not_stand_in_the_table(running, lev, sending):
    batch = sending.keep(running, lev, "Когда;Сколько\n2026-03-31;5\n2026-04-01;6\n".encode())
    lifecycle.map_columns(
        batch, by=lev, at=on(4, 27), under={}, wide={}, columns={"at": "Когда", "value": "Сколько"},
        fixed={"unit": "101001", "metric": "delay"},
    )  # fmt: skip
    lifecycle.check(batch, by=lev, at=on(4, 27))

    assert lifecycle.take_in(batch, at=on(4, 27)).accepted == 2


def test_only_the_sender_says_what_columns_hold(running, lev, mila, signed_in, sending):
    sending.keep(running, lev, WIDE.encode())
    columns = reverse("measurements:columns", args=[running.number, 1])

    assert signed_in(mila).get(columns).status_code == 404
    assert signed_in(mila).post(columns, SAID).status_code == 404


def test_a_dialect_put_right_is_remembered_for_the_next_file(running, lev, sending):
    first = b"unit;at;metric;value\n101001;31.03.2026;delay;1\n"
    sending(running, lev, first, decimal=".")

    later = sending.keep(running, lev, first.replace(b"31.03", b"01.04"))

    assert later.dialect["decimal"] == "."


# Rows to be put right ----------------------------------------------------------------------------


def test_rows_set_aside_are_taken_out_put_right_and_sent_again(
    running, lev, mila, signed_in, sending
):
    rows = week(MONDAYS[0])
    rows[3] = rows[3].replace("0.01", "-7")
    batch = sending(running, lev, table(*rows))
    address = reverse("measurements:correct", args=[running.number, 1])

    taken = b"".join(signed_in(lev).get(address).streaming_content).decode()
    right = taken.replace("-7", "0.01").encode()
    again = sending(running, lev, right)

    assert batch.quarantined == 1
    assert ",101002,2026-03-16T12:00,complaints,-7" in taken
    assert (again.received, again.accepted) == (1, 1)
    assert signed_in(mila).get(address).status_code == 404


# Stopping ----------------------------------------------------------------------------------------


def test_work_that_is_stopped_leaves_nothing_and_may_begin_again(running, lev, sending):
    batch = sending.keep(running, lev, CONTENT)
    lifecycle.check(batch, by=lev, at=on(4, 27))
    taking.take(batch)  # the rows stand in the store when the work is stopped
    lifecycle.stop(batch, by=lev, at=on(4, 27))
    other = sending(running, lev, CONTENT + b"\n")

    lifecycle.check(batch, by=lev, at=on(4, 27))
    lifecycle.take_in(batch, at=on(4, 27))

    assert (other.accepted, batch.accepted, batch.duplicates) == (24, 0, 24)


# Folders -----------------------------------------------------------------------------------------


@pytest.fixture
def inbox(running):
    found = Path(feeding.place(running))
    found.mkdir(parents=True)
    return found


def test_a_file_in_the_folder_is_sent_once_it_stands_still(running, lev, inbox):
    feed = feeding.watch(running, by=lev, at=on(4, 27))
    (inbox / "march.csv").write_bytes(CONTENT[:200])
    (inbox / "april.csv.part").write_bytes(b"half")
    os.symlink("/etc/passwd", inbox / "link.csv")

    assert feeding.look(feed.pk, at=on(4, 27)) == []
    (inbox / "march.csv").write_bytes(CONTENT)
    assert feeding.look(feed.pk, at=on(4, 27)) == []
    [batch] = feeding.look(feed.pk, at=on(4, 27))
    assert feeding.look(feed.pk, at=on(4, 27)) == []

    work()
    batch.refresh_from_db()
    assert (batch.accepted, batch.source, batch.sent_by) == (24, "folder", lev)
    assert [one.name for one in feed.seen.all()] == ["march.csv"]


def test_a_file_the_folder_should_not_hold_is_named_with_its_reason(running, lev, inbox):
    feed = feeding.watch(running, by=lev, at=on(4, 27))
    (inbox / "x.csv").write_bytes(b"not;readings\n1;2\n")

    for _look in range(3):
        assert feeding.look(feed.pk, at=on(4, 27)) == []

    assert feed.seen.get().problem.startswith("The table lacks columns")


def test_a_folder_of_somebody_who_may_no_longer_send_rests(running, lev, vera, inbox):
    feed = feeding.watch(running, by=lev, at=on(4, 27))
    Feed.objects.filter(pk=feed.pk).update(sent_by=vera)
    (inbox / "march.csv").write_bytes(CONTENT)

    for _look in range(2):
        feeding.look(feed.pk, at=on(4, 27))

    assert Batch.objects.count() == 0
    assert "only by" in feed.seen.get().problem


def test_nobody_takes_a_folder_that_is_watched_in_the_name_of_another(running, lev, mila, vera):
    feed = feeding.watch(running, by=lev, at=on(4, 27))
    with pytest.raises(Refused, match="in the name of Lev"):
        feeding.watch(running, by=mila, at=on(4, 27))

    Feed.objects.filter(pk=feed.pk).update(sent_by=vera)  # who may not send

    assert feeding.watch(running, by=mila, at=on(4, 27)).sent_by == mila


@pytest.mark.parametrize(
    ("name", "status"),
    [("lev", 302), ("vera", 403), ("anna", 403), ("semyon", 403), ("gleb", 404)],
)
def test_the_posts_own_people_switch_the_folder_on_and_off(
    running, signed_in, name, status, request
):
    browser = signed_in(request.getfixturevalue(name))
    address = reverse("measurements:folder", args=[running.number])

    assert browser.post(address, {"watch": "yes"}).status_code == status
    assert Feed.objects.filter(is_on=True).count() == (status == 302)
    if status == 302:
        assert browser.get(address).status_code == 200
        browser.post(address, {"rest": "yes"})
        assert Feed.objects.get().is_on is False


def test_folders_are_looked_into_by_themselves(running, lev, inbox):
    feeding.watch(running, by=lev, at=on(4, 27))
    (inbox / "march.csv").write_bytes(CONTENT)

    for _look in range(2):
        tasks.look_into_folders.call()
        run_due()
    work()

    assert Batch.objects.get().accepted == 24


# How much may be half sent --------------------------------------------------------------------


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
