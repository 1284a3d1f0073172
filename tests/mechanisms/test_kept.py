"""Words that came late are not lost: they stand on the page beside the sentence that says why."""

import pytest

from conftest import NEED, NOON
from pochin.needs import lifecycle as needs
from pochin.ui.kept import is_text

WORDS = "Нужны три отделения и доступ к журналу."


def test_a_late_move_shows_its_form_again_with_what_was_typed(need, vera, signed_in):
    browser = signed_in(vera)
    needs.withdraw(need, by=vera, reason="Решили иначе.", at=NOON)

    answer = browser.post(f"/needs/{need.number}/withdraw/", {"reason": WORDS})

    assert answer.status_code == 409
    assert WORDS in answer.content.decode()
    assert "it is already" in answer.content.decode()


def test_a_form_of_a_rooms_own_comes_back_too(cast, nina, signed_in):
    draft = needs.begin(cast.city, by=nina, at=NOON, unit=cast.post, owner=nina, **NEED)
    needs.submit(draft, by=nina, at=NOON)
    typed = {**NEED, "problem_ru": WORDS, "unit": cast.post.pk, "owner": nina.pk}
    typed |= {"outcome": draft.outcome, "direction": draft.direction}

    answer = signed_in(nina).post(
        f"/needs/{draft.number}/edit/", typed, headers={"Referer": "http://testserver/needs/"}
    )

    assert answer.status_code == 409
    assert WORDS in answer.content.decode()
    assert 'value="http' not in answer.content.decode()


def test_a_mere_button_goes_back_with_a_message(need, vera, signed_in):
    here = f"http://testserver{need.get_absolute_url()}"
    needs.withdraw(need, by=vera, reason="Решили иначе.", at=NOON)

    answer = signed_in(vera).post(f"/needs/{need.number}/close_intake/", headers={"Referer": here})

    assert (answer.status_code, answer.url) == (302, need.get_absolute_url())


def test_an_address_that_looks_like_another_host_leads_to_none(need, vera, signed_in):
    here = "http://testserver//evil.example/needs/"
    needs.withdraw(need, by=vera, reason="Решили иначе.", at=NOON)

    answer = signed_in(vera).post(f"/needs/{need.number}/close_intake/", headers={"Referer": here})

    assert answer.url == "/evil.example/needs/"


@pytest.mark.parametrize(
    ("value", "expected"),
    [("yes", False), ("2026-03-02T12:00", False), ("12", False), ("два слова", True),
     ("a" * 31, True)],
)  # fmt: skip
def test_what_a_person_wrote_is_told_from_what_was_ticked(value, expected):
    assert is_text(value) == expected
