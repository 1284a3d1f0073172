"""The locked analysis over the closed data, and over nothing else."""

import copy
import html
import io
import json
import zipfile
from functools import partial

import pytest

from conftest import on, plain
from pochin.core.lifecycle import Refused
from pochin.core.policy import Forbidden
from pochin.evaluations import bundle, lifecycle, reporting
from pochin.evaluations.models import Evaluation, State
from pochin.measurements.models import Snapshot
from pochin.pilots.models import State as PilotState
from pochin.pilots.tests.showing import shows

shown = partial(shows, room="evaluations")


@pytest.fixture
def computed(measured, mila):
    return lifecycle.compute(measured(), by=mila, at=on(4, 30))


@shown(lifecycle.is_being_evaluated, "passes")
@shown(lifecycle.plan_is_whole, "passes")
def test_an_effect_beyond_the_threshold_meets_it(computed):
    assert (computed.verdict, computed.colour) == ("meets", "green")
    assert computed.result["metrics"][0]["effect"]["estimate"] == pytest.approx(-4.0, abs=0.5)


def test_no_effect_is_not_called_one(measured, mila):
    evaluation = lifecycle.compute(measured(effect=0.0), by=mila, at=on(4, 30))

    assert evaluation.verdict in {"no_effect", "inconclusive"}
    assert evaluation.colour == "amber"


def test_harm_is_red(measured, mila):
    evaluation = lifecycle.compute(measured(effect=5.0), by=mila, at=on(4, 30))

    assert (evaluation.verdict, evaluation.colour) == ("harm", "red")


@pytest.mark.parametrize("stranger", ["lev", "kira", "anna", "vera", "nina"])
def test_only_the_analyst_computes(stranger, measured, cast):
    with pytest.raises(Forbidden, match="only by the analyst"):
        lifecycle.compute(measured(), by=getattr(cast, stranger), at=on(4, 30))


@shown(lifecycle.is_being_evaluated, "refuses")
def test_nothing_is_computed_while_the_pilot_runs(running, mila):
    with pytest.raises(Refused, match="data of the pilot are not closed"):
        lifecycle.compute(running, by=mila, at=on(4, 30))


def test_a_second_run_replaces_the_first_and_both_stay_listed(computed, mila):
    again = lifecycle.compute(computed.pilot, by=mila, at=on(4, 30))

    computed.refresh_from_db()
    assert (computed.state, again.state) == (State.REPLACED, State.COMPUTED)
    assert again.result == computed.result


def test_computed_anew_from_every_row_it_is_equal(computed):
    found = lifecycle.recheck(computed)

    assert found.is_equal
    assert found.largest <= 1e-9


def test_a_changed_number_is_named(computed):
    computed.result = copy.deepcopy(computed.result)
    computed.result["metrics"][0]["effect"]["estimate"] += 0.001

    assert lifecycle.recheck(computed).differences == (".metrics[0].effect.estimate",)


@shown(lifecycle.result_is_whole, "refuses")
def test_a_changed_result_is_not_shown_to_anybody(computed, mila):
    result = copy.deepcopy(computed.result)
    result["decision"]["colour"] = "red"
    Evaluation.objects.filter(pk=computed.pk).update(result=result)

    with pytest.raises(Refused, match="no longer is the one that was computed"):
        lifecycle.release(computed, by=mila, at=on(4, 30))


def test_before_the_release_only_the_analyst_sees_it(computed, cast):
    names = ["mila", "lev", "kira", "vera", "anna", "nina", "semyon", "rita", "viktor", "gleb"]

    seen = [n for n in names if Evaluation.objects.visible_to(getattr(cast, n)).exists()]

    assert seen == ["mila"]


@shown(lifecycle.result_is_whole, "passes")
def test_after_the_release_the_sides_see_it_and_strangers_do_not(computed, cast, mila):
    lifecycle.release(computed, by=mila, at=on(4, 30))
    names = ["mila", "lev", "kira", "vera", "anna", "artem", "nina", "semyon", "gleb", "ulyana",
             "zakhar", "boris"]  # fmt: skip

    seen = [n for n in names if Evaluation.objects.visible_to(getattr(cast, n)).exists()]

    assert seen == ["mila", "lev", "kira", "vera", "anna", "artem", "nina", "semyon"]
    computed.pilot.refresh_from_db()
    assert computed.pilot.verdict == "meets"
    assert computed.pilot.state == PilotState.EVALUATION


@pytest.mark.parametrize("language", ["ru", "en"])
@pytest.mark.parametrize("effect", [-4.0, 0.0, 5.0])
def test_the_page_says_the_finding_first(measured, mila, signed_in, language, effect):
    evaluation = lifecycle.compute(measured(effect=effect), by=mila, at=on(4, 30))
    browser = signed_in(mila, language)

    page = browser.get(evaluation.get_absolute_url())

    assert page.status_code == 200
    assert "<svg" in page.content.decode()
    assert browser.get(f"{evaluation.get_absolute_url()}again/").status_code == 200
    assert "style=" not in page.content.decode().partition("<main")[2]


def test_the_page_the_report_and_the_bundle_say_whose_readings_were_used(computed, mila, signed_in):
    told = {"source": "post", "pairs": [[1, 2, 24]]}
    words = "Both sides told 24 readings; those of the post's own people are used"
    assert words not in html.unescape(signed_in(mila).get(computed.get_absolute_url()).text)
    Snapshot.objects.filter(pk=computed.snapshot_id).update(both_told=told)
    evaluation = Evaluation.objects.get(pk=computed.pk)

    assert words in html.unescape(signed_in(mila).get(computed.get_absolute_url()).text)
    report = reporting.of(evaluation, language="en", at=on(4, 30))
    assert any(notice.startswith(words) for notice in report.notices)
    with zipfile.ZipFile(io.BytesIO(bundle.write(evaluation, at=on(4, 30)))) as packed:
        manifest = json.loads(packed.read("manifest.json"))
    assert manifest["told_by_both_sides"] == told


def test_a_hidden_result_and_none_look_the_same(computed, kira, signed_in):
    browser = signed_in(kira)
    hidden = browser.get(computed.get_absolute_url())
    absent = browser.get(computed.get_absolute_url().replace("/1/", "/9/"))

    assert (hidden.status_code, plain(hidden)) == (404, plain(absent))


def test_a_result_tells_what_was_set_aside(measured, cast):
    pilot = measured()
    pilot.batches.update(by_reason={"outside": 3})

    evaluation = lifecycle.compute(pilot, by=cast.mila, at=on(4, 30))

    assert evaluation.result["facts"]["set_aside"] == {"outside": 3}
    assert "time-travel" in [one["code"] for one in evaluation.result["flags"]]
    pilot.batches.update(by_reason={})
    assert lifecycle.recheck(evaluation).is_equal


@shown(lifecycle.plan_is_whole, "refuses")
def test_a_plan_with_other_bytes_than_were_signed_is_not_computed(measured, mila):
    pilot = measured()
    plan = pilot.locked_plan()
    plan.pk, plan.version = None, plan.version + 1
    plan.content = {**plan.content, "question": "Another one?"}
    plan.save()

    with pytest.raises(Refused, match="no longer has the bytes that were signed"):
        lifecycle.compute(pilot, by=mila, at=on(4, 30))
