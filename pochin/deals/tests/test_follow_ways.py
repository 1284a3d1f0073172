"""Readings after the pilot by a program, and large files that a worker looks through."""

import gzip
import json
from contextlib import contextmanager

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client
from django.utils import timezone

from conftest import on
from pochin.core.policy import SYSTEM
from pochin.deals import lifecycle, receiving
from pochin.deals.tests.test_follow import LATE, rolling, table, whole
from pochin.jobs.worker import run_due
from pochin.participants import tokens

__all__ = ["rolling"]


@pytest.fixture
def secret(cast):
    return tokens.issue(cast.vera, name="feed", at=timezone.now(), may_send=True)[1]


@pytest.fixture
def url(rolling):
    return f"/api/deals/{rolling.deal.programme.code}/{rolling.deal.number}/readings"


@pytest.fixture
def later(django_capture_on_commit_callbacks):
    """Does something, then lets reactions and workers follow: ``with later(): …``."""

    @contextmanager
    def follows():
        with django_capture_on_commit_callbacks(execute=True):
            yield
        with django_capture_on_commit_callbacks(execute=True):
            run_due()

    return follows


def call(url, secret, body=None, kind="text/csv", **headers):
    given = {"Authorization": f"Bearer {secret}", **headers} if secret else headers
    if body is None:
        return Client().get(url, headers=given)
    return Client().post(url, data=body, content_type=kind, headers=given)


def test_a_program_sends_and_asks_what_became_of_it(rolling, url, secret, later):
    with later():
        sent = call(f"{url}?name=june.csv", secret, table())
        assert (sent.status_code, sent.json()["state"]) == (201, "waiting")
        assert not rolling.realised.exists()
    told = call(f"{url}/1", secret).json()

    assert (told["state"], told["name"], told["sites"]) == ("taken", "june.csv", 5)
    assert (told["received"], told["accepted"], told["set_aside"]) == (280, 280, 0)
    assert [one["number"] for one in call(url, secret).json()["items"]] == [1]
    assert float(whole(rolling).effect) == pytest.approx(-3.1, abs=1e-6)


def test_packed_or_not_the_same_bytes_are_one_file(rolling, url, secret, later):
    with later():
        first = call(url, secret, table())
    packed = gzip.compress(table(), mtime=0)
    again = call(url, secret, packed, **{"Content-Encoding": "gzip"})

    assert (first.status_code, again.status_code) == (201, 200)
    assert again.json()["number"] == 1
    assert rolling.follow_ups.count() == 1


@pytest.mark.parametrize(
    ("who", "may_send", "status"),
    [("vera", True, 201), ("vera", False, 404), ("anna", True, 404), ("gleb", True, 404),
     ("lev", True, 404), (None, True, 404)],
)  # fmt: skip
def test_only_the_buyers_people_send_and_only_with_a_token_for_it(
    who, may_send, status, rolling, url, cast
):
    by = who and tokens.issue(getattr(cast, who), name="x", at=timezone.now(), may_send=may_send)[1]

    answer = call(url, by, table())

    assert answer.status_code == status
    assert rolling.follow_ups.exists() is (status == 201)


@pytest.mark.parametrize(("who", "seen"), [("anna", 1), ("vera", 1), ("gleb", 0), ("boris", 0)])
def test_both_sides_read_what_was_sent_and_nobody_else(who, seen, rolling, url, secret, cast):
    call(url, secret, table())
    token = tokens.issue(getattr(cast, who), name="x", at=timezone.now())[1]

    assert len(call(url, token).json()["items"]) == seen
    assert call(f"{url}/1", token).status_code == (200 if seen else 404)


@pytest.mark.parametrize(
    ("body", "sentence"),
    [
        (b"", "Файл пуст"),
        (b"<!doctype html><html></html>", "веб-страница"),
        (b"site,when\n1,2\n", "нет столбцов"),
    ],
)
def test_what_is_no_table_is_refused_at_once(body, sentence, rolling, url, secret):
    answer = call(url, secret, body)

    assert answer.status_code == 422
    assert sentence in answer.json()["detail"]
    assert not rolling.follow_ups.exists()


def test_a_file_without_one_good_row_says_why_and_may_be_sent_again(
    rolling, url, secret, later, cast, signed_in
):
    body = b"unit;at;metric;value\n999999;2026-06-01;delay;3\n"
    for number in (1, 2):
        with later():
            assert call(url, secret, body).status_code == 201
        told = call(f"{url}/{number}", secret).json()
        assert (told["state"], told["received"], told["set_aside"]) == ("refused", 1, 1)
        assert "Строка 2: Этой площадки нет" in told["problem"]
    page = signed_in(cast.vera).get(rolling.get_absolute_url()).content.decode()

    assert page.count("not taken in") == 2
    assert "Line 2: This site is neither" in page
    assert not rolling.realised.exists()


def test_a_large_file_from_the_page_is_kept_and_looked_through_later(
    rolling, later, cast, signed_in, monkeypatch
):
    monkeypatch.setattr(receiving, "AT_ONCE", 1000)
    browser, url = signed_in(cast.vera), rolling.get_absolute_url()
    with later():
        browser.post(f"{url}send_readings/", {"table": SimpleUploadedFile("june.csv", table())})
        waiting = browser.get(url).content.decode()
    done = browser.get(url).content.decode()

    assert "Its rows are being checked" in waiting
    assert "Its rows are being checked" not in done
    assert "280" in done
    assert whole(rolling).sites == 2


def waiting_file(rolling, by, content, name):
    kept, taken = receiving.readings(rolling, SimpleUploadedFile(name, content), at=LATE, at_once=0)
    assert taken is None
    lifecycle.send_readings(rolling, by=by, kept=kept, taken=None, at=LATE)
    return rolling.follow_ups.get(sha256=kept["sha256"])


def test_two_files_with_the_same_days_never_count_twice(rolling, cast):
    """Both were read before either counted; the second to arrive is read anew."""
    one = waiting_file(rolling, cast.vera, table(), "one.csv")
    two = waiting_file(rolling, cast.vera, table(extra=["102001;2026-06-29;delay;26"]), "two.csv")
    stale = receiving.following.take
    known = receiving.following.frame(rolling)
    with receiving.taking.bytes_at(two.sha256) as path:
        dialect = receiving._look_at(rolling, path, "two.csv").dialect
        early = stale(path, dialect, known, {}, LATE)
    receiving.take_in(one, at=LATE)

    with pytest.raises(lifecycle.Overtaken, match="Send yours again"):
        lifecycle.take_in_readings(rolling, by=SYSTEM, follow_up=two, taken=early, at=LATE)
    receiving.take_in(two, at=LATE)
    two.refresh_from_db()

    assert (two.state, two.accepted, two.by_reason) == ("taken", 1, {"told": 280})


def test_a_file_withdrawn_while_it_waits_never_counts(rolling, cast):
    sent = waiting_file(rolling, cast.vera, table(), "one.csv")
    lifecycle.withdraw_readings(rolling, by=cast.vera, follow_up=sent, reason="Не тот.", at=LATE)
    sent.refresh_from_db()
    receiving.take_in(sent, at=LATE)
    sent.refresh_from_db()

    assert (sent.state, sent.accepted) == ("withdrawn", 0)
    assert not rolling.realised.exists()


def test_what_still_waits_when_the_roll_out_is_taken_back_is_told_so(rolling, cast, signed_in):
    sent = waiting_file(rolling, cast.vera, table(), "one.csv")
    lifecycle.roll_back(rolling, by=cast.vera, reason="Сняли.", at=LATE)
    sent.refresh_from_db()
    receiving.take_in(sent, at=on(7, 7))

    assert sent.state == "refused"
    page = signed_in(cast.vera).get(rolling.get_absolute_url()).content.decode()
    assert "rolled back before its rows were checked" in page


def test_a_worker_may_look_through_it_twice(rolling, cast):
    sent = waiting_file(rolling, cast.vera, table(), "one.csv")
    for _again in range(2):
        receiving.take_in(sent, at=LATE)

    assert sent.days.count() == 280


def test_its_description_names_the_way_in():
    said = json.loads(Client().get("/api/openapi.json").content)

    assert "/api/deals/{programme}/{deal}/readings" in said["paths"]
