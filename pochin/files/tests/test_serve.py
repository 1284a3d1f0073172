"""How a document leaves: as an attachment, never as a page of ours."""

from datetime import UTC, datetime
from urllib.parse import unquote

import pytest
from csp.middleware import CSPMiddleware
from django.test import RequestFactory

from pochin.core.lifecycle import Refused
from pochin.files import store
from pochin.files.intake import receive
from pochin.files.models import File, State
from pochin.files.serving import attachment, serve
from pochin.files.tests import corpus

NOON = datetime(2026, 3, 2, 9, tzinfo=UTC)
pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("english")]


@pytest.fixture
def report(anna) -> File:
    return receive(corpus.upload("Отчёт за март.pdf", corpus.pdf()), by=anna, at=NOON)


def test_a_file_leaves_whole_and_only_as_an_attachment(report):
    response = serve(report)

    assert b"".join(response) == corpus.pdf()
    assert dict(response.items()) == {
        "Content-Type": "application/pdf",
        "Content-Length": str(len(corpus.pdf())),
        "Content-Disposition": (
            'attachment; filename="_____ __ ____.pdf"; '
            "filename*=UTF-8''%D0%9E%D1%82%D1%87%D1%91%D1%82%20%D0%B7%D0%B0%20"
            "%D0%BC%D0%B0%D1%80%D1%82.pdf"
        ),
        "X-Content-Type-Options": "nosniff",
        "Content-Security-Policy": "sandbox; default-src 'none'",
        "Cross-Origin-Resource-Policy": "same-origin",
        "Cache-Control": "private, no-store",
    }


def test_the_sandbox_is_not_replaced_by_the_policy_of_the_pages(report):
    served = CSPMiddleware(lambda _request: serve(report))(RequestFactory().get("/"))

    assert served["Content-Security-Policy"] == "sandbox; default-src 'none'"


def test_a_blind_reader_gets_another_name(report):
    assert serve(report, name="document-1.pdf")["Content-Disposition"] == (
        "attachment; filename=\"document-1.pdf\"; filename*=UTF-8''document-1.pdf"
    )


@pytest.mark.parametrize("name", ['a"; evil="1.pdf', "a\r\nX: 1.pdf", "100%.pdf", "日本.pdf"])
def test_no_name_breaks_out_of_its_header(name):
    header = attachment(name)

    head, _middle, tail = header.partition("; filename*=UTF-8''")
    assert head.count('"') == 2
    assert head.isprintable()
    assert head.isascii()
    assert unquote(tail) == name


def test_a_file_that_waits_for_the_scanner_does_not_leave(report):
    report.state = State.WAITING

    with pytest.raises(Refused, match="waits for the virus check"):
        serve(report)


def test_a_refused_file_does_not_leave_and_says_why(report):
    report.state, report.reason = State.REFUSED, "The virus scanner found “Eicar”."

    with pytest.raises(Refused, match="Eicar"):
        serve(report)


def test_missing_bytes_are_our_fault_and_we_say_so(report):
    store.remove(report.sha256)

    with pytest.raises(Refused, match="missing in the store, and it is our fault"):
        serve(report)
