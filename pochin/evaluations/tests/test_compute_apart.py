"""Results of large pilots are computed apart from the page, once, and hidden as ever."""

from __future__ import annotations

from datetime import timedelta

import pytest
from django.utils import timezone

from conftest import NOON, on
from pochin.core.lifecycle import Refused
from pochin.evaluations import lifecycle, tasks
from pochin.evaluations.models import Evaluation, State
from pochin.jobs import queue, worker
from pochin.jobs.models import Job
from pochin.lab.protocol import Protocol
from pochin.lab.result import LabError
from pochin.lab.tests.plans import DELAY, plan


@pytest.fixture
def large(monkeypatch, measured):
    """A pilot of two dozen offices that counts as large here."""
    pilot = measured()
    monkeypatch.setattr(tasks, "AT_ONCE", 0)
    monkeypatch.setattr(tasks, "ROWS_AT_ONCE", 0)
    Job.objects.all().delete()
    return pilot


def begin(pilot) -> str:
    return f"/evaluations/{pilot.number}/begin/"


def computing(pilot) -> str:
    return f"/evaluations/{pilot.number}/computing/"


def test_a_usual_pilot_is_not_large(measured):
    assert tasks.is_large(measured()) is False


def planned(kind, units, metrics):
    """A plan of a kind over so many offices that measures so many things."""
    more = [DELAY | {"code": f"more {i}", "role": "secondary"} for i in range(metrics - 1)]
    for one in more:
        one.pop("threshold")
    given = {
        "stepped-wedge": lambda i: {"sequence": plan(kind)["design"]["sequences"][i % 2]["name"]},
        "synthetic-control": lambda i: {"arm": "control" if i else "treatment"},
    }.get(kind, lambda i: {"arm": "control" if i % 2 else "treatment"})
    rows = [{"unit": str(101 + i)} | given(i) for i in range(units)]
    lot = plan(kind)["assignment"] | {"units": rows}
    return Protocol.parse(plan(kind, metrics=[DELAY, *more], assignment=lot))


@pytest.mark.parametrize(
    ("kind", "units", "metrics", "apart"),
    [
        ("parallel", 300, 1, False),
        ("parallel", 301, 1, True),
        ("parallel", 75, 4, False),
        ("parallel", 76, 4, True),
        ("difference-in-differences", 75, 4, False),
        ("difference-in-differences", 76, 4, True),
        ("stepped-wedge", 100, 1, False),
        ("stepped-wedge", 101, 1, True),
        ("stepped-wedge", 25, 4, False),
        ("stepped-wedge", 26, 4, True),
        ("synthetic-control", 100, 1, False),
        ("synthetic-control", 101, 1, True),
        ("synthetic-control", 25, 4, False),
        ("synthetic-control", 26, 4, True),
    ],
)
def test_units_times_metrics_say_which_result_is_computed_apart(kind, units, metrics, apart):
    assert tasks.asks_much(planned(kind, units, metrics)) is apart


@pytest.mark.parametrize("language", ["ru", "en"])
def test_the_analyst_waits_on_a_page_that_refreshes_itself(large, mila, signed_in, language):
    browser = signed_in(mila, language)

    assert browser.post(begin(large)).url == computing(large)
    shown = browser.get(computing(large)).content.decode()

    assert '<noscript><meta http-equiv="refresh" content="5"></noscript>' in shown
    assert f'hx-get="{computing(large)}"' in shown
    assert not Evaluation.objects.exists()
    assert computing(large) in browser.get(large.get_absolute_url()).content.decode()


def test_it_leads_on_to_the_result(large, mila, signed_in):
    browser = signed_in(mila)
    browser.post(begin(large))
    worker.run_due()

    evaluation = large.evaluations.get()
    assert evaluation.result == lifecycle.outcome(large, at=on(4, 30)).result
    assert browser.get(computing(large)).url == evaluation.get_absolute_url()
    part = browser.get(computing(large), headers={"HX-Request": "true"})
    assert part["HX-Redirect"] == evaluation.get_absolute_url()


def test_pressed_twice_it_is_computed_once(large, mila, signed_in):
    browser = signed_in(mila)
    browser.post(begin(large))
    browser.post(begin(large))
    worker.run_due()

    assert [one.number for one in large.evaluations.all()] == [1]


def test_a_worker_killed_before_it_wrote_the_result_down_is_followed_by_another(large, mila):
    tasks.ask(large, by=mila)
    lease = timedelta(seconds=30)
    queue.take("killed", at=timezone.now(), lease=lease)

    worker.look_round(at=timezone.now() + 2 * lease)
    worker.run_due(at=timezone.now() + 3 * lease)

    assert [one.number for one in large.evaluations.all()] == [1]


def test_a_worker_killed_after_it_wrote_the_result_down_leaves_one(large, mila):
    tasks.ask(large, by=mila)
    tasks.compute.func(large.pk, 1, mila.pk, "ru")

    worker.run_due()

    assert [one.number for one in large.evaluations.all()] == [1]
    assert Job.objects.get().result == {"number": 1}


def test_computed_anew_it_takes_the_place_of_the_first(large, mila, signed_in):
    browser = signed_in(mila)
    for _time in range(2):
        browser.post(begin(large))
        worker.run_due()

    states = large.evaluations.order_by("number").values_list("state", flat=True)
    assert list(states) == [State.REPLACED, State.COMPUTED]


def test_nothing_of_the_result_stands_in_the_queue(large, mila):
    tasks.ask(large, by=mila)
    worker.run_due()

    assert Job.objects.get().result == {"number": 1}


@pytest.mark.parametrize("stranger", ["lev", "kira", "anna", "vera", "nina", "gleb", "zakhar"])
def test_only_the_analyst_begins_it_and_sees_how_far_it_is(large, cast, mila, signed_in, stranger):
    browser = signed_in(getattr(cast, stranger))
    assert browser.post(begin(large)).status_code in (403, 404)
    assert not Job.objects.exists()

    tasks.ask(large, by=mila)

    assert browser.get(computing(large)).status_code == 404


def test_what_is_refused_is_said_to_the_analyst_and_can_be_begun_again(
    large, mila, signed_in, monkeypatch
):
    def refuse(*_args, **_named):
        raise LabError("There are too few units.")

    monkeypatch.setattr(lifecycle, "evaluate_plan", refuse)
    browser = signed_in(mila, "en")
    browser.post(begin(large))
    worker.run_due()

    shown = browser.get(computing(large)).content.decode()

    assert "The result cannot be computed: There are too few units." in shown
    assert begin(large) in shown
    assert Job.objects.get().state == "done"


def test_what_broke_is_told_and_can_be_begun_again(large, mila, signed_in, monkeypatch):
    def break_down(*_args, **_named):
        raise RuntimeError("out of memory")

    monkeypatch.setattr(lifecycle, "evaluate_plan", break_down)
    browser = signed_in(mila, "en")
    browser.post(begin(large))
    Job.objects.update(attempts_allowed=1)
    worker.run_due()

    shown = browser.get(computing(large)).content.decode()

    assert "The computing did not end" in shown
    assert "out of memory" not in shown
    monkeypatch.undo()
    assert browser.post(begin(large)).status_code == 302


def test_work_nobody_begins_is_said_to_be_late(large, mila, signed_in):
    browser = signed_in(mila, "en")
    browser.post(begin(large))
    late = "It has not been begun for a while"
    assert late not in browser.get(computing(large)).content.decode()

    Job.objects.update(enqueued_at=NOON)

    assert late in browser.get(computing(large)).content.decode()


def test_what_changed_while_it_was_computed_is_not_written_down(large, mila):
    found = lifecycle.outcome(large, at=on(4, 30))
    large.data_sha256 = "0" * 64

    with pytest.raises(Refused, match="changed meanwhile"):
        lifecycle.compute(large, by=mila, found=found, at=on(4, 30))


def test_a_second_computing_of_many_rows_is_told_where_it_was_asked_for(large, mila, signed_in):
    evaluation = lifecycle.compute(large, by=mila, at=on(4, 30))
    browser, url = signed_in(mila, "en"), f"{evaluation.get_absolute_url()}again/"

    assert browser.post(url).url == url
    assert "read apart from this page" in browser.get(url).content.decode()
    worker.run_due()

    assert "equal in every number" in browser.get(url).content.decode()
