"""Readings that the vendor and the post both tell: whose is used, and what each side learns."""

from __future__ import annotations

import pytest
from django.urls import reverse
from ninja.testing import TestClient

from conftest import on, plan_for
from pochin.jobs.worker import run_due
from pochin.measurements import lifecycle, readings, taking, tasks, words
from pochin.measurements.api import router
from pochin.measurements.lake import Store
from pochin.measurements.models import Batch, Crossing, Snapshot, State
from pochin.measurements.tests.conftest import MONDAYS, table, week
from pochin.pilots.models import Pilot

POST = [row + "0" if ".0" in row else row + ".5" for row in week(MONDAYS[0])]  # delays differ


@pytest.fixture
def both(running, lev, anna, sending, django_capture_on_commit_callbacks):
    """The vendor tells two weeks; later the post tells the first of them, with other delays."""
    vendors = sending(running, anna, table(*week(MONDAYS[0]), *week(MONDAYS[1])))
    with django_capture_on_commit_callbacks(execute=True):
        posts = sending(running, lev, table(*POST))
    return running, vendors, posts


def rows_of(pilot):
    """How often each reading stands in the store, and the delay of the first office."""
    store = Store(pilot.number)
    found = store.moments(version=store.version())
    first = (found["unit"] == "101001") & (found["metric"] == "delay")
    return set(found["n"].tolist()), found["mean"][first].tolist()


def test_the_posts_reading_stands_though_the_vendors_came_first(both):
    pilot, vendors, posts = both
    run_due()
    vendors.refresh_from_db()

    assert (posts.accepted, posts.duplicates, posts.by_reason) == (24, 0, {})
    assert (vendors.accepted, vendors.duplicates, vendors.is_stale) == (24, 24, False)
    assert vendors.by_reason == {"other_side": 24}
    assert rows_of(pilot) == ({1}, [10.5, 10.0])


def test_the_posts_reading_stands_though_it_came_first(running, lev, anna, sending):
    sending(running, lev, table(*POST))
    vendors = sending(running, anna, table(*week(MONDAYS[0]), *week(MONDAYS[1])))

    assert (vendors.accepted, vendors.duplicates) == (24, 24)
    assert rows_of(running) == ({1}, [10.5, 10.0])


def test_where_the_plan_names_the_vendor_as_the_source_its_reading_stands(
    pilot_at, offices, lev, anna, sending, django_capture_on_commit_callbacks
):
    pilot = pilot_at("running", plan=plan_for(offices, data_rules={"source": "vendor"}))
    posts = sending(pilot, lev, table(*POST))
    with django_capture_on_commit_callbacks(execute=True):
        sending(pilot, anna, table(*week(MONDAYS[0])))
    run_due()
    posts.refresh_from_db()

    assert (posts.accepted, posts.duplicates) == (0, 24)
    assert rows_of(pilot) == ({1}, [10.0])


def test_nothing_counts_twice_and_nothing_is_closed_while_rows_are_judged_anew(both):
    pilot, vendors, _posts = both
    vendors.refresh_from_db()
    pilot.refresh_from_db()

    assert vendors.is_stale
    assert not vendors.moments.exists()
    assert pilot.data["unsettled"] == 1
    run_due()
    pilot.refresh_from_db()

    assert pilot.data["unsettled"] == 0


def test_a_vendors_file_that_was_still_checked_gives_way_as_well(running, lev, anna, sending):
    """Its rows stood in the store, but it did not count yet, when the post's file came."""
    vendors = sending.keep(running, anna, table(*week(MONDAYS[0])))
    lifecycle.check(vendors, by=anna, at=on(4, 27))
    taking.take(vendors)
    sending(running, lev, table(*POST))

    lifecycle.take_in(Batch.objects.get(pk=vendors.pk), at=on(4, 27))
    tasks.reconcile.call()
    run_due()
    vendors.refresh_from_db()

    assert (vendors.state, vendors.accepted, vendors.is_stale) == (State.ACCEPTED, 0, False)
    assert rows_of(running) == ({1}, [10.5])


def test_when_the_posts_file_is_withdrawn_the_vendors_rows_come_back(
    both, lev, django_capture_on_commit_callbacks
):
    pilot, vendors, posts = both
    run_due()
    with django_capture_on_commit_callbacks(execute=True):
        lifecycle.withdraw(Batch.objects.get(pk=posts.pk), by=lev, reason="Не те.", at=on(4, 27))
    run_due()
    vendors.refresh_from_db()

    assert (vendors.accepted, vendors.duplicates) == (48, 0)
    assert rows_of(pilot) == ({1}, [10.0, 10.0])
    assert not Crossing.objects.counted().exists()


def test_the_readings_say_which_were_used_and_why(both):
    pilot, vendors, posts = both
    run_due()
    pilot.refresh_from_db()
    kept = Snapshot.objects.get(sha256=pilot.data["sha256"])

    assert kept.both_told == {
        "source": "post",
        "pairs": [[vendors.number, posts.number, 24]],
    }
    assert "24" in words.of_both_told(kept.both_told)
    assert words.of_both_told({}) == ""


def test_both_sides_and_the_coordinator_see_that_both_told_and_later_how_it_differs(
    both, lev, anna, vera, gleb, signed_in
):
    pilot, _vendors, _posts = both
    run_due()
    address = reverse("measurements:index", args=[pilot.number])
    for who in (lev, anna, vera):
        text = signed_in(who).get(address).text
        assert "Both sides told 24 readings" in text
        assert "They differ" not in text
        assert "10.5" not in text
    assert signed_in(gleb).get(address).status_code == 404

    Pilot.objects.filter(pk=pilot.pk).update(result_at=on(5, 1))
    for who in (lev, anna, vera):
        text = signed_in(who).get(address).text
        assert 'data-label="They differ">12<' in text
        assert "10.5" in text


@pytest.mark.parametrize("first", ["post", "vendor"])
def test_no_side_is_told_whether_a_guess_is_the_reading(
    running, lev, anna, signed_in, sending, first, django_capture_on_commit_callbacks
):
    """The pages say the same whether the vendor guessed right or wrong."""
    right, _other, *_rest = week(MONDAYS[0])
    wrong = right.rpartition(";")[0] + ";77"

    def told(guess, monday):
        guess = guess.replace(str(MONDAYS[0]), str(monday))
        truth = right.replace(str(MONDAYS[0]), str(monday))
        files = [(lev, table(truth)), (anna, table(guess))]
        batches = []
        for who, content in files if first == "post" else files[::-1]:
            with django_capture_on_commit_callbacks(execute=True):
                batches.append(sending(running, who, content))
            run_due()
        found = [Batch.objects.get(pk=batch.pk) for batch in batches]
        return [
            (one.declared_by_vendor, one.state, one.accepted, one.duplicates, one.by_reason,
             list(one.set_aside.values_list("reason", "params__line")))
            for one in found
        ]  # fmt: skip

    assert told(wrong, MONDAYS[0]) == told(right, MONDAYS[1])


def test_the_vendor_is_not_told_that_its_file_is_the_posts_file(running, lev, mila, anna, sending):
    content = table(week(MONDAYS[0])[0])
    sending(running, lev, content)

    assert sending(running, anna, content).by_reason == {"other_side": 1}
    with pytest.raises(lifecycle.Known):
        sending(running, mila, content)


def test_fingerprints_of_rows_are_told_to_their_sender_and_to_others_with_the_result(
    running, lev, anna, signed_in, sending
):
    batch = sending(running, lev, table(week(MONDAYS[0])[0]))

    def told(who):
        page = signed_in(who).get(batch.get_absolute_url()).text
        answer = TestClient(router).get(f"{running.number}/batches/1", user=who).json()
        return batch.rows_sha256 in page, answer["rows_sha256"], answer["sha256"]

    assert told(lev) == (True, batch.rows_sha256, batch.sha256)
    assert told(anna) == (False, "", "")
    Pilot.objects.filter(pk=running.pk).update(result_at=on(5, 1))
    assert told(anna) == (True, batch.rows_sha256, batch.sha256)


def test_the_vendors_own_rows_are_compared_with_each_other(running, anna, sending):
    sending(running, anna, table(*week(MONDAYS[0])))
    wrong = week(MONDAYS[0])[0].rpartition(";")[0] + ";77"

    assert sending(running, anna, table(wrong)).by_reason == {"contradiction": 1}


def test_the_posts_own_rows_are_compared_with_each_other(running, lev, mila, sending):
    sending(running, lev, table(*week(MONDAYS[0])))
    wrong = week(MONDAYS[0])[0].rpartition(";")[0] + ";77"

    assert sending(running, mila, table(wrong)).by_reason == {"contradiction": 1}


def test_a_plan_says_whose_readings_are_used(running):
    assert readings.source(running) == "post"
