"""The life of an export project, its code, its roubles, its post."""

import csv
import json
import re
from datetime import date
from decimal import Decimal
from pathlib import Path

import pytest
from django.conf import settings

from conftest import NOON
from pochin.core.lifecycle import Refused
from pochin.core.policy import Forbidden
from pochin.exports import declaration, lifecycle, operations, post, s10
from pochin.exports.models import Declaration, Project, Shipped
from pochin.exports.tests.conftest import LATER
from pochin.papers.tests import reading


def test_it_goes_from_the_idea_to_the_first_contract(contracted):
    assert (contracted.state, contracted.code) == ("first_contract", "X-001")


@pytest.mark.parametrize("stranger", ["artem", "gleb", "vera", "boris", "rita", "viktor"])
def test_only_the_company_and_the_export_manager_work_on_it(stranger, idea, cast):
    with pytest.raises(Forbidden):
        lifecycle.edit(idea, by=getattr(cast, stranger), title_ru="Иное", at=NOON)


def test_the_export_manager_takes_it_on(idea, ksenia, cast):
    lifecycle.take_on(idea, by=ksenia, at=NOON)
    with pytest.raises(Forbidden):
        lifecycle.take_on(idea, by=cast.anna, at=NOON)

    assert idea.manager == ksenia


def test_a_company_that_is_no_member_begins_nothing(cast):
    cast.amber.memberships.update(state="excluded")

    with pytest.raises(Refused, match="admitted member"):
        lifecycle.begin(cast.city, by=cast.anna, organisation=cast.amber, title_ru="Весы", at=NOON)


def test_preparation_needs_the_answer_of_export_control(assessed, cast, countries):
    lifecycle.set_targets(assessed, by=cast.anna, countries=["KAZ"], at=NOON)

    with pytest.raises(Refused, match="export control answered first"):
        lifecycle.prepare(assessed, by=cast.anna, at=NOON)
    lifecycle.answer_control(
        assessed, by=cast.anna, answer="forbidden", paper="1", on=date(2026, 3, 1), at=NOON
    )
    with pytest.raises(Refused, match="does not allow"):
        lifecycle.prepare(assessed, by=cast.anna, at=NOON)


def test_an_answer_of_tomorrow_is_refused(assessed, cast):
    with pytest.raises(Refused, match="not in the future"):
        lifecycle.answer_control(
            assessed, by=cast.anna, answer="free", paper="1", on=date(2026, 3, 3), at=NOON
        )


def test_a_market_is_spoken_to_when_all_is_ready(preparing, cast):
    lifecycle.note_ready(preparing, by=cast.anna, line="prices", evidence="Прайс", at=NOON)

    with pytest.raises(Refused, match="Not every line"):
        lifecycle.find_market(preparing, by=cast.anna, at=NOON)


def test_software_needs_neither_a_code_nor_logistics(cast, countries):
    project = lifecycle.begin(
        cast.city, by=cast.anna, organisation=cast.amber, at=NOON, title_ru="ПО", form="software"
    )
    lifecycle.assess(project, by=cast.anna, at=NOON)

    assert project.state == "assessed"
    assert "logistics" not in lifecycle.papers.g.wanted(project)
    with pytest.raises(Refused, match="Only goods have a code"):
        lifecycle.classify(project, by=cast.anna, code="842310", at=NOON)


def test_the_first_contract_needs_its_document(negotiating, cast):
    with pytest.raises(Refused, match="no contract with its document"):
        lifecycle.sign_first(negotiating, by=cast.anna, at=NOON)


def test_on_hold_it_goes_on_from_where_it_stood(preparing, cast):
    lifecycle.hold(preparing, by=cast.anna, reason="Ждём сертификат.", at=NOON)
    held = (preparing.state, preparing.held_from)
    offered = [a.move.name for a in lifecycle.life.actions(cast.anna, preparing)]
    with pytest.raises(Forbidden):
        lifecycle.life.make("resume_idea", preparing, by=cast.anna, at=NOON)
    lifecycle.life.press("resume_preparation", preparing, by=cast.anna)

    assert held == ("on_hold", "preparation")
    assert [name for name in offered if name.startswith("resume")] == ["resume_preparation"]
    assert (preparing.state, preparing.held_from) == ("preparation", "")


def test_regular_export_begins_with_the_second_sum(contracted, cast):
    contract = contracted.contracts.get()
    for _n in range(2):
        with pytest.raises(Refused, match="second shipped sum"):
            lifecycle.go_regular(contracted, by=cast.anna, at=LATER)
        lifecycle.note_shipped(
            contracted, by=cast.anna, contract=contract, on=date(2026, 3, 4),
            amount=Decimal("10.05"), at=LATER,
        )  # fmt: skip
    lifecycle.go_regular(contracted, by=cast.anna, at=LATER)

    assert contracted.state == "regular"
    assert list(Shipped.objects.values_list("roubles", flat=True)) == [Decimal("809.03")] * 2


def test_what_is_signed_and_shipped_on_one_day_is_in_order(contracted, cast):
    contract = contracted.contracts.get()
    lifecycle.note_shipped(
        contracted, by=cast.anna, contract=contract, on=contract.signed_on, amount=Decimal(1),
        at=LATER,
    )  # fmt: skip

    assert contract.shipped.count() == 1


def test_goods_are_ready_only_with_their_logistics(preparing):
    assert "logistics" in lifecycle.papers.g.wanted(preparing)


def test_nothing_is_shipped_before_the_signature(contracted, cast):
    with pytest.raises(Refused, match="before its contract is signed"):
        lifecycle.note_shipped(
            contracted, by=cast.anna, contract=contracted.contracts.get(), on=date(2026, 2, 28),
            amount=Decimal(1), at=LATER,
        )  # fmt: skip


# Codes


@pytest.mark.parametrize(
    ("typed", "sentence"),
    [
        ("440710", "is a code of HS 2017; the edition of 2022 changed it"),
        ("101210000", "The zero at the beginning of 101210000 was lost"),
        ("842382", "The code 842382 is not among .* loaded here.*The nearest: 842381"),
        ("весы", "is not a code of goods"),
    ],
)
def test_a_wrong_code_is_refused_with_the_nearest_right_ones(typed, sentence, idea, cast, codes):
    with pytest.raises(Refused, match=sentence):
        lifecycle.classify(idea, by=cast.anna, code=typed, at=NOON)
    assert Project.objects.get().goods_code == ""


def test_a_code_is_taken_as_it_is_typed(idea, cast, codes):
    lifecycle.classify(idea, by=cast.anna, code="8423 10 100 0", at=NOON)

    assert idea.goods_code == "8423101000"


def test_a_contract_in_a_currency_without_a_rate_is_one_sentence(posted, cast, paper, rates):
    with pytest.raises(Refused, match="There is no rate of EUR"):
        lifecycle.add_contract(
            posted, by=cast.anna, paper="1", signed_on=date(2026, 3, 1), amount=Decimal(5),
            currency="EUR", document=paper, at=NOON,
        )  # fmt: skip
    assert posted.contracts.count() == 0


# The post


def test_small_scales_go_by_every_service(posted):
    assert post.why_not(posted) == ""
    assert [way.is_open for way in post.ways(posted)] == [True, True, True]


@pytest.mark.parametrize(
    ("changes", "is_open"),
    [
        ({"weight_g": 2001}, [False, True, True]),
        ({"length_mm": 601}, [False, True, True]),
        ({"length_mm": 600, "width_mm": 200, "height_mm": 101}, [False, True, True]),
        ({"weight_g": 20_001}, [False, False, True]),
        ({"length_mm": 1051}, [False, False, True]),
        ({"weight_g": 30_001}, [False, False, False]),
        ({"weight_g": None}, [False, False, False]),
    ],
)
def test_services_have_limits_of_weight_and_size(changes, is_open, posted, cast):
    lifecycle.edit(posted, by=cast.anna, at=NOON, **changes)

    assert [way.is_open for way in post.ways(posted)] == is_open


def test_prohibited_contents_do_not_go(posted, cast):
    lifecycle.answer_contents(posted, by=cast.anna, prohibited=["batteries"], at=NOON)

    assert post.why_not(posted).startswith("This may not be sent by post: lithium batteries")
    with pytest.raises(Refused, match="cannot go by post yet"):
        lifecycle.send_item(
            posted, by=cast.anna, item="RB123456785RU", on=date(2026, 3, 2), at=NOON
        )


def test_unanswered_contents_do_not_go(negotiating):
    assert post.why_not(negotiating) == "Answer first whether the contents are prohibited."


SIDE = {"name": "Amber", "street": "Lenina 1", "city": "Moscow", "postcode": "101000",
        "country": "RU"}  # fmt: skip


def sides():
    return {"sender": SIDE, "addressee": {**SIDE, "name": "Kazpost", "country": "KZ"}}


def content(**changes):
    article = {"description": "Electronic scales", "quantity": 2, "net_weight_g": 1500,
               "value": Decimal("200"), "hs_code": "8423101000", "origin": "RU"}  # fmt: skip
    article |= {k: changes.pop(k) for k in list(changes) if k in article}
    given = {"form": "CN23", "category": "sale", "currency": "USD", "gross_weight_g": 1600,
             "item": "RB123456785RU", **sides(), "articles": [article], **changes}  # fmt: skip
    return declaration.document(**given)


def test_a_whole_declaration_has_no_faults():
    assert declaration.faults(content()) == []
    assert declaration.totals(content()) == {
        "quantity": 2, "net_weight_g": 1500, "value": "200.00",
    }  # fmt: skip


@pytest.mark.parametrize("land", ["KZ", "BY"])
def test_russian_addresses_are_read_where_posts_read_russian(land):
    there = {**SIDE, "city": "Город", "country": land}

    assert declaration.faults(content(sender={**SIDE, "city": "Москва"}, addressee=there)) == []


@pytest.mark.parametrize(
    ("changes", "sentence"),
    [
        ({"description": "x" * 65}, "Line 1: describe the article in 1 to 64 letters."),
        ({"description": "Весы"}, "does not read Cyrillic"),
        ({"hs_code": "84231"}, "6, 8 or 10 digits"),
        ({"hs_code": ""}, "6, 8 or 10 digits"),
        ({"origin": "XX"}, "country of origin"),
        ({"quantity": 0}, "at least one."),
        ({"value": Decimal(0)}, "more than zero"),
        ({"gross_weight_g": 1499}, "at least what is in it"),
        ({"form": "CN22", "gross_weight_g": 2001}, "CN22 is for items up to 2 kg"),
        ({"item": "RB123456786RU"}, "check digit does not fit"),
        ({"category": "other"}, "Explain what"),
        ({"category": "bribe"}, "sent as"),
        ({"sender": {**SIDE, "street": "ул. Ленина, 1"},
          "addressee": {**SIDE, "country": "DE"}},
         "Write the address of the sender in Latin letters"),
        ({"addressee": {**SIDE, "city": "Берлин", "country": "DE"}},
         "Write the address of the addressee in Latin letters"),
    ],
)  # fmt: skip
def test_each_fault_of_a_declaration_is_a_sentence(changes, sentence):
    faults = declaration.faults(content(**changes))

    assert len(faults) == 1
    assert sentence in faults[0]
    assert faults[0].endswith(".")


def test_numbers_are_issued_from_the_range_until_it_is_used_up(posted, cast):
    for _n in range(2):
        lifecycle.fill_declaration(posted, by=cast.anna, content=content(item=""), at=NOON)
    with pytest.raises(Refused, match="no free item number"):
        lifecycle.fill_declaration(posted, by=cast.anna, content=content(item=""), at=NOON)

    assert [d.content["item"] for d in Declaration.objects.order_by("number")] == [
        "RB123456785RU", "RB123456799RU",
    ]  # fmt: skip


def test_a_number_that_was_noted_by_hand_is_not_issued(posted, cast):
    lifecycle.send_item(posted, by=cast.anna, item="RB123456785RU", on=date(2026, 3, 2), at=NOON)
    lifecycle.fill_declaration(posted, by=cast.anna, content=content(item=""), at=NOON)

    assert posted.declarations.get().content["item"] == "RB123456799RU"


@pytest.mark.parametrize(
    ("first", "last", "is_given"),
    [(12345680, 12345680, True), (12345681, 12345680, False), (99_999_999, 100_000_000, False)],
)
def test_a_range_goes_upwards_within_eight_digits(first, last, is_given, posted, cast):
    given = {"service": "RB", "country": "RU", "first": first, "last": last}

    if is_given:
        assert lifecycle.give_range(posted, by=cast.anna, at=NOON, **given).pk
        return
    with pytest.raises(Refused, match="from a smaller to a greater number"):
        lifecycle.give_range(posted, by=cast.anna, at=NOON, **given)


def test_a_range_is_given_once(posted, cast):
    with pytest.raises(Refused, match="already given out"):
        lifecycle.give_range(
            posted, by=cast.anna, service="RB", country="RU", first=12345679, last=12345700,
            at=NOON,
        )  # fmt: skip


@pytest.mark.parametrize("form", ["CN22", "CN23"])
def test_a_declaration_is_printed_on_one_page(form, posted, cast, signed_in):
    lifecycle.fill_declaration(posted, by=cast.anna, content=content(form=form), at=NOON)
    made = posted.declarations.get()
    browser = signed_in(cast.anna)

    printed = browser.get(made.get_absolute_url())
    data = json.loads(browser.get(f"{made.get_absolute_url()}data.json").content)

    assert printed["Content-Type"] == "application/pdf"
    assert printed.content[:5] == b"%PDF-"
    assert len(re.findall(rb"/Type\s*/Page\b", printed.content)) == 1
    said = reading.words(printed.content)
    assert "Таможенная декларация" in said
    assert "Customs declaration" in said
    assert "Россия / RUSSIA (RU)" in said
    assert declaration.faults(data) == []
    assert data["item"] == "RB123456785RU"


def test_the_short_form_is_for_small_values(rates):
    day = date(2026, 3, 1)

    assert post.declaration_kind(1000, Decimal(33_000), day) == "CN22"
    assert post.declaration_kind(1000, Decimal(33_001), day) == "CN23"
    assert post.declaration_kind(2001, Decimal(10), day) == "CN23"
    assert post.declaration_kind(1000, None, day) == "CN23"


def test_an_item_is_followed_by_the_operations_of_the_post(posted, cast, signed_in):
    browser, url = signed_in(cast.anna), posted.get_absolute_url()
    lifecycle.send_item(posted, by=cast.anna, item="RB 123456785 RU", on=date(2026, 3, 2), at=NOON)
    shipment = posted.shipments.get()
    browser.post(
        f"{url}note_event/", {"shipment": shipment.pk, "at": "2026-03-03 10:00",
                              "operation": "14.1", "place": "Москва"}
    )  # fmt: skip
    events = [{"at": LATER, "operation": 8, "attribute": 3, "place": ""}]
    for _again in range(2):
        lifecycle.note_event(posted, by=cast.anna, shipment=shipment, events=events, at=LATER)

    assert shipment.events.count() == 2
    assert "customs clearance: released by customs" in browser.get(url).content.decode()
    with pytest.raises(Refused, match=r"no operation 77\.1"):
        lifecycle.note_event(
            posted, by=cast.anna, shipment=shipment, at=LATER,
            events=[{"at": LATER, "operation": 77, "attribute": 1, "place": ""}],
        )  # fmt: skip


def test_a_wrong_number_of_an_item_is_refused(posted, cast):
    with pytest.raises(Refused, match="check digit does not fit"):
        lifecycle.send_item(
            posted, by=cast.anna, item="RB123456786RU", on=date(2026, 3, 2), at=NOON
        )


@pytest.mark.parametrize("item", ["RB123456785GB", "RB123456785US", "RB123456785CV"])
def test_published_numbers_are_right(item):
    assert s10.is_valid(item)
    assert s10.number(item[:2], int(item[2:10]), item[-2:]) == item


# Published lists


def published(name: str) -> Path:
    path = Path(settings.DATA) / name
    if not path.exists():
        pytest.skip(f"NOT CHECKED AGAINST PUBLISHED DATA: there is no {path}")
    return path


def test_published_item_numbers_have_right_check_digits():
    vectors = json.loads(published("postal_s10_vectors/s10.json").read_text())
    numbers = vectors["tracking_numbers"][0]["test_numbers"]

    assert [n for n in numbers["valid"] if not s10.is_valid(n)] == []
    assert [n for n in numbers["invalid"] if s10.is_valid(n)] == []


def test_the_operations_are_those_of_the_post():
    path = published("russian_post_api_lists/operation_attributes.csv")
    with path.open(encoding="utf-8", newline="") as file:
        known = {(int(r["oper_type"]), int(r["oper_attr"])) for r in csv.DictReader(file)}

    assert set(operations.ATTRIBUTES) <= known
    assert set(operations.OPERATIONS) == {operation for operation, _attribute in known}
    assert [one for one in known if not operations.is_known(*one)] == []
    beyond = {(operation, attribute) for operation in operations.OPERATIONS
              for attribute in range(1, 1200)} - known  # fmt: skip
    assert [one for one in beyond if operations.is_known(*one)] == []


def test_an_attribute_without_words_is_told_by_its_number():
    assert operations.words(8, 45) == "processed: No. 45 of the post's list"
    assert operations.words(31, 24) == "with the carrier: loaded on board"
    assert operations.words(10, 0) == "left the country"
