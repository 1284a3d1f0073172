"""The pages of an application, as each of the cast meets them."""

import re

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.urls import reverse

from conftest import ANSWERS, NOON, SPRING, plain, publish
from pochin.applications import lifecycle
from pochin.applications.models import Application, State
from pochin.needs.models import Need


@pytest.fixture
def open_need(cast, settings):
    """A need whose intake is open by the real clock."""
    need = publish(cast)
    type(need).objects.filter(pk=need.pk).update(closes_at="2100-01-01T00:00:00Z")
    need.refresh_from_db()
    return need


@pytest.mark.parametrize("language", ["ru", "en"])
def test_a_company_applies_from_the_need_to_the_receipt(open_need, anna, signed_in, language):
    browser = signed_in(anna, language)
    begin = reverse("applications:begin", args=[open_need.number])
    answer = browser.post(
        begin, {"title": "Весы", "organisation": anna.seats.get().organisation_id}
    )
    application = Application.objects.get()
    assert answer.url == application.get_absolute_url()

    for section, values in ANSWERS.items():
        url = reverse("applications:section", args=[application.number, section])
        assert browser.get(url).status_code == 200
        assert browser.post(url, {**values, "version": "0"}).status_code == 302
    documents = reverse("applications:documents", args=[application.number])
    assert browser.get(documents).status_code == 200

    browser.post(documents, {"document": SimpleUploadedFile("план.txt", "План".encode())})
    check = reverse("applications:submit", args=[application.number])
    assert browser.get(check).status_code == 200
    done = browser.post(check, {"rules": "on", "personal": "on", "truth": "on"})

    application.refresh_from_db()
    assert application.state == State.SUBMITTED
    receipt = browser.get(done.url)
    assert application.versions.get().sha256 in receipt.content.decode()
    assert browser.get(application.get_absolute_url()).status_code == 200


def test_pressing_twice_applies_once(open_need, anna, signed_in):
    browser = signed_in(anna)
    begin = reverse("applications:begin", args=[open_need.number])
    form = {"title": "Весы", "organisation": anna.seats.get().organisation_id, "request_key": "k"}

    first, second = browser.post(begin, form), browser.post(begin, form)

    assert first.url == second.url
    assert Application.objects.count() == 1


def test_of_two_people_editing_the_second_sees_both_texts(draft, anna, signed_in):
    url = reverse("applications:section", args=[draft.number, "team"])
    browser = signed_in(anna)
    lifecycle.keep(draft, "team", {**ANSWERS["team"], "team": "Первый"}, revision=1, by=anna,
                   at=draft.begun_at)  # fmt: skip

    answer = browser.post(url, {**ANSWERS["team"], "team": "Второй", "version": "1"})

    assert answer.status_code == 409
    page = answer.content.decode()
    assert "Первый" in page
    assert "Второй" in page


def test_a_strangers_number_and_no_number_look_the_same(submitted, gleb, signed_in):
    browser = signed_in(gleb)
    hidden = browser.get(submitted.get_absolute_url())
    absent = browser.get(reverse("applications:page", args=[999999]))

    assert (hidden.status_code, plain(hidden)) == (absent.status_code, plain(absent))


@pytest.mark.parametrize("name", ["anna", "vera", "kira", "nina", "rita"])
@pytest.mark.parametrize("language", ["ru", "en"])
def test_those_who_may_see_get_a_page(submitted, cast, signed_in, name, language):
    browser = signed_in(getattr(cast, name), language)

    assert browser.get(submitted.get_absolute_url()).status_code == 200
    assert browser.get(reverse("applications:index")).status_code == 200


def test_the_question_stands_above_the_answer_and_on_top_of_the_page(
    submitted, vera, anna, signed_in
):
    vera.roles.create(programme=submitted.programme, code="screener")
    lifecycle.start_screening(submitted, by=vera, at=NOON)
    lifecycle.ask(submitted, by=vera, question="Сколько линий?", at=NOON)
    page = signed_in(anna).get(submitted.get_absolute_url()).content.decode()
    answering = signed_in(anna).get(f"{submitted.get_absolute_url()}answer/").content.decode()

    assert page.count("Сколько линий?") == 1
    assert page.index("Сколько линий?") < page.index("plan.txt")
    assert "Сколько линий?" in answering


def test_a_refusal_names_its_ground_and_the_way_on(submitted, vera, anna, signed_in):
    vera.roles.create(programme=submitted.programme, code="screener")
    lifecycle.start_screening(submitted, by=vera, at=NOON)
    lifecycle.refuse_at_screening(
        submitted, by=vera, code="incomplete", reason="Нет плана", at=NOON
    )
    Need.objects.filter(pk=submitted.need_id).update(closes_at="2100-01-01T00:00:00Z")
    again = reverse("applications:begin", args=[submitted.need.number])
    own = signed_in(anna).get(submitted.get_absolute_url()).content.decode()
    other = signed_in(vera).get(submitted.get_absolute_url()).content.decode()

    assert "lacks required answers or documents" in own
    assert again in own
    assert again not in other
    assert "The applicant and the centre see it" in other

    Need.objects.filter(pk=submitted.need_id).update(closes_at=SPRING)
    assert again not in signed_in(anna).get(submitted.get_absolute_url()).content.decode()


def test_a_document_leaves_as_an_attachment(submitted, vera, gleb, signed_in):
    file = submitted.attachments.get().file
    url = reverse("applications:document", args=[submitted.number, file.sha256])

    answer = signed_in(vera).get(url)

    assert answer["Content-Disposition"].startswith("attachment")
    assert answer["X-Content-Type-Options"] == "nosniff"
    assert signed_in(gleb).get(url).status_code == 404


@pytest.mark.parametrize("rows", [1, 3])
def test_the_list_costs_the_same_for_one_and_for_three(
    rows, submitted, cast, signed_in, django_assert_num_queries
):
    for n in range(rows - 1):
        Application.objects.create(
            programme=cast.city, need=submitted.need, organisation=cast.granite, title=f"{n}",
            number=100_000 + n, contact=cast.gleb, state="submitted", begun_at=submitted.begun_at,
            submitted_at=submitted.begun_at,
        )  # fmt: skip
    browser = signed_in(cast.vera)

    with django_assert_num_queries(QUERIES):
        assert browser.get(reverse("applications:index")).status_code == 200


# The session, the reader, one for the hats, the page with its count, programmes to choose.
QUERIES = 5


def test_before_handing_in_the_unfinished_parts_are_named_and_lead_there(
    open_need, anna, signed_in
):
    browser = signed_in(anna)
    begun = {"title": "Весы", "organisation": anna.seats.get().organisation_id}
    browser.post(reverse("applications:begin", args=[open_need.number]), begun)
    number = Application.objects.get().number

    page = browser.get(reverse("applications:submit", args=[number])).content.decode()

    last = page[page.rindex("not finished") : page.index("</main>")]
    solution = reverse("applications:section", args=[number, "solution"])
    assert re.findall(r'<li><a href="([^"]+)">', last)[0] == solution
