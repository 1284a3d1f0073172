"""The form of a need: parts, what is done of each, nothing left out."""

import pytest
from django.urls import reverse
from django.utils import translation

from conftest import NEED
from pochin.needs.forms import NeedForm
from pochin.needs.models import Need


@pytest.fixture
def states(cast):
    """What is said of each part when the form holds these answers."""

    def told(answers=None, **first):
        form = NeedForm(answers, programme=cast.city, initial=first)
        with translation.override("en"):
            return [str(task.status) for task in form.tasks]

    return told


def test_every_question_stands_in_one_part(cast):
    form = NeedForm(programme=cast.city)
    names = [one.name for part in form.parts for one in part["asked"] + part["english"]]

    assert sorted(names) == sorted(form.fields)


def test_a_new_need_has_nothing_begun_but_who_answers_for_it(states, cast):
    found = states(owner=cast.nina.pk, unit=cast.post.pk)

    assert found == ["Not begun", "Not begun", "Optional", "Not begun", "Done"]


def test_a_part_is_done_once_what_is_needed_is_there(states):
    half = states(title_ru="Очередь")
    whole = states(title_ru="Очередь", problem_ru="Ждут двадцать минут.")

    assert (half[0], whole[0]) == ("In work", "Done")


def test_a_part_with_a_mistake_says_so(states):
    found = states({"title_ru": "", "problem_ru": "Ждут."})

    assert found[0] == "To be put right"


@pytest.mark.parametrize("language", ["ru", "en"])
def test_the_parts_lead_to_their_questions(language, cast, signed_in):
    url = reverse("needs:begin", args=[cast.city.code])
    page = signed_in(cast.nina, language).get(url).content.decode()

    for anchor, *_rest in NeedForm.PARTS:
        assert f'href="#{anchor}"' in page
        assert f'id="{anchor}"' in page


def test_what_is_filled_in_is_saved(cast, signed_in):
    given = {**NEED, "unit": cast.post.pk, "owner": cast.nina.pk, "direction": "less",
             "outcome": "buy"}  # fmt: skip
    signed_in(cast.nina).post(reverse("needs:begin", args=[cast.city.code]), given)

    assert Need.objects.get().title_en == NEED["title_en"]
