"""The pages of export projects: for the company and those who help or watch, absent for others."""

from datetime import date

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.urls import reverse
from django.utils import timezone

from conftest import NOON, plain
from pochin.exports import lifecycle
from pochin.exports.models import Contract, Project
from pochin.markets.models import Rate
from pochin.search import index


@pytest.mark.parametrize("language", ["ru", "en"])
@pytest.mark.parametrize("reader", ["anna", "artem", "vera", "viktor", "rita", "kira"])
def test_the_company_and_the_programme_read_it(reader, language, contracted, cast, signed_in):
    browser = signed_in(getattr(cast, reader), language)
    title = {"ru": "Весы почтовые", "en": "Postal scales"}[language]
    url = contracted.get_absolute_url()

    pages = [browser.get(path) for path in ("/exports/", url)]

    assert [(p.status_code, title in p.content.decode()) for p in pages] == [(200, True)] * 2


@pytest.mark.parametrize("stranger", ["gleb", "ulyana", "boris", "zakhar", "nina"])
def test_for_others_it_is_absent(stranger, contracted, cast, signed_in):
    browser = signed_in(getattr(cast, stranger))

    hidden = browser.get(contracted.get_absolute_url())
    absent = browser.get(reverse("exports:project", args=["city", 99]))

    assert (hidden.status_code, plain(hidden)) == (404, plain(absent))
    assert "Postal scales" not in browser.get("/exports/").content.decode()


def test_a_guest_is_asked_to_sign_in(contracted):
    paths = ["/exports/", contracted.get_absolute_url()]

    assert [Client().get(path).status_code for path in paths] == [302, 302]


def test_a_project_is_led_to_its_contract_in_the_browser(cast, codes, countries, source, signed_in):
    anna = signed_in(cast.anna)
    Rate.objects.create(currency="USD", day=timezone.localdate(), roubles="80", run=source)
    url = anna.post(
        "/exports/new/city/",
        {"organisation": cast.amber.pk, "title_ru": "Весы", "form": "goods"},
    ).url
    anna.post(
        f"{url}edit/",
        {"title_ru": "Весы", "form": "goods", "customs_en": "Scales", "origin": "RU",
         "weight_g": "1500", "length_mm": "300", "width_mm": "200", "height_mm": "100",
         "price": "100,00", "currency": "USD"},
    )  # fmt: skip
    anna.post(f"{url}classify/", {"code": "8423 10 100 0"})
    anna.post(f"{url}assess/")
    anna.post(f"{url}set_targets/", {"countries": "KAZ, ITA"})
    anna.post(f"{url}answer_control/", {"answer": "free", "paper": "12", "on": "2026-02-20"})
    anna.post(f"{url}prepare/")
    for line in ("certificates", "localisation", "prices", "translation", "rights", "payment",
                 "logistics"):  # fmt: skip
        anna.post(f"{url}note_ready/", {"line": line, "evidence": "Есть"})
    anna.post(f"{url}find_market/")
    anna.post(
        f"{url}name_partner/",
        {"partner": "Kazpost", "partner_country": "kz", "partner_address": "Astana",
         "partner_contact": "+7"},
    )  # fmt: skip
    anna.post(f"{url}negotiate/")
    unanswered = anna.post(f"{url}answer_contents/", {})
    anna.post(f"{url}answer_contents/", {"is_checked": "on"})
    anna.post(f"{url}give_range/", {"service": "rb", "country": "RU", "first": "1", "last": "9"})
    anna.post(
        f"{url}fill_declaration/",
        {"quantity": "2", "gross_g": "3200", "category": "sale",
         **{f"{side}_{n}": "Moscow 1" for side in ("sender", "addressee")
            for n in ("name", "street", "city", "postcode")}},
    )  # fmt: skip
    anna.post(
        f"{url}add_contract/",
        {"paper": "KZ-1", "signed_on": timezone.localdate().isoformat(), "amount": "12 000",
         "currency": "USD", "document": SimpleUploadedFile("c.txt", b"Contract", "text/plain")},
    )  # fmt: skip
    anna.post(f"{url}sign_first/")
    project = Project.objects.get()

    assert unanswered.status_code == 422
    assert project.state == "first_contract"
    assert project.contracts.get().roubles == 960_000
    assert (project.declarations.get().kind, project.declarations.get().content["item"]) == (
        "CN23", "RB000000014RU",
    )  # fmt: skip
    assert anna.get(project.declarations.get().get_absolute_url()).content[:5] == b"%PDF-"


@pytest.mark.parametrize(
    ("move", "given", "sentence"),
    [
        ("add_contract", {"paper": "1", "signed_on": "2026-03-01", "amount": "5",
                          "currency": "EUR"}, "There is no rate of EUR for 1\xa0March."),
        ("add_contract", {"paper": "1", "signed_on": "2026-03-01", "amount": "0,001",
                          "currency": "USD"}, "at most 2 digits"),
        ("set_targets", {"countries": "KAZ XXX"}, "There is no country “XXX” here; try its name"),
        ("name_partner", {"partner": "P", "partner_country": "QQ", "partner_address": "a",
                          "partner_contact": "b"}, "There is no country “QQ”; write its full name"),
        ("give_range", {"service": "1B", "country": "RU", "first": "1", "last": "2"},
         "two Latin letters"),
    ],
)  # fmt: skip
def test_bad_input_is_one_sentence(move, given, sentence, posted, cast, rates, signed_in):
    answer = signed_in(cast.anna).post(f"{posted.get_absolute_url()}{move}/", given)

    assert answer.status_code == 422
    assert sentence in answer.content.decode()


GOOD = "2026-03-01 10:00,1,2,Москва"


@pytest.mark.parametrize(
    ("content", "sentence"),
    [
        (b"when,what\n1,2\n", "it lacks the columns: at, operation, attribute, place"),
        (b"<!doctype html><html></html>", "it lacks the columns"),
        (b"at,operation,attribute,place\n", "The table holds no operations"),
        (f"at,operation,attribute,place\n{GOOD}\nyesterday,1,2,x\n".encode(),
         "Line 3: “yesterday” is not a time"),
        (f"at,operation,attribute,place\n{GOOD}\n2026-03-01 11:00,99,0,x\n".encode(),
         "Line 3: The post has no operation 99.0."),
        (f"at,operation,attribute,place\n{GOOD}\n2026-03-01 11:00,many\n".encode(),
         "Line 3: The post has no operation many.0."),
        ("at,operation,attribute,place\n2026-03-01 10:00,1,2,Москва\n".encode("cp1251"),
         "Save it as UTF-8"),
        (b"at,operation,attribute,place\n2099-03-01 10:00,1,2,x\n", "cannot be in the future"),
        (b"at,operation\n" + b"x" * 1_000_001, "larger than 1 MB"),
    ],
)  # fmt: skip
def test_a_damaged_table_of_the_post_is_one_sentence(content, sentence, posted, cast, signed_in):
    lifecycle.send_item(posted, by=cast.anna, item="RB123456785RU", on=date(2026, 3, 2), at=NOON)
    answer = signed_in(cast.anna).post(
        f"{posted.get_absolute_url()}note_event/",
        {"shipment": posted.shipments.get().pk,
         "table": SimpleUploadedFile("events.csv", content, "text/csv")},
    )  # fmt: skip

    assert sentence in answer.content.decode().replace("&quot;", '"')
    assert posted.shipments.get().events.count() == 0


def test_a_table_with_zones_and_semicolons_is_taken_whole(posted, cast, signed_in):
    lifecycle.send_item(posted, by=cast.anna, item="RB123456785RU", on=date(2026, 3, 2), at=NOON)
    rows = (
        "at;operation;attribute;place\n2026-03-01 10:00;1;2;Москва\n2026-03-02T10:00+05:00;8;0;\n"
    )
    signed_in(cast.anna).post(
        f"{posted.get_absolute_url()}note_event/",
        {"shipment": posted.shipments.get().pk,
         "table": SimpleUploadedFile("events.csv", rows.encode(), "text/csv")},
    )  # fmt: skip

    assert posted.shipments.get().events.count() == 2


def test_a_table_with_the_headings_of_the_post_is_taken_too(posted, cast, signed_in):
    lifecycle.send_item(posted, by=cast.anna, item="RB123456785RU", on=date(2026, 3, 2), at=NOON)
    rows = (
        "Дата операции;Код операции;Код атрибута;Место\n"
        "01.03.2026 10:00;8;45;Москва\n02.03.2026 10:00:30;15;;\n"
    )
    signed_in(cast.anna).post(
        f"{posted.get_absolute_url()}note_event/",
        {"shipment": posted.shipments.get().pk,
         "table": SimpleUploadedFile("events.csv", rows.encode(), "text/csv")},
    )  # fmt: skip

    found = posted.shipments.get().events.order_by("at")
    assert [(e.operation, e.attribute, e.place) for e in found] == [(8, 45, "Москва"), (15, 0, "")]


def test_lists_ask_as_much_for_three_as_for_one(contracted, cast, signed_in):
    browser = signed_in(cast.vera)
    one = queries(browser, "/exports/")
    for _n in range(2):
        lifecycle.begin(
            cast.city, by=cast.anna, organisation=cast.amber, title_ru="Ещё", form="goods",
            at=NOON,
        )  # fmt: skip

    assert queries(browser, "/exports/") == one


def queries(browser, path: str) -> int:
    browser.get(path)
    with CaptureQueriesContext(connection) as captured:
        assert browser.get(path).status_code == 200
    return len(captured)


@pytest.mark.parametrize(
    ("field", "value", "words"),
    [("weight_g", "100000001", "Write grams"), ("length_mm", "100001", "Write millimetres"),
     ("weight_g", "9" * 30, "Write grams"), ("height_mm", "-1", "greater than or equal to 0")],
)  # fmt: skip
def test_a_slip_of_the_unit_is_one_sentence_and_nothing_is_lost(
    field, value, words, contracted, cast, signed_in
):
    browser = signed_in(cast.anna)
    address = f"{contracted.get_absolute_url()}edit/"
    given = {"title_ru": "Иначе", "form": "goods", "origin": "RU", "currency": "USD", field: value}

    answer = browser.post(address, given)

    page = answer.content.decode()
    assert words in page
    assert 'value="Иначе"' in page
    assert Project.objects.get(pk=contracted.pk).title_ru == contracted.title_ru


def test_a_contract_of_a_day_to_come_is_told_of_its_day_and_not_of_a_rate(
    contracted, cast, signed_in
):
    browser = signed_in(cast.anna)
    document = SimpleUploadedFile("c.txt", "Договор".encode())
    given = {"paper": "1", "signed_on": "2131-01-01", "amount": "10", "currency": "USD",
             "document": document}  # fmt: skip

    page = browser.post(f"{contracted.get_absolute_url()}add_contract/", given).content.decode()

    assert "This day has not come yet." in page
    assert "There is no rate" not in page


@pytest.mark.parametrize(
    ("words", "count"), [("KZ-1", 1), ("Kazpost", 1), ("Amber", 1), ("самокат", 0)]
)
def test_a_contract_is_found_by_its_number_partner_and_company(
    words, count, contracted, cast, signed_in
):
    index.reindex(Contract)
    page = signed_in(cast.vera).get("/exports/contracts/", {"q": words})
    hidden = signed_in(cast.gleb).get("/exports/contracts/", {"q": words})

    assert page.context["listing"].total == count
    assert hidden.context["listing"].total == 0


@pytest.mark.parametrize(
    ("typed", "chosen"),
    [
        ("KAZ ITA", ["ITA", "KAZ"]),
        ("kaz, it", ["ITA", "KAZ"]),
        ("Казахстан; Италия", ["ITA", "KAZ"]),
        ("Kazakhstan, Italy, KAZ", ["ITA", "KAZ"]),
    ],
)
def test_countries_are_named_as_people_name_them(
    typed, chosen, assessed, countries, cast, signed_in
):
    signed_in(cast.anna).post(f"{assessed.get_absolute_url()}set_targets/", {"countries": typed})

    assert sorted(assessed.targets.values_list("iso3", flat=True)) == chosen


def test_no_country_at_all_is_one_sentence(assessed, cast, signed_in):
    url = f"{assessed.get_absolute_url()}set_targets/"

    page = signed_in(cast.anna).post(url, {"countries": " , "}).text

    assert "Name at least one country." in page
