"""Finding by words: meetings, and whatever waits for somebody."""

import pytest

from conftest import NOON
from pochin.coordination.lifecycle import meetings, tasks
from pochin.search import index


@pytest.fixture
def indexed():
    for model in list(index.declared):
        index.reindex(model)


def found(browser, path):
    return [str(one) for one in browser.get(path).context["listing"].page.things]


@pytest.mark.parametrize(
    ("words", "count"),
    [("совет", 1), ("council", 1), ("потребность", 1), ("почтамт", 1), ("самокат", 0)],
)
def test_a_meeting_is_found_by_title_agenda_and_place(
    words, count, invited, indexed, cast, signed_in
):
    assert len(found(signed_in(cast.vera), f"/coordination/?q={words}")) == count


def test_what_was_decided_there_is_found(minuted, indexed, cast, signed_in):
    assert len(found(signed_in(cast.vera), "/coordination/?q=дать данные")) == 1


def test_words_find_no_meeting_one_may_not_see(invited, indexed, cast, signed_in):
    assert found(signed_in(cast.gleb), "/coordination/?q=совет") == []
    assert len(found(signed_in(cast.anna), "/coordination/?q=совет")) == 1


def test_a_changed_title_is_found_at_once(
    planned, indexed, cast, signed_in, django_capture_on_commit_callbacks
):
    fields = ("title_en", "starts_at", "ends_at", "place", "link", "chair", "group")
    same = {name: getattr(planned, name) for name in fields}
    with django_capture_on_commit_callbacks(execute=True):
        meetings.edit(planned, by=cast.vera, at=NOON, title_ru="Про самокаты", **same)

    vera = signed_in(cast.vera)
    assert len(found(vera, "/coordination/?q=самокат")) == 1
    assert found(vera, "/coordination/?q=координационный") == []


TURNS = "/coordination/turns/"


def waiting(browser, words):
    page = browser.get(TURNS, {"q": words})
    listing = page.context["listing"]
    return sorted(turn.thing_words for turn in listing.prepare(list(listing.page.things)))


@pytest.fixture
def two(task, cast):
    """Another task of Lev's beside the first one."""
    return tasks.give(
        cast.city, by=cast.vera, at=NOON, title_ru="Проверить весы", title_en="Check the scales",
        due_on=task.due_on, responsible=cast.lev, controller=cast.vera,
    )  # fmt: skip


def test_what_waits_is_found_by_the_words_of_the_thing(two, indexed, cast, signed_in):
    vera = signed_in(cast.vera)

    assert waiting(vera, "весы") == [f"{two.code} {two}"]
    assert waiting(vera, two.code) == [f"{two.code} {two}"]
    assert waiting(vera, "самокат") == []
    assert len(waiting(vera, "")) > 1


def test_all_the_words_rule_over_any_of_them_across_kinds(two, indexed, cast, signed_in):
    """A meeting that has one of the two words does not stand beside the task that has both."""
    assert waiting(signed_in(cast.vera), "проверить весы") == [f"{two.code} {two}"]


def test_words_find_no_turn_one_may_not_follow(two, indexed, cast, signed_in):
    assert waiting(signed_in(cast.gleb), "весы") == []
    assert waiting(signed_in(cast.lev), "весы") == [f"{two.code} {two}"]


def test_the_kinds_offered_are_those_that_may_wait_and_none_is_named_twice(task, cast, signed_in):
    listing = signed_in(cast.vera).get(TURNS).context["listing"]
    [kinds] = [one for one in listing.filters if one.name == "kind"]
    named = [str(label) for _value, label in listing.answers(kinds)]

    assert {"task", "pilot", "commitment", "approval"} <= set(named)
    assert not {"file", "turn", "role"} & set(named)
    assert len(named) == len(set(named))
