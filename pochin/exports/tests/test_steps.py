"""The page of an export project shows the next step, and its forms take what people write."""

from __future__ import annotations

import pytest
from django.core.exceptions import ValidationError

from pochin.exports.forms.countries import CountryField
from pochin.exports.forms.project import ReadyForm
from pochin.ui.moves import Action, leading


@pytest.mark.parametrize(
    ("said", "code"),
    [("KZ", "KZ"), ("kz ", "KZ"), ("Казахстан", "KZ"), ("казахстан", "KZ"), ("Kazakhstan", "KZ")],
)
def test_a_country_is_taken_by_its_name_or_its_letters(said, code):
    assert CountryField().clean(said) == code


def test_what_is_no_country_is_said_whole():
    with pytest.raises(ValidationError, match="no country “Казахстания”"):
        CountryField().clean("Казахстания")


def test_the_form_shows_the_name_of_the_country():
    assert CountryField().prepare_value("KZ") == "Kazakhstan"
    assert CountryField().prepare_value("Ка") == "Ка"


def test_the_checklist_offers_first_what_is_still_to_be_done(negotiating, cast):
    negotiating.readiness.filter(code="translation").delete()

    assert ReadyForm(thing=negotiating, user=cast.anna)["line"].value() == "translation"


def strong(page):
    """The words of the strong buttons that stand on a page."""
    return page.context["main"]


def test_the_first_step_that_can_be_made_is_the_strong_one(posted, cast, signed_in):
    browser = signed_in(cast.anna)

    assert strong(browser.get(posted.get_absolute_url())) == "add_contract"


class _Named:
    def __init__(self, name):
        self.name = name


def test_where_nothing_can_be_made_the_move_of_the_state_is_named():
    blocked = Action(_Named("assess"), ("No code.",))
    ready = Action(_Named("classify"))

    assert leading([blocked, ready], ("assess", "classify")) == "classify"
    assert leading([blocked], ("assess", "classify")) == "assess"
    assert leading([], ("assess",)) == ""
