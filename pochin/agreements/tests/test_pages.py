"""The pages of agreements: for their parties and their programme, absent for others."""

import re

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client
from django.urls import reverse

from conftest import NOON, plain
from pochin.agreements import lifecycle
from pochin.agreements.forms.agreement import AgreementForm
from pochin.agreements.models import Agreement
from pochin.search import index


@pytest.mark.parametrize("language", ["ru", "en"])
@pytest.mark.parametrize("reader", ["anna", "vera", "rita", "kira"])
def test_parties_and_the_programme_read_it(reader, language, sent, cast, signed_in):
    browser = signed_in(getattr(cast, reader), language)
    title = {"ru": "О пилоте", "en": "On a pilot"}[language]

    pages = [browser.get(url) for url in ("/agreements/", sent.get_absolute_url())]

    assert [(p.status_code, title in p.content.decode()) for p in pages] == [(200, True)] * 2


@pytest.mark.parametrize("stranger", ["gleb", "ulyana", "boris", "zakhar"])
def test_for_others_it_is_absent(stranger, sent, cast, signed_in):
    browser = signed_in(getattr(cast, stranger))

    hidden = browser.get(sent.get_absolute_url())
    absent = browser.get(reverse("agreements:agreement", args=["city", 99]))

    assert (hidden.status_code, plain(hidden)) == (404, plain(absent))
    assert "On a pilot" not in browser.get("/agreements/").content.decode()


def test_a_guest_is_asked_to_sign_in(sent):
    answers = [Client().get(url) for url in ("/agreements/", sent.get_absolute_url())]

    assert [a.status_code for a in answers] == [302, 302]


def test_a_draft_is_absent_for_its_parties(draft, anna, signed_in):
    assert signed_in(anna).get(draft.get_absolute_url()).status_code == 404


def test_it_is_prepared_sent_and_signed_in_the_browser(
    cast, olga, signed_in, django_capture_on_commit_callbacks
):
    vera, anna, post = (signed_in(p) for p in (cast.vera, cast.anna, olga))
    given = {"kind": "pilot", "title_ru": "О пилоте", "text_ru": "Да.", "starts_on": "2026-01-01"}
    url = vera.post(reverse("agreements:begin", args=["city"]), given).url
    for inn in ("7707083893", "7724490000"):
        vera.post(f"{url}add_party/", {"inn": inn})
    vera.post(f"{url}send/")
    with django_capture_on_commit_callbacks(execute=True):
        anna.post(f"{url}sign/", {"organisation": cast.amber.pk, "has_read": "on"})
        post.post(f"{url}sign/", {"organisation": cast.post.pk, "has_read": "on"})

    assert Agreement.objects.get().state == "in_force"


def test_the_page_to_sign_shows_the_fingerprint(sent, anna, signed_in):
    page = signed_in(anna).get(f"{sent.get_absolute_url()}sign/").content.decode()

    assert sent.sha256 in page


def test_words_changed_after_they_were_read_are_not_signed(sent, cast, signed_in):
    anna, said = signed_in(cast.anna), {"organisation": cast.amber.pk, "has_read": "on"}

    def way():
        page = anna.get(sent.get_absolute_url()).content.decode()
        return re.search(r'href="([^"]+/sign/\?read=[0-9a-f]{64})"', page)[1]

    before = way()
    lifecycle.take_back(sent, by=cast.vera, reason="Опечатка", at=NOON)
    lifecycle.edit(sent, by=cast.vera, text_ru="Совсем другое.", at=NOON)
    lifecycle.send(sent, by=cast.vera, at=NOON)

    assert "Read them anew" in anna.get(before).content.decode()
    assert anna.post(before, said).status_code == 409
    assert not sent.party_set.filter(signed_at__isnull=False).exists()
    assert anna.post(way(), said).status_code == 302
    assert sent.party_set.filter(signed_at__isnull=False).exists()


def test_without_the_tick_nothing_is_signed(sent, anna, amber, signed_in):
    signed_in(anna).post(f"{sent.get_absolute_url()}sign/", {"organisation": amber.pk})

    assert not sent.party_set.filter(signed_at__isnull=False).exists()


@pytest.mark.parametrize(
    ("given", "why"),
    [
        ({"inn": "7728168971"}, "No organisation with this INN or name is in the register."),
        ({"inn": "7736050003", "email": "anna@example.org"},
         "This person does not sign for the organisation."),
    ],
)  # fmt: skip
def test_a_wrong_party_gets_one_sentence(given, why, draft, vera, signed_in):
    page = signed_in(vera).post(f"{draft.get_absolute_url()}add_party/", given)

    assert why in page.content.decode()
    assert draft.party_set.count() == 2


def test_a_document_is_put_in_and_read_by_the_parties(draft, cast, signed_in):
    paper = SimpleUploadedFile("deal.txt", "Договорились.".encode(), "text/plain")
    url = draft.get_absolute_url()
    signed_in(cast.vera).post(f"{url}put_document/", {"document": paper})
    lifecycle.edit(Agreement.objects.get(), by=cast.vera, at=NOON, text_ru="")
    lifecycle.send(Agreement.objects.get(), by=cast.vera, at=NOON)

    answer = signed_in(cast.anna).get(f"{url}document/")

    assert b"".join(answer.streaming_content).decode() == "Договорились."
    assert signed_in(cast.gleb).get(f"{url}document/").status_code == 404


def test_the_document_is_part_of_what_is_signed(draft, cast, signed_in):
    before = draft.fingerprint()
    paper = SimpleUploadedFile("deal.txt", "Договорились.".encode(), "text/plain")

    signed_in(cast.vera).post(f"{draft.get_absolute_url()}put_document/", {"document": paper})

    assert Agreement.objects.get().fingerprint() != before


def test_an_agreement_without_a_document_has_no_such_page(sent, anna, signed_in):
    assert signed_in(anna).get(f"{sent.get_absolute_url()}document/").status_code == 404


@pytest.mark.parametrize(("name", "status"), [("vera", 200), ("anna", 403), ("kira", 403)])
def test_only_writers_open_the_form(name, status, cast, signed_in):
    url = reverse("agreements:begin", args=["city"])

    assert signed_in(getattr(cast, name)).get(url).status_code == status


@pytest.mark.parametrize(
    ("asked", "hits"),
    [("kind=pilot", 1), ("kind=nda", 0), ("state=signing", 1), ("programme=city", 1),
     ("ends_from=2026-12-31", 1), ("ends_to=2026-12-30", 0), ("q=amber", 1), ("q=granite", 0)],
)  # fmt: skip
def test_the_list_is_searched_and_narrowed(asked, hits, sent, vera, signed_in):
    index.reindex(Agreement)

    page = signed_in(vera).get(f"/agreements/?{asked}").content.decode()

    assert page.count(f'"{sent.get_absolute_url()}"') == hits


@pytest.mark.parametrize("rows", [1, 3])
def test_the_list_costs_the_same_for_one_and_for_three(
    rows, sent, cast, signed_in, django_assert_num_queries
):
    for _n in range(rows - 1):
        more = lifecycle.begin(
            cast.city, by=cast.vera, at=NOON, kind="nda", title_ru="Тайна", starts_on=NOON.date()
        )
        lifecycle.add_party(more, by=cast.vera, organisation=cast.amber, at=NOON)
    browser = signed_in(cast.vera)

    with django_assert_num_queries(7):
        page = browser.get("/agreements/").content.decode()

    assert page.count('<th scope="row">') == rows


@pytest.mark.parametrize("language", ["ru", "en"])
@pytest.mark.parametrize("move", ["add_party", "remove_party", "put_document", "edit"])
def test_every_form_of_a_draft_opens(move, language, draft, cast, signed_in):
    url = f"{draft.get_absolute_url()}{move}/"

    assert signed_in(cast.vera, language).get(url).status_code == 200
    assert signed_in(cast.kira, language).get(url).status_code == 403


@pytest.mark.parametrize("named", ["7736050003", "Granite", " granite "])
def test_a_party_is_named_by_its_inn_or_its_name(named, draft, cast, vera, signed_in):
    signed_in(vera).post(f"{draft.get_absolute_url()}add_party/", {"inn": named})

    assert draft.party_set.filter(organisation=cast.granite).exists()


def test_a_name_that_two_bear_names_nobody(draft, cast, vera, signed_in):
    type(cast.granite).objects.filter(pk=cast.amber.pk).update(name_en="Granite")

    page = signed_in(vera).post(f"{draft.get_absolute_url()}add_party/", {"inn": "Granite"}).text

    assert "No organisation with this INN or name is in the register." in page
    assert draft.party_set.count() == 2


def test_before_it_is_sent_nobody_is_waited_for_to_sign(draft, cast, vera, signed_in):
    url = draft.get_absolute_url()
    assert signed_in(vera).get(url).text.count("not asked to sign yet") == 2

    lifecycle.send(draft, by=vera, at=NOON)

    assert "not asked to sign yet" not in signed_in(vera).get(url).text


def test_a_party_is_taken_away_only_where_there_is_one(draft, vera, signed_in):
    url = draft.get_absolute_url()
    assert f"{url}remove_party/" in signed_in(vera).get(url).text

    draft.party_set.all().delete()

    assert f"{url}remove_party/" not in signed_in(vera).get(url).text


def test_the_form_is_in_parts_and_says_what_is_still_to_do(cast, signed_in):
    browser = signed_in(cast.vera)
    empty = browser.get("/agreements/new/city/").context["form"].tasks
    given = {
        "kind": "nda",
        "title_ru": "О тайне",
        "starts_on": "01.03.2026",
        "renewal": "automatic",
    }
    begun = browser.post("/agreements/new/city/", given).context["form"].tasks

    assert [str(task.status) for task in empty] == ["Not begun"] * 2 + ["Optional"] * 3
    assert [str(task.status) for task in begun][:2] == ["Done", "To be put right"]


def test_every_question_of_an_agreement_stands_in_one_part():
    named = [name for _a, _t, *both in AgreementForm.PARTS for names in both for name in names]

    assert sorted(named) == sorted(AgreementForm.Meta.fields)


def test_whoever_has_signed_is_not_asked_to_sign_again(sent, cast, signed_in):
    browser, url = signed_in(cast.anna), sent.get_absolute_url()
    way = f"{url}sign/"
    before = browser.get(url).content.decode()
    lifecycle.sign(sent, by=cast.anna, organisation=cast.amber, at=NOON)

    after = browser.get(url).content.decode()
    assert (way in before, way in after) == (True, False)
    assert "You have already signed for your side." in after
    assert "has_read" not in browser.get(way).content.decode()


@pytest.mark.parametrize("place", ["0", "1000", "99999999999"])
def test_a_clause_has_a_number_that_a_text_can_have(place, draft, cast, signed_in):
    url = f"{draft.get_absolute_url()}write_clause/"
    given = {"place": place, "heading_ru": "Срок", "text_ru": "Год."}

    answer = signed_in(cast.vera).post(url, given)

    assert "Clauses have numbers from 1 to 999." in answer.content.decode()
    assert not draft.clauses.exists()


def test_the_next_clause_is_offered_the_next_number(draft, cast, signed_in):
    lifecycle.write_clause(draft, by=cast.vera, place=4, heading_ru="Срок", text_ru="Год.")

    page = signed_in(cast.vera).get(f"{draft.get_absolute_url()}write_clause/")

    assert page.context["form"]["place"].value() == 5


def test_whoever_comes_too_late_is_led_back_to_the_agreement(sent, cast, signed_in):
    url = sent.get_absolute_url()

    for late in ("accept_words", "approve"):
        answer = signed_in(cast.anna).post(f"{url}{late}/")
        assert f'href="{url}">Back</a>' in answer.content.decode()
