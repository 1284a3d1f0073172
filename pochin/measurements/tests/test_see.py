"""The pages of readings, as each of the cast meets them."""

from __future__ import annotations

import json

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.urls import reverse

from conftest import on
from pochin.jobs.worker import run_due
from pochin.measurements import lifecycle
from pochin.measurements.models import Batch, State
from pochin.measurements.tests.conftest import MONDAYS, table, week
from pochin.pilots.models import Pilot


def address(name, batch):
    return reverse(f"measurements:{name}", args=[batch.pilot.number, batch.number])


@pytest.fixture
def spoilt(running, lev, sending):
    """Lev's file: a good week and two bad rows, one of which tells a value."""
    bad = ["101001;2026-03-31;complaints;7771", "=cmd;2026-03-31;delay;1"]
    return sending(running, lev, table(*week(MONDAYS[0]), *bad))


@pytest.mark.parametrize("language", ["ru", "en"])
def test_a_person_sends_a_file_looks_at_it_and_lets_it_be_taken_in(
    running, lev, signed_in, language, django_capture_on_commit_callbacks
):
    browser = signed_in(lev, language)
    send = reverse("measurements:send", args=[running.number])
    assert browser.get(send).status_code == 200

    content = "единица;дата;показатель;значение\n101001;31.03.2026 14:05;delay;12,5\n"
    upload = SimpleUploadedFile("замеры.csv", content.encode("cp1251"))
    answer = browser.post(send, {"file": upload, "origin": "терминалы", "request_key": "k1"})

    batch = Batch.objects.get()
    assert answer.url == batch.get_absolute_url()
    shown = browser.get(answer.url)
    assert shown.context["look"].dialect.encoding == "windows-1251"
    assert "31.03.2026 14:05" in shown.content.decode()
    assert "12,5" in shown.content.decode()

    with django_capture_on_commit_callbacks(execute=True):
        done = browser.post(f"{batch.get_absolute_url()}check/", {"request_key": "k2"})
    assert done.url == batch.get_absolute_url()
    assert browser.get(batch.get_absolute_url()).status_code == 200
    run_due()

    batch.refresh_from_db()
    assert (batch.state, batch.accepted, batch.origin) == (State.ACCEPTED, 1, "терминалы")
    assert browser.get(batch.get_absolute_url()).status_code == 200


def test_a_file_that_is_read_wrong_is_put_right_before_it_is_taken_in(
    running, lev, signed_in, sending
):
    content = b"unit;at;metric;value\n101001;31.03.2026;delay;1\n"
    batch = sending.keep(running, lev, content)
    browser = signed_in(lev)

    page = browser.get(batch.get_absolute_url(), {"decimal": ".", "separator": ""})
    browser.post(f"{batch.get_absolute_url()}check/", page.context["given"])

    batch.refresh_from_db()
    assert (batch.state, batch.dialect["decimal"]) == (State.CHECKING, ".")


def test_pressing_twice_sends_once_and_leads_to_the_same_page(running, lev, signed_in):
    browser, send = signed_in(lev), reverse("measurements:send", args=[running.number])

    def press(key):
        upload = SimpleUploadedFile("readings.csv", table(*week(MONDAYS[0])))
        return browser.post(send, {"file": upload, "request_key": key})

    first, again = press("k"), press("k")

    assert (again.status_code, again.get("Location")) == (302, first["Location"])
    assert press("another").status_code == 409
    assert Batch.objects.count() == 1


def test_a_file_put_right_is_not_taken_for_the_one_sent_before(running, lev, signed_in):
    """Going back leads to the form with its old key; the name and the size are the same, too."""
    browser, send = signed_in(lev), reverse("measurements:send", args=[running.number])
    first = table(*week(MONDAYS[0]))
    right = first.replace(b"1", b"2")
    assert (len(right), right == first) == (len(first), False)

    def press(content, key):
        upload = SimpleUploadedFile("readings.csv", content)
        return browser.post(send, {"file": upload, "request_key": key})

    assert press(first, "k").status_code == 302
    told = press(right, "k")
    assert told.status_code == 409
    assert "already sent with other content" in told.content.decode()
    assert Batch.objects.count() == 1

    assert press(right, "fresh").status_code == 302
    assert Batch.objects.count() == 2


def test_a_file_that_cannot_be_read_is_refused_on_the_page(running, lev, signed_in):
    send = reverse("measurements:send", args=[running.number])
    upload = SimpleUploadedFile("readings.csv", b"unit;at;metric;value\n\n")

    answer = signed_in(lev).post(send, {"file": upload}, HTTP_REFERER=f"http://testserver{send}",
                                 follow=True)  # fmt: skip

    assert "The table has headings and no rows." in answer.content.decode()
    assert Batch.objects.count() == 0


@pytest.mark.parametrize("name", ["lev", "mila", "semyon", "anna", "artem", "vera", "nina", "rita"])
def test_whoever_sees_the_pilot_from_inside_sees_what_arrived(spoilt, signed_in, name, request):
    browser = signed_in(request.getfixturevalue(name))

    assert browser.get(reverse("measurements:index", args=[spoilt.pilot.number])).status_code == 200
    assert browser.get(spoilt.get_absolute_url()).status_code == 200


@pytest.mark.parametrize("name", ["gleb", "ulyana", "boris", "zakhar", "viktor"])
@pytest.mark.parametrize("page", ["batch", "rows", "file"])
def test_for_others_there_is_nothing(spoilt, signed_in, name, page, request):
    browser = signed_in(request.getfixturevalue(name))

    hidden = browser.get(address(page, spoilt))
    missing = browser.get(reverse(f"measurements:{page}", args=[spoilt.pilot.number, 999]))

    assert (hidden.status_code, missing.status_code) == (404, 404)
    assert browser.get(
        reverse("measurements:index", args=[spoilt.pilot.number])
    ).status_code == 404  # fmt: skip


def test_a_guest_is_asked_to_sign_in(spoilt, client):
    assert client.get(spoilt.get_absolute_url()).status_code == 302


def test_the_sender_takes_out_the_rows_that_were_set_aside(spoilt, signed_in, lev):
    answer = signed_in(lev).get(address("rows", spoilt), {"file": "csv"})

    lines = b"".join(answer.streaming_content).decode("utf-8-sig").splitlines()
    assert [line.split(",")[:3] for line in lines] == [
        ["Line", "Column", "Value"],
        ["26", "value", "\t7771"],  # the tab keeps it a text for spreadsheets
        ["27", "unit", "'=cmd"],
    ]


@pytest.mark.parametrize("name", ["mila", "anna", "vera", "rita"])
def test_no_page_tells_others_what_a_row_said(spoilt, signed_in, name, request):
    browser = signed_in(request.getfixturevalue(name))
    pages = [address(page, spoilt) for page in ("batch", "rows")]
    pages += [f"{pages[1]}?file=json", f"{pages[1]}?file=csv", f"{pages[1]}?reason=impossible",
              reverse("measurements:index", args=[spoilt.pilot.number])]  # fmt: skip

    for url in pages:
        answer = browser.get(url)
        content = b"".join(answer) if answer.streaming else answer.content
        assert (answer.status_code, b"7771" in content) == (200, False)
    assert browser.get(address("file", spoilt)).status_code == 404


def test_the_journal_tells_no_values(spoilt):
    from pochin.core import journal  # noqa: PLC0415

    told = [[e.text.note, e.text.facts, e.text.changes] for e in journal.of(spoilt) if e.text_hash]

    assert "7771" not in json.dumps(told)


def test_the_sender_gets_the_file_back_as_an_attachment(spoilt, signed_in, lev):
    answer = signed_in(lev).get(address("file", spoilt))

    assert b"".join(answer.streaming_content).count(b"7771") == 1
    assert answer["Content-Disposition"].startswith("attachment;")
    assert answer["Content-Type"] == "application/octet-stream"


def test_a_batch_is_withdrawn_with_words(spoilt, signed_in, lev):
    url = f"{spoilt.get_absolute_url()}withdraw/"
    browser = signed_in(lev)

    assert browser.get(url).status_code == 200
    browser.post(url, {"reason": "Не те часы."})

    spoilt.refresh_from_db()
    assert (spoilt.state, spoilt.reasons) == (State.WITHDRAWN, "Не те часы.")


def test_while_it_is_checked_the_page_refreshes_its_part(running, lev, signed_in, sending):
    batch = sending.keep(running, lev, table(*week(MONDAYS[0])))
    lifecycle.check(batch, by=lev, at=on(4, 27))

    part = signed_in(lev).get(batch.get_absolute_url(), headers={"HX-Request": "true"})

    assert part.content.decode().strip().startswith('<section id="work"')
    assert 'hx-trigger="every 2s"' in part.content.decode()


def test_the_list_costs_the_same_for_one_and_for_three(
    running, lev, signed_in, sending, django_assert_num_queries
):
    browser, url = signed_in(lev), reverse("measurements:index", args=[running.number])
    sending(running, lev, table(*week(MONDAYS[0])))
    browser.get(url)

    with django_assert_num_queries(LIST_QUERIES):
        browser.get(url)
    for monday in MONDAYS[1:3]:
        sending(running, lev, table(*week(monday)))
    with django_assert_num_queries(LIST_QUERIES):
        browser.get(url)


LIST_QUERIES = 15  # among them what both sides told, what was amended, and which sites left


@pytest.mark.parametrize("page", ["index", "send", "batch", "rows"])
def test_every_page_says_that_the_readings_are_invented(spoilt, signed_in, lev, page):
    Pilot.objects.filter(pk=spoilt.pilot_id).update(is_demonstration=True)
    numbers = [spoilt.pilot.number, spoilt.number][: 1 if page in ("index", "send") else 2]

    answer = signed_in(lev).get(reverse(f"measurements:{page}", args=numbers))

    assert "Demonstration data" in answer.content.decode()
