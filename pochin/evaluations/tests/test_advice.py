"""A withheld result says what to do about its own cause, and sends nobody to mend what is whole."""

import pytest
from django.utils import translation

from pochin.evaluations import advice, report
from pochin.evaluations.tests.test_report import made_up, told
from pochin.lab.evaluate import evaluate_plan
from pochin.lab.flags import EVALUATION, KINDS, flag
from pochin.lab.tests.plans import alternate, offices

AGAIN = "send them again"
BLOCKING = {one.code for one in KINDS if one.severity == "block" and EVALUATION in one.moments}


def withheld(*codes):
    flags = [{"code": code, "severity": "block"} for code in codes]
    return {"flags": flags, "metrics": []}


@pytest.mark.parametrize(
    ("code", "starts"),
    [
        ("lot-too-small", "Sending readings again changes nothing"),
        ("few-treated", "Sending readings again changes nothing"),
        ("series-wanders", "Look for mistakes in the files first"),
        ("crossover", "Check the marks of who worked with the solution"),
        ("plan-amended-late", "The readings are not the cause"),
        ("duplicates", "Find the cause, put the readings right"),
    ],
)
def test_advice_follows_the_cause(code, starts):
    first, *rest = advice.what_now(withheld(code))

    assert first.startswith(starts)
    assert [line for line in rest if AGAIN in line] == []


def test_two_causes_have_two_pieces_of_advice():
    said = advice.what_now(withheld("lot-too-small", "duplicates"))

    assert len(said) == 3
    assert AGAIN in said[1]


def test_every_cause_belongs_to_one_kind_and_is_a_flag_that_blocks():
    named = [code for codes in advice.ADVICE for code in codes]

    assert len(named) == len(set(named))
    assert set(named) <= BLOCKING
    assert list(advice.ADVICE) == list(advice.FINDINGS)


def test_too_few_units_are_not_called_broken_data():
    four = {"assignment": {"method": "complete", "units": offices(4, arm=alternate)}}
    protocol, table = made_up("parallel", **four)

    page = report.html(told(protocol, evaluate_plan(protocol, table)))

    assert "too little was compared to show anything" in page
    assert "Sending readings again changes nothing" in page
    assert AGAIN not in page
    assert "a check of the data failed" not in page


def test_broken_data_are_to_be_put_right():
    protocol, table = made_up("parallel")
    gate = flag("duplicates", count=3, share=40.0)

    page = report.html(told(protocol, evaluate_plan(protocol, table, flags=[gate])))

    assert AGAIN in page
    assert "Sending readings again changes nothing" not in page


def test_advice_is_given_in_russian_too():
    with translation.override("ru"):
        assert advice.what_now(withheld("lot-too-small"))[0].startswith("Присылать измерения снова")
