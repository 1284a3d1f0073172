"""A programme that was opened without criteria gets them once, and everybody reads since when."""

import pytest
from django.test import Client
from django.urls import reverse

from conftest import CRITERIA, NOON, plain
from pochin.core import journal
from pochin.core.lifecycle import Refused
from pochin.core.policy import Forbidden
from pochin.participants.lifecycle import programmes
from pochin.participants.models import Programme

PAGE = reverse("participants:programme", args=["city"])
WAY = reverse("participants:set_criteria", args=["city"])
REASON = "Открыли до того, как о них договорились."
LATE = "Заданы после открытия программы:"  # a guest reads Russian
FORM = {
    "criteria-TOTAL_FORMS": "8", "criteria-INITIAL_FORMS": "0", "reason": REASON,
    "criteria-0-ru": "Польза", "criteria-0-weight": "60",
    "criteria-1-ru": "Цена", "criteria-1-weight": "40",
}  # fmt: skip


@pytest.fixture
def bare(cast):
    """The open programme as one that was opened before criteria were asked for."""
    Programme.objects.filter(pk=cast.city.pk).update(criteria=[])
    cast.city.refresh_from_db()
    return cast.city


def set_them(programme, by, criteria=CRITERIA):
    return programmes.set_criteria(programme, by=by, criteria=criteria, reason=REASON, at=NOON)


@pytest.mark.parametrize("who", ["vera", "kira"])
def test_the_coordinator_or_the_decision_owner_sets_them_and_the_history_keeps_why(who, bare, cast):
    set_them(bare, getattr(cast, who))

    told = journal.of(bare).get()
    assert (bare.criteria, bare.state, told.text.note) == (CRITERIA, "open", REASON)


@pytest.mark.parametrize("stranger", ["anna", "konstantin", "zakhar", "ulyana", "rita"])
def test_nobody_else_sets_them(stranger, bare, cast):
    with pytest.raises(Forbidden, match="only by a coordinator"):
        set_them(bare, getattr(cast, stranger))


def test_they_are_set_once(bare, cast):
    set_them(bare, cast.vera)

    with pytest.raises(Refused, match="nobody changes them any more"):
        set_them(bare, cast.kira)


def test_criteria_set_before_the_opening_stay(cast):
    with pytest.raises(Refused, match="nobody changes them any more"):
        set_them(cast.city, cast.vera)


def test_weights_that_do_not_add_up_are_refused(bare, cast):
    with pytest.raises(Refused, match="do not add up to 100"):
        set_them(bare, cast.vera, CRITERIA[:2])


def test_the_page_leads_to_them_only_while_there_are_none(bare, cast, signed_in):
    browser = signed_in(cast.vera)
    before = browser.get(PAGE).content.decode()
    answer = browser.post(WAY, FORM)

    after = browser.get(PAGE).content.decode()
    assert (answer.status_code, answer.url) == (302, PAGE)
    assert (WAY in before, WAY in after) == (True, False)
    assert "Until they are, no review can be handed in" in before
    bare.refresh_from_db()
    assert [(one["ru"], one["weight"]) for one in bare.criteria] == [("Польза", 60), ("Цена", 40)]


def test_everybody_reads_that_they_came_late(bare, cast):
    set_them(bare, cast.vera)

    page = plain(Client().get(PAGE))

    assert f"{LATE} <time" in page or f"{LATE} 2 марта" in page
    assert REASON in page


def test_a_programme_opened_with_criteria_says_nothing_of_the_kind(cast):
    assert LATE not in plain(Client().get(PAGE))


def test_what_was_typed_stays_where_the_weights_do_not_add_up(bare, cast, signed_in):
    answer = signed_in(cast.vera).post(WAY, FORM | {"criteria-1-weight": "30"})

    page = answer.content.decode()
    assert answer.status_code == 422
    assert "do not add up to 100" in page
    assert REASON in page
    assert 'value="Цена"' in page
    bare.refresh_from_db()
    assert bare.criteria == []
