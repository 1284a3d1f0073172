"""What the lab noticed is told in the reader's language."""

import ast
from pathlib import Path

import pytest
from django.utils.translation import override

from pochin import lab
from pochin.lab.flags import KINDS
from pochin.pilots import lab_words
from pochin.pilots.lab_words import flags

LAB = Path(lab.__file__).parent


def raised():
    """Every sentence that the lab puts into a flag, from its source."""
    for file in LAB.rglob("*.py"):
        if "tests" in file.parts:
            continue
        for function in ast.walk(ast.parse(file.read_text())):
            if isinstance(function, ast.FunctionDef):
                for call in ast.walk(function):
                    if isinstance(call, ast.Call) and getattr(call.func, "id", "") == "Flag":
                        yield from sentences(call.args[2], function)


def sentences(said, function):
    if isinstance(said, ast.Constant):
        yield said.value
    for node in ast.walk(function):
        names = [t.id for t in getattr(node, "targets", []) if isinstance(t, ast.Name)]
        if isinstance(said, ast.Name) and said.id in names:
            yield from (n.value for n in ast.walk(node.value) if isinstance(n, ast.Constant))


def test_every_kind_of_flag_has_words():
    assert {kind.message for kind in KINDS} - set(flags.SENTENCES) == set()


def test_every_sentence_the_lab_raises_has_words():
    found = {text for text in raised() if isinstance(text, str) and " " in text}

    assert len(found) > 30
    assert found - set(flags.SENTENCES) == set()


@pytest.mark.parametrize(
    ("language", "said"),
    [
        ("en", "There are 8 units; below 12, read the randomisation p-value."),
        ("ru", "Единиц: 8; если их меньше 12, смотрите p по жребию."),
    ],
)
def test_a_flag_is_told(language, said):
    message = "There are %(units)d units; below %(usual)d, read the randomisation p-value."

    with override(language):
        assert lab_words.told(message, {"units": 8, "usual": 12}) == said


@pytest.mark.parametrize(
    ("language", "said"),
    [
        ("en", "1.5% of expected readings are missing; the plan allows 1.0%."),
        ("ru", "Не пришло 1,5 % ожидаемых измерений; план допускает 1,0 %."),
    ],
)
def test_numbers_are_written_as_the_reader_writes_them(language, said):
    message = "%(share).1f %% of expected readings are missing; the plan allows %(allowed).1f %%."

    with override(language):
        assert lab_words.told(message, {"share": 1.5, "allowed": 1.0}) == said


@pytest.mark.parametrize(
    ("p_value", "said"), [(5e-05, "p < 0,001"), (0.0234, "p 0,023"), (0.001, "p 0,001")]
)
def test_a_tiny_p_value_is_told_as_below_the_least(p_value, said):
    message = "The groups did not move alike before the start (p %(p_value).3f)."

    with override("ru"):
        assert said in lab_words.told(message, {"p_value": p_value})


def test_a_number_that_could_not_be_had_is_a_dash():
    message = "The groups did not move alike before the start (p %(p_value).3f)."

    with override("en"):
        assert lab_words.told(message, {"p_value": None}) == (
            "The groups did not move alike before the start (p —)."
        )


@pytest.mark.parametrize(
    ("why", "said"),
    [
        (
            "Only one of the arms has data, so nothing can be compared.",
            "Данные есть только у одной группы, сравнивать не с чем.",
        ),
        (
            "7 units cannot carry 9 coefficients; adjust by less.",
            "Единиц 7, а коэффициентов 9: этого мало; уберите часть поправок.",
        ),
        ("something new", "something new"),
    ],
)
def test_a_reason_is_told(why, said):
    message = "“%(metric)s” could not be estimated: %(reason)s"

    with override("ru"):
        assert lab_words.told(message, {"metric": "delay", "reason": why}) == (
            f"Показатель «delay» оценить не удалось: {said}"
        )


def test_findings_inside_a_sentence_are_told():
    message = (
        "By the t interval the finding is “%(t)s”, by the lot alone “%(lot)s”; "
        "with so few units rely on the lot."
    )

    with override("ru"):
        assert lab_words.told(message, {"t": "meets", "lot": "promising"}) == (
            "По интервалу Стьюдента вывод «порог достигнут», по одному жребию «обнадёживает»; "
            "единиц мало, полагайтесь на жребий."
        )


@pytest.mark.parametrize(("language", "code"), [("ru", "П-003"), ("en", "P-003")])
def test_a_pilot_is_numbered_as_the_reader_writes_it(language, code):
    message = (
        "Too few units have only one of the two solutions, so what pilot %(other)s did cannot be "
        "told from this effect."
    )

    with override(language):
        assert code in lab_words.told(message, {"other": "П-003"})
