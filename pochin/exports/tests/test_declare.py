"""A customs declaration is filled in from the project, with whatever else is in the item."""

import pytest
from django.utils import timezone

from conftest import NOON
from pochin.exports import lifecycle
from pochin.exports.models import Declaration
from pochin.markets import nomenclature
from pochin.markets.models import Rate

SIDES = {
    f"{side}_{name}": "Moscow 1"
    for side in ("sender", "addressee")
    for name in ("name", "street", "city", "postcode")
}
CABLE = "Power cable; 2; 150; 10,50; 8544 42; ru"
FILLED = {"quantity": "1", "gross_g": "1900", "category": "sale", **SIDES}


@pytest.fixture
def declare(posted, cast, signed_in):
    """Fills in the form: ``declare(further=…)``."""

    def send(**changes):
        url = f"{posted.get_absolute_url()}fill_declaration/"
        return signed_in(cast.anna).post(url, {**FILLED, **changes})

    return send


def test_several_articles_stand_in_one_declaration(declare, rates, cast, signed_in):
    declare(further=f"{CABLE}\nManual\t1\t50\t1\t491110\tRU")
    made = Declaration.objects.get()

    assert [(a["description"], a["value"], a["hs_code"]) for a in made.content["articles"]] == [
        ("Electronic postal scales", "100.00", "8423101000"),
        ("Power cable", "10.50", "854442"),
        ("Manual", "1.00", "491110"),
    ]
    assert signed_in(cast.anna).get(made.get_absolute_url()).content[:5] == b"%PDF-"


def test_the_value_of_all_articles_decides_which_form_it_is(declare, rates):
    Rate.objects.update(day=timezone.localdate())
    declare()
    declare(further="Spare scales; 1; 200; 400; 842310; RU")

    # 300 special drawing rights are 409.94 dollars at the rates of the tests.
    assert list(Declaration.objects.order_by("number").values_list("kind", flat=True)) == [
        "CN22", "CN23",
    ]  # fmt: skip


def test_the_fuller_form_may_be_asked_for(declare, rates):
    declare(is_full="on")

    assert Declaration.objects.get().kind == "CN23"


def test_more_lines_than_a_label_holds_make_it_a_form(declare, rates):
    declare(further="\n".join(["Screw; 1; 5; 1; 731815; RU"] * 4))

    made = Declaration.objects.get()
    assert (made.kind, len(made.content["articles"])) == ("CN23", 5)


@pytest.mark.parametrize(
    ("further", "sentence"),
    [
        ("Cable; 2; 150", "Line 2 needs six columns"),
        (f"{CABLE}\nCable; two; 150; 1; 854442; RU", "Line 3: pieces and grams are whole numbers."),
        ("Cable; 2; 150; 1,999; 854442; RU", "Line 2: Write at most 2 digits after the comma."),
        ("Кабель; 2; 150; 1; 854442; RU", "Line 2: describe the article in English"),
        ("Cable; 2; 150; 1; 85444; RU", "Line 2: a code of goods has 6, 8 or 10 digits."),
        ("Cable; 2; 450; 1; 854442; RU", "The whole item must weigh at least what is in it."),
        ("\n".join([CABLE] * 8), "CN23 has room for 8 lines; divide the item into several."),
    ],
)
def test_a_wrong_line_is_one_sentence_and_what_was_typed_stays(declare, rates, further, sentence):
    answer = declare(further=further, gross_g="1900")
    page = answer.content.decode()

    assert answer.status_code == 422
    assert sentence in page
    assert further.splitlines()[0] in page
    assert not Declaration.objects.exists()


def test_a_range_tells_what_is_issued_and_what_is_left(declare, rates, posted, cast, signed_in):
    declare()
    given = posted.ranges.get()
    page = signed_in(cast.anna).get(posted.get_absolute_url()).content.decode()

    assert (given.issued, given.left, given.next_item) == (1, 1, "RB123456799RU")
    assert "RB123456799RU" in page
    assert "1 item number is left. Ask the post for a new range in time." in page
    declare()
    given.refresh_from_db()
    page = signed_in(cast.anna).get(posted.get_absolute_url()).content.decode()
    assert (given.left, given.next_item) == (0, "")
    assert "All item numbers are issued. Ask the post for a range and enter it." in page


def test_a_range_that_holds_enough_says_nothing_of_its_end(posted, cast, signed_in):
    lifecycle.give_range(posted, by=cast.anna, service="RA", country="RU", first=1, last=4, at=NOON)
    page = signed_in(cast.anna).get(posted.get_absolute_url()).content.decode()

    assert "Ask the post" not in page


@pytest.mark.parametrize(("code", "is_taken"), [("842310", True), ("854499", False)])
def test_codes_of_further_articles_are_those_of_today(code, is_taken, declare, rates, monkeypatch):
    monkeypatch.setattr(nomenclature, "WHOLE", {6: 1, 10: 1})
    answer = declare(further=f"Cable; 2; 150; 1; {code}; RU")

    assert (answer.status_code == 302) is is_taken
    assert Declaration.objects.exists() is is_taken
    if not is_taken:
        assert "Line 2: There has never been a code 854499" in answer.content.decode()
