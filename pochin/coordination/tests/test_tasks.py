"""Tasks: given, taken, done, accepted by another; and the list of whose turn it is."""

import csv
import io
from datetime import date, timedelta

import pytest

from conftest import NOON, plain
from pochin.coordination import reach
from pochin.coordination.lifecycle import tasks
from pochin.coordination.models import Task
from pochin.core import turns
from pochin.core.lifecycle import Refused
from pochin.core.models import Entry
from pochin.core.policy import Forbidden
from pochin.participants.models import Guest


def sees(reader):
    return Task.objects.visible_to(reader).exists()


def test_those_who_take_part_and_the_programme_see_it(task, cast):
    tasks.add_helper(task, by=cast.vera, person=cast.anna, at=NOON)
    people = [cast.lev, cast.vera, cast.anna, cast.rita, cast.gleb, cast.ulyana, Guest()]

    assert [sees(p) for p in people] == [True, True, True, True, False, False, False]


def test_it_waits_for_who_answers_until_its_own_day(task, cast):
    [turn] = turns.of(task)

    assert (turn.holder, turn.due_at) == (f"person@{cast.lev.pk}", task.due_at)


def test_it_is_taken_done_and_accepted_by_another(task, cast):
    tasks.take(task, by=cast.lev, at=NOON)
    tasks.report(task, by=cast.lev, words="Собрал.", at=NOON)
    assert [t.holder for t in turns.of(task)] == [f"person@{cast.vera.pk}"]
    with pytest.raises(Forbidden, match="only by the controller"):
        tasks.accept(task, by=cast.lev, at=NOON)

    assert tasks.accept(task, by=cast.vera, at=NOON).state == "task_accepted"


def test_returned_it_is_done_again(task, cast):
    tasks.report(task, by=cast.lev, words="Собрал.", at=NOON)
    tasks.give_back(task, by=cast.vera, reason="Не все.", at=NOON)

    assert tasks.report(task, by=cast.lev, words="Все.", at=NOON).state == "done"


def test_nobody_accepts_their_own(cast):
    with pytest.raises(Refused, match="Nobody accepts their own task"):
        tasks.give(
            cast.city, by=cast.vera, at=NOON, title_ru="Так", due_on=date(2026, 4, 1),
            responsible=cast.lev, controller=cast.lev,
        )  # fmt: skip


def test_a_day_that_has_passed_is_refused(task, cast):
    with pytest.raises(Refused, match="has passed already"):
        tasks.move_due(task, by=cast.vera, due_on=date(2026, 3, 1), reason="Так.", at=NOON)


def test_the_controller_moves_the_day_and_the_turn_moves_with_it(task, cast):
    tasks.move_due(task, by=cast.vera, due_on=date(2026, 4, 10), reason="Отпуск.", at=NOON)

    assert (task.due_on, task.first_due_on, task.moved) == (date(2026, 4, 10), date(2026, 3, 20), 1)
    assert [t.due_at for t in turns.of(task)] == [task.due_at]
    with pytest.raises(Forbidden, match="only by the controller"):
        tasks.move_due(task, by=cast.lev, due_on=date(2026, 5, 1), reason="Так.", at=NOON)


def test_another_person_answers_for_it_and_the_turn_goes_to_them(task, cast):
    tasks.take(task, by=cast.lev, at=NOON)
    tasks.hand_over(task, by=cast.vera, person=cast.anna, at=NOON)

    assert (task.responsible, task.state) == (cast.anna, "new")
    assert [t.holder for t in turns.of(task)] == [f"person@{cast.anna.pk}"]
    assert [h.person for h in task.helpers.all()] == [cast.lev]


def test_it_is_handed_over_by_who_controls_it_and_never_to_them(task, cast):
    with pytest.raises(Forbidden, match="the controller of the task"):
        tasks.hand_over(task, by=cast.anna, person=cast.anna, at=NOON)
    with pytest.raises(Refused, match="Nobody accepts their own task"):
        tasks.hand_over(task, by=cast.vera, person=cast.vera, at=NOON)
    with pytest.raises(Refused, match="answers for it already"):
        tasks.hand_over(task, by=cast.vera, person=cast.lev, at=NOON)


def test_who_is_handed_it_may_have_helped_before(task, cast):
    tasks.add_helper(task, by=cast.vera, person=cast.anna, at=NOON)
    tasks.hand_over(task, by=cast.vera, person=cast.anna, at=NOON)

    assert [h.person for h in task.helpers.all()] == [cast.lev]


def test_lateness_escalates(task):
    turns.escalate(at=task.due_at + timedelta(minutes=1))

    assert Entry.objects.filter(verb="turns.overdue", thing_id=task.pk).count() == 1


def test_a_day_that_was_moved_can_be_late_again(task, cast):
    turns.escalate(at=task.due_at + timedelta(minutes=1))
    tasks.move_due(
        task, by=cast.vera, due_on=date(2026, 4, 10), reason="Отпуск.", at=NOON + timedelta(days=21)
    )
    assert turns.escalate(at=task.due_at) == 0

    assert turns.escalate(at=task.due_at + timedelta(minutes=1)) == 1
    steps = Entry.objects.filter(verb="turns.overdue", thing_id=task.pk).order_by("seq")
    assert [entry.text.facts["step"] for entry in steps] == [1, 1]


@pytest.mark.parametrize("language", ["ru", "en"])
def test_its_page_and_list(language, task, cast, signed_in):
    browser = signed_in(cast.lev, language)
    title = {"ru": "Собрать данные", "en": "Gather the data"}[language]
    urls = ["/coordination/tasks/", "/coordination/tasks/?part=me&open=yes", "/coordination/turns/",
            task.get_absolute_url()]  # fmt: skip

    assert [title in browser.get(url).content.decode() for url in urls] == [True] * 4


def test_for_others_it_is_absent(task, cast, signed_in):
    browser = signed_in(cast.gleb)

    hidden = browser.get(task.get_absolute_url())
    absent = browser.get("/coordination/tasks/city/99/")

    assert (hidden.status_code, plain(hidden)) == (404, plain(absent))


@pytest.mark.parametrize("rows", [1, 3])
def test_the_lists_cost_the_same_for_one_and_for_three(
    rows, task, cast, signed_in, django_assert_num_queries
):
    for n in range(rows - 1):
        tasks.give(
            cast.city, by=cast.vera, at=NOON, title_ru=f"Ещё {n}", due_on=date(2026, 4, 1),
            responsible=cast.lev, controller=cast.vera,
        )  # fmt: skip
    browser = signed_in(cast.lev)
    browser.get("/coordination/turns/")

    with django_assert_num_queries(6):
        page = browser.get("/coordination/tasks/").content.decode()
    assert page.count('<th scope="row">') == rows
    with django_assert_num_queries(8):
        browser.get("/coordination/turns/?mine=yes")


def test_it_is_given_in_the_browser(cast, need, signed_in):
    given = {"title_ru": "Собрать данные", "due_on": "2027-03-02", "priority": "1",
             "responsible": "lev@example.org", "controller": "vera@example.org",
             "about": need.code}  # fmt: skip

    signed_in(cast.vera).post("/coordination/tasks/new/city/", given)

    task = Task.objects.get()
    assert (task.responsible, task.priority, task.thing) == (cast.lev, 1, need)


# Whose turn


def turns_of(browser, query=""):
    listing = browser.get(f"/coordination/turns/{query}").context["listing"]
    return {(t.kind.model, t.thing_id) for t in listing.things}


def test_whose_turn_holds_what_concerns_the_reader(task, submitted, cast, signed_in):
    seen = {name: turns_of(signed_in(getattr(cast, name))) for name in ("vera", "lev", "gleb")}

    assert ("task", task.pk) in seen["vera"] & seen["lev"]
    assert ("application", submitted.pk) in seen["vera"]
    assert seen["gleb"] == set()


def test_a_company_sees_that_its_application_waits_for_the_centre(submitted, cast, signed_in):
    assert ("application", submitted.pk) in turns_of(signed_in(cast.anna))


def test_mine_are_those_i_am_waited_for(task, submitted, cast, signed_in):
    assert turns_of(signed_in(cast.lev), "?mine=yes") == {("task", task.pk)}
    assert turns_of(signed_in(cast.anna), "?mine=yes") == set()


def test_the_turns_of_an_expert_are_theirs_alone(in_review, cast):
    assignment = in_review.assignments.get(expert=cast.boris)

    def follows(person):
        return reach.turns(person).filter(kind__model="assignment", thing_id=assignment.pk).exists()

    assert [follows(p) for p in (cast.boris, cast.anna, cast.elena)] == [True, False, False]


def test_the_list_is_taken_out_as_a_file_that_opens_in_a_spreadsheet(task, cast, signed_in):
    answer = signed_in(cast.lev).get("/coordination/turns/?file=csv&mine=yes")
    data = b"".join(answer.streaming_content)

    assert data.startswith("\ufeff".encode())
    rows = list(csv.reader(io.StringIO(data.decode("utf-8-sig"))))
    assert len(rows) == 2
    assert "Gather the data" in rows[1][0]
    xlsx = signed_in(cast.lev).get("/coordination/turns/?file=xlsx")
    assert xlsx.content.startswith(b"PK")
