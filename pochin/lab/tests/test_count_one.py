"""A sentence of the lab about one thing is in the singular."""

import re

import pytest

from pochin.lab.flags import KINDS
from pochin.lab.plurals import NOUNS, numbered
from pochin.lab.result import Flag
from pochin.lab.unsaid import series_length

NOUN = "(?:" + "|".join(NOUNS) + ")"
MANY_OF_ONE = re.compile(rf"(?<!and )\b1 (?:(?!of )[a-z]+ ){{0,2}}{NOUN}s\b")
VERB_OF_MANY = re.compile(rf"(?<!of )\b1 {NOUN} (?:are|were|have|send|lie|name|hold|stand)\b")


def of_one(message, single):
    """The sentence with 1 in one whole number, 3 in the others, 2.5 in every other number."""
    places = re.findall(r"%\((\w+)\)[.\d]*([dfgs])", message)
    fill = {"d": 3, "f": 2.5, "g": 2.5, "s": "w"}
    return numbered(message % ({name: fill[kind] for name, kind in places} | {single: 1}))


COUNTED = [
    (kind.message, name)
    for kind in KINDS
    for name in re.findall(r"%\((\w+)\)d", kind.message)
    if name not in ("planned", "usual")
]


@pytest.mark.parametrize(("message", "single"), COUNTED)
def test_one_thing_is_never_many(message, single):
    told = of_one(message, single)

    assert not MANY_OF_ONE.search(told)
    assert not VERB_OF_MANY.search(told)


@pytest.mark.parametrize(
    ("many", "one"),
    [
        ("1 of 12 units no longer send data.", "1 of 12 units no longer sends data."),
        ("Arms of 9 and 1 units are compared.", "Arms of 9 and 1 units are compared."),
        (
            "1 untreated units have periods without readings, and are left out.",
            "1 untreated unit has periods without readings, and is left out.",
        ),
        ("1 pairs of units are in the same arm.", "1 pair of units is in the same arm."),
        ("With 1 units in an arm a standard error misleads.",
         "With 1 unit in an arm a standard error misleads."),
        ("p 0.1 units, 21 units and 1,1 units", "p 0.1 units, 21 units and 1,1 units"),
    ],
)  # fmt: skip
def test_the_verb_goes_with_the_noun(many, one):
    assert numbered(many) == one


def test_many_stay_many():
    for count in (0, 2, 11, 21, 101):
        text = f"There are {count} units; {count} rows name units."
        assert numbered(text) == text


def test_a_flag_counts_by_itself():
    [found] = series_length(1, 4)

    assert str(found).startswith("1 period before and 4 after")
    assert str(Flag("few-units", "warn", "There are %(units)d units.", {"units": 1})) == (
        "There is 1 unit."
    )
