"""What was offered to a need and tried for it, as far as each reader may see it."""

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext

from conftest import publish
from pochin.applications.models import Application


@pytest.fixture
def tried(pilot_at, accepted):
    """The need of the accepted application, with a running pilot on it."""
    return pilot_at("running").need


def part(browser, need) -> str:
    answer = browser.get(f"/needs/{need.number}/cases/")
    assert answer.status_code == 200
    return answer.content.decode()


@pytest.mark.parametrize(
    ("reader", "applications", "pilots"),
    [("vera", True, True), ("nina", True, True), ("anna", True, True), ("rita", True, True),
     ("gleb", False, True), ("boris", False, True), ("ulyana", False, True)],
)  # fmt: skip
def test_each_reader_finds_what_they_may_open(reader, applications, pilots, tried, cast, signed_in):
    page = part(signed_in(getattr(cast, reader)), tried)

    pilot = tried.pilots.get()
    assert ("/applications/" in page.partition("</h2>")[2]) is applications
    assert (f'href="{pilot.get_absolute_url()}"' in page) is pilots


def test_guests_find_the_public_register_alone(tried):
    page = part(Client(), tried)

    assert tried.pilots.get().get_absolute_url() in page
    assert all(one.get_absolute_url() not in page for one in Application.objects.all())


def test_a_pilot_without_a_locked_plan_is_not_told_to_guests(pilot_at):
    need = pilot_at("design").need

    assert need.pilots.get().get_absolute_url() not in part(Client(), need)


def test_the_page_of_the_need_leads_there_and_an_unknown_need_is_absent(tried, signed_in, cast):
    browser = signed_in(cast.vera)

    assert f"/needs/{tried.number}/cases/" in browser.get(tried.get_absolute_url()).content.decode()
    assert browser.get("/needs/999/cases/").status_code == 404


def test_it_costs_the_same_with_one_and_with_three(tried, cast, signed_in):
    browser = signed_in(cast.vera)
    part(browser, tried)
    with CaptureQueriesContext(connection) as one:
        part(browser, tried)
    application = Application.objects.get()
    for n in (1, 2):
        application.pk, application.number = None, application.number + n
        application.organisation = cast.granite
        application.save()

    with CaptureQueriesContext(connection) as three:
        part(browser, tried)

    assert len(three) == len(one)


@pytest.mark.parametrize("written", ["1", "Н-001", "N-1", "н 001"])
def test_the_lists_are_asked_by_the_number_of_the_need(written, tried, cast, signed_in):
    publish(cast, title_ru="Другая", title_en="Another")
    browser = signed_in(cast.vera)
    asked = {"need": written.replace("1", str(tried.number)), "file": "json"}

    def found(where, **query):
        return len(b"".join(browser.get(where, {**asked, **query}).streaming_content)) > 5

    assert found("/pilots/")
    assert found("/applications/")
    assert not found("/pilots/", need=str(tried.number + 1))
    assert not found("/applications/", need="999999999")
    page = browser.get("/pilots/", {"need": written.replace("1", str(tried.number))})
    assert f"Need: N-{tried.number:03d}" in page.content.decode()


@pytest.mark.parametrize("written", ["x", "1 OR 1=1", "-1", "1234567890", "٣"])
def test_what_is_no_number_is_refused_like_any_other_nonsense(written, need, cast, signed_in):
    assert signed_in(cast.vera).get("/pilots/", {"need": written}).status_code == 400
