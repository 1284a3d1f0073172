"""The history of a thing says what happened, not which button was pressed."""

from django.template import Context, Template
from django.utils.translation import override

from conftest import on
from pochin.core import journal
from pochin.core.lifecycle import label_of
from pochin.pilots import lifecycle


def story_of(thing, language):
    with override(language):
        told = Template("{% load who %}{% story entries thing %}")
        return told.render(Context({"entries": list(journal.of(thing)), "thing": thing}))


def test_the_history_of_a_pilot_tells_what_was_done_in_both_languages(running, lev):
    lifecycle.log(running, by=lev, words="Включили", at=on(4, 1))

    assert "A line was written into the log" in story_of(running, "en")
    assert "Сделана запись в журнале" in story_of(running, "ru")
    assert "Write into the log" not in story_of(running, "en")


def test_a_move_into_a_state_is_told_by_what_happened_and_not_by_the_state(pilot_at):
    told = story_of(pilot_at("design"), "en")

    assert "The design began" in told
    assert "Being designed" not in told


def test_a_move_back_into_a_state_is_not_told_by_the_state_alone(running, semyon):
    lifecycle.suspend(running, by=semyon, reason="Дым", at=on(4, 1))
    lifecycle.resume(running, by=semyon, at=on(4, 2))

    assert "The run goes on" in story_of(running, "en")


def test_a_verb_nobody_knows_is_told_as_it_is():
    assert label_of("pilots.fly") == "pilots.fly"
