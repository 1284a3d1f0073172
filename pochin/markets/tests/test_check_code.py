"""A code that cannot stand on a paper is named, with the right ones nearest to it."""

import pytest

from pochin.markets import nomenclature
from pochin.markets.nomenclature import check, inside, path


@pytest.mark.parametrize("written", ["440711", "4407 11", "4407.11", "4407119300", "4407 11 930 0"])
def test_a_right_code_is_taken_however_it_is_written(written, goods):
    checked = check(written)

    assert checked.is_right
    assert checked.heading.code == checked.code


def test_a_code_that_never_was_is_refused_with_the_nearest(goods, monkeypatch):
    monkeypatch.setattr(nomenclature, "WHOLE", {6: 3, 10: 1})
    checked = check("440713")

    assert checked.problem == "There has never been a code 440713, in HS 2017 or 2022."
    assert [h.code for h in checked.nearest] == ["440712", "440711"]


def test_of_former_codes_of_the_union_nothing_is_claimed(goods, monkeypatch):
    monkeypatch.setattr(nomenclature, "WHOLE", {6: 3, 10: 1})

    assert check("4407119900").problem == "There is no code 4407119900 in today's nomenclature."


def test_a_longer_code_that_begins_with_a_changed_one_is_outdated(goods, monkeypatch):
    monkeypatch.setattr(nomenclature, "WHOLE", {6: 3, 10: 1})
    checked = check("4407 10 930 0")

    assert checked.problem == (
        "4407109300 begins with 440710, a code of HS 2017 that the edition of 2022 changed. "
        "Take a new one."
    )
    assert [h.code for h in checked.nearest] == ["4407119300"]


def test_of_a_part_of_the_nomenclature_nothing_is_said_of_what_never_was(goods):
    checked = check("440713")

    assert "is not among the 3 loaded here" in checked.problem
    assert checked.nearest


def test_a_code_of_ten_digits_is_answered_by_codes_of_ten(goods):
    assert [h.code for h in check("4407119400").nearest] == ["4407119300"]


def test_a_code_that_2022_changed_is_named_as_outdated(goods):
    checked = check("440710")

    assert checked.problem == (
        "440710 is a code of HS 2017; the edition of 2022 changed it. Take a new one."
    )
    assert [h.code for h in checked.nearest] == ["440711", "440712"]


@pytest.mark.parametrize("written", ["10121", "10 121"])
def test_a_lost_zero_is_noticed(written, goods):
    checked = check(written)

    assert checked.problem == "The zero at the beginning of 10121 was lost: the code is 010121."
    assert [h.code for h in checked.nearest] == ["010121"]


def test_a_group_is_not_goods(goods):
    checked = check("4407")

    assert checked.problem == "4407 is a group of goods; choose one of its codes."
    assert [h.code for h in checked.nearest] == ["440711", "4407119300", "440712"]


@pytest.mark.parametrize("written", ["wood", "44-O7", "12345678901", "٤٤٠٧"])
def test_what_is_no_code_is_said_to_be_none(written, goods):
    assert "is not a code of goods" in check(written).problem


def test_nothing_near_leaves_no_choice(goods):
    assert check("999999").nearest == ()


def test_a_code_knows_what_stands_above_and_below_it(goods):
    boards = check("4407119300").heading

    assert [h.code for h in path(boards)] == ["44", "4407", "440711", "4407119300"]
    assert [h.code for h in inside(check("4407").heading)] == ["440711", "440712"]
    assert inside(boards) == []
