"""What a result means is said in one plain sentence, whatever came out."""

import pytest
from django.utils import translation

from pochin.evaluations import meaning
from pochin.pilots.models import Colour, Verdict

TELLING = [verdict for verdict in Verdict if verdict != Verdict.INVALID]


def said(verdict, colour, **more):
    with translation.override("en"):
        return meaning.follows(verdict, colour, **more)


@pytest.mark.parametrize("verdict", TELLING)
@pytest.mark.parametrize("colour", [Colour.GREEN, Colour.AMBER, Colour.RED])
def test_every_result_that_may_be_shown_has_a_sentence_without_numbers(verdict, colour):
    sentence = said(verdict, colour)

    assert sentence.endswith(".")
    assert not any(letter.isdigit() for letter in sentence)


def test_a_withheld_result_means_nothing():
    assert said(Verdict.INVALID, Colour.GREY) == ""
    assert meaning.came_out(Verdict.INVALID) == ""


def test_what_does_not_pay_is_not_praised():
    assert "costs more than it brings" in said(Verdict.MEETS, Colour.RED)
    assert "costs more" not in said(Verdict.HARM, Colour.RED)


def test_a_plan_written_after_the_data_promised_nothing():
    assert "promised" in said(Verdict.MEETS, Colour.AMBER)
    assert "promised" not in said(Verdict.MEETS, Colour.AMBER, archive=True)


def test_not_proved_is_not_told_as_not_helping():
    assert "does not mean" in said(Verdict.INCONCLUSIVE, Colour.AMBER)
