"""One move for several things that wait: chosen, shown before, made one by one, told after."""

from datetime import date

import pytest

from conftest import NOON
from pochin.coordination.lifecycle import tasks
from pochin.coordination.models import Task
from pochin.core import turns
from pochin.core.models import Entry, Turn
from pochin.ui.moves import OFFERS

TURNS = "/coordination/turns/several/"
TASKS = "/coordination/tasks/several/"
LATER = "2031-05-20"


@pytest.fixture
def two(cast, task):
    """Lev answers for both, Vera accepts them; the second one is in work."""
    second = tasks.give(
        cast.city, by=cast.vera, at=NOON, title_ru="Проверить данные", title_en="Check the data",
        due_on=date(2026, 4, 1), responsible=cast.lev, controller=cast.vera,
    )  # fmt: skip
    tasks.take(second, by=cast.lev, at=NOON)
    return [task, second]


def rows_of(*things):
    return [turn.pk for thing in things for turn in turns.of(thing)]


def ask(browser, things, stage, move="", **said):
    answer = browser.post(TURNS, {"pick": rows_of(*things), "stage": stage, "move": move, **said})
    return answer.status_code, answer.content.decode()


def states():
    return list(Task.objects.order_by("pk").values_list("state", flat=True))


def test_the_list_offers_it_and_names_no_row_twice(two, cast, signed_in):
    page = signed_in(cast.lev).get("/coordination/turns/").content.decode()

    assert TURNS in page
    assert all(f'name="pick" value="{key}"' in page for key in rows_of(*two))


def test_first_one_chooses_among_what_is_possible_for_any_of_them(two, cast, signed_in):
    page = signed_in(cast.lev).get(TURNS, {"pick": rows_of(*two)}).content.decode()

    assert "2 rows are picked" in page
    assert "Take the task: 1" in page
    assert "Ask for another day: 2" in page
    assert "Accept" not in page


def test_then_it_is_shown_what_would_come_of_it_and_why_not_for_the_others(two, cast, signed_in):
    before = Entry.objects.count()
    status, page = ask(signed_in(cast.lev), two, "choose", "take")

    assert status == 200
    assert "It will be done for 1 thing" in page
    assert "given" in page
    assert "<strong>in work</strong>" in page
    assert "It is already “in work”." in page
    # What is shown was tried and taken back.
    assert states() == ["new", "in_work"]
    assert Entry.objects.count() == before


def test_what_is_confirmed_is_done_by_the_same_move_and_told(two, cast, signed_in):
    status, page = ask(signed_in(cast.lev), two, "do", "take")

    assert status == 200
    assert "Done" in page
    assert "Refused" in page
    assert states() == ["in_work", "in_work"]
    entry = Entry.objects.filter(verb="coordination.task.take", thing_id=two[0].pk).get()
    assert entry.by == cast.lev


def test_pressed_twice_it_is_done_once(two, cast, signed_in):
    lev = signed_in(cast.lev)
    pages = [ask(lev, two[:1], "do", "take", request_key="k" * 32)[1] for _n in range(2)]

    assert Entry.objects.filter(verb="coordination.task.take", thing_id=two[0].pk).count() == 1
    assert "Refused" not in pages[0]


def test_what_the_move_needs_is_asked_once_for_all(two, cast, signed_in):
    vera = signed_in(cast.vera)
    _status, asked = ask(vera, two, "choose", "move_due")
    said = {"due_on": LATER, "reason": "Отпуск"}
    _status, look = ask(vera, two, "look", "move_due", **said)

    assert "New day" in asked
    assert "It will be done for 2 things" in look
    assert "<dd>Отпуск</dd>" in look
    assert f'<input type="hidden" name="due_on" value="{LATER}">' in look
    assert [task.due_on for task in Task.objects.order_by("pk")] == [t.due_on for t in two]

    ask(vera, two, "do", "move_due", **said)
    assert {task.due_on for task in Task.objects.all()} == {date(2031, 5, 20)}
    assert {task.moved for task in Task.objects.all()} == {1}


@pytest.mark.parametrize(
    ("said", "words"),
    [
        ({"due_on": "2026-03-01", "reason": "Так"}, "has passed already"),
        ({"due_on": "", "reason": "Так"}, "due_on"),
        ({"due_on": LATER, "reason": ""}, "reason"),
    ],
)
def test_what_does_not_fit_is_said_at_its_field_and_kept(said, words, two, cast, signed_in):
    status, page = ask(signed_in(cast.vera), two, "look", "move_due", **said)

    assert status == 422
    assert words in page
    assert "Show what will happen" in page
    assert all(value in page for value in said.values())


def test_what_was_entered_can_be_changed_after_a_look(two, cast, signed_in):
    status, page = ask(signed_in(cast.vera), two, "edit", "move_due", due_on=LATER, reason="Отпуск")

    assert status == 200
    assert LATER in page
    assert "Отпуск" in page


def test_each_row_answers_for_itself_when_it_is_handed_over(two, cast, signed_in):
    third = tasks.give(
        cast.city, by=cast.vera, at=NOON, title_ru="Третья", due_on=date(2026, 4, 1),
        responsible=cast.anna, controller=cast.vera,
    )  # fmt: skip
    vera, said = signed_in(cast.vera), {"person": "anna@example.org"}
    _status, look = ask(vera, [*two, third], "look", "hand_over", **said)
    ask(vera, [*two, third], "do", "hand_over", **said)

    assert "It will be done for 2 things" in look
    assert "answers for it already" in look
    assert {task.responsible for task in Task.objects.all()} == {cast.anna}
    assert Entry.objects.filter(verb="coordination.task.hand_over").count() == 2


def test_tasks_and_applications_are_picked_together(two, submitted, cast, signed_in):
    vera, things = signed_in(cast.vera), [*two, submitted]
    page = vera.get(TURNS, {"pick": rows_of(*things)}).content.decode()
    _status, look = ask(vera, things, "choose", "start_screening")
    ask(vera, things, "do", "start_screening")

    assert "Begin the screening: 1" in page
    assert look.count("This cannot be done with it.") == 2
    submitted.refresh_from_db()
    assert (submitted.state, states()) == ("screening", ["new", "in_work"])


def test_who_may_not_is_told_who_may_and_nothing_happens(two, cast, signed_in):
    rita = signed_in(cast.rita)
    _status, page = ask(rita, two, "do", "take")

    assert "This may be done only by who answers for the task." in page
    assert states() == ["new", "in_work"]


def test_who_can_do_nothing_with_them_is_told_so(submitted, cast, signed_in):
    page = signed_in(cast.anna).get(TURNS, {"pick": rows_of(submitted)}).content.decode()

    assert "Nothing to do together" in page


@pytest.mark.parametrize("stage", ["", "choose", "do"])
def test_rows_one_does_not_see_lead_back_to_the_list(stage, two, cast, signed_in):
    gleb = signed_in(cast.gleb)
    picked = rows_of(*two)
    sent = {"pick": picked, "stage": stage, "move": "take"}
    answer = gleb.post(TURNS, sent) if stage else gleb.get(TURNS, {"pick": picked})

    assert (answer.status_code, answer.url) == (302, "/coordination/turns/")
    assert states() == ["new", "in_work"]


@pytest.mark.parametrize("junk", ["", "x", "-1", "9" * 40])
def test_what_is_no_row_leads_back_to_the_list(junk, two, cast, signed_in):
    for address in (TURNS, TASKS):
        assert signed_in(cast.lev).get(address, {"pick": junk}).status_code == 302


@pytest.mark.parametrize("move", ["", "sign", "report", "nothing"])
def test_a_move_that_is_not_for_several_is_asked_for_again(move, two, cast, signed_in):
    status, page = ask(signed_in(cast.lev), two, "do", move)

    assert status == 422
    assert "Take the task: 1" in page
    assert states() == ["new", "in_work"]


def test_a_thing_that_waits_for_two_is_moved_once(two, cast, signed_in):
    [turn] = turns.of(two[0])
    Turn.objects.create(
        kind=turn.kind, thing_id=turn.thing_id, state=turn.state, programme_id=turn.programme_id,
        clock=turn.clock, days=turn.days, since=turn.since, due_at=turn.due_at,
        holder=f"person@{cast.anna.pk}",
    )  # fmt: skip
    page = signed_in(cast.lev).get(TURNS, {"pick": rows_of(two[0])}).content.decode()

    assert "1 row is picked" in page


def test_the_list_of_tasks_does_the_same(two, cast, signed_in):
    for task in two:
        tasks.report(task, by=cast.lev, words="Собрал.", at=NOON)
    vera = signed_in(cast.vera)
    picked = [f"city:{task.number}" for task in two]

    assert TASKS in vera.get("/coordination/tasks/").content.decode()
    assert "Accept: 2" in vera.get(TASKS, {"pick": picked}).content.decode()
    vera.post(TASKS, {"pick": picked, "stage": "do", "move": "accept"})
    assert states() == ["task_accepted"] * 2


@pytest.mark.parametrize("rows", [1, 3])
def test_choosing_costs_the_same_for_one_and_for_three(
    rows, task, cast, signed_in, django_assert_num_queries
):
    for n in range(rows - 1):
        tasks.give(
            cast.city, by=cast.vera, at=NOON, title_ru=f"Ещё {n}", due_on=date(2026, 4, 1),
            responsible=cast.lev, controller=cast.vera,
        )  # fmt: skip
    browser, picked = signed_in(cast.lev), rows_of(*Task.objects.all())
    browser.get(TURNS, {"pick": picked})

    with django_assert_num_queries(6):
        page = browser.get(TURNS, {"pick": picked}).content.decode()
    assert page.count('name="pick"') == rows


def test_what_is_offered_for_several_is_a_move_with_its_form_and_no_signature():
    assert len(OFFERS) >= 5
    names = {}
    for model, offer in OFFERS.items():
        for name, form in offer.moves.items():
            move = offer.life.moves[name]
            assert move.is_button or form is not None, (model, name)
            assert not name.startswith("sign"), (model, name)
            # One word on the page stands for one thing that is done.
            label = str(move.label)
            assert names.setdefault(name, (label, form)) == (label, form)


def test_a_need_is_read_by_itself(need):
    assert type(need) not in OFFERS
