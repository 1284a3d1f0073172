"""Like pilots beside each other: what was measured, and what to expect of it elsewhere."""

import copy

import pytest
from django.urls import reverse

from conftest import on, plain
from pochin.evaluations import lifecycle
from pochin.evaluations.alike import kept_of
from pochin.evaluations.models import Evaluation, State
from pochin.lab.shrinkage import FEWEST, shrink
from pochin.portfolio import elsewhere


@pytest.fixture
def alike(judged):
    """A judged pilot and more like it, each with an improvement of its own; errors of 0.5."""

    def make(*improvements, state=State.RELEASED, **changes):
        pilot = judged()
        first = pilot.evaluations.get()
        first.delete()
        made = []
        for n, improvement in enumerate(improvements):
            one = copy.copy(pilot)
            one.pk, one.number = None, pilot.number + 100 + n
            one.title_ru, one.title_en = f"Пилот {n}", f"Pilot {n}"
            one._state.adding = True
            one.save()
            run = copy.copy(first)
            run.pk, run.pilot, run.state = None, one, state
            run.likened = [improvement, 0.5]
            for name, value in changes.items():
                setattr(run, name, value)
            run._state.adding = True
            run.save()
            made.append(run)
        return made

    return make


SEEN = (0.2, 1.0, 1.4, 2.0, 3.4)


def test_each_is_drawn_towards_the_rest_as_the_lab_says(alike, vera):
    alike(*SEEN)
    drawn = shrink(sorted(SEEN, reverse=True), [0.5] * 5, least=FEWEST)

    [group] = elsewhere.groups(vera)

    assert group.count == 5
    assert [row.title for row in group.rows] == [f"Pilot {n}" for n in (4, 3, 2, 1, 0)]
    assert [float(row.expected.split("\xa0")[0].replace(",", ".")) for row in group.rows] == (
        pytest.approx(drawn.mean.tolist(), abs=0.06)
    )


def test_the_best_is_expected_to_do_less_elsewhere_and_the_page_says_why(alike, vera, signed_in):
    alike(*SEEN)
    page = plain(signed_in(vera, "en").get("/portfolio/effects/")).replace("\xa0", " ")

    assert "Measured, and to be expected elsewhere" in page
    assert "The best of them improved by +3.4" in page
    assert "luck helped it to the top" in page


def test_every_pilot_opens_the_result_it_was_counted_from_and_the_count_its_list(
    alike, vera, signed_in
):
    made, browser = alike(*SEEN), signed_in(vera)
    [group] = elsewhere.groups(vera)

    assert {row.href for row in group.rows} == {one.get_absolute_url() for one in made}
    assert all(browser.get(row.href).status_code == 200 for row in group.rows)
    assert all(row.href in plain(browser.get(group.href)) for row in group.rows)


def test_below_the_fewest_nothing_is_said(alike, vera, signed_in):
    alike(*SEEN[:-1])

    assert elsewhere.groups(vera) == []
    assert "looks better than it is" not in plain(signed_in(vera, "en").get("/portfolio/effects/"))
    assert "There are not yet five" in plain(
        signed_in(vera, "en").get(reverse("portfolio:effects"))
    )


def test_two_worlds_look_the_same_while_a_result_is_not_released(
    alike, judged, cast, vera, mila, signed_in
):
    """A computed result, whatever it says, changes no number: not even for who may read it."""
    made = alike(*SEEN, 9.0)
    hidden = made[-1]
    Evaluation.objects.filter(pk=hidden.pk).update(state=State.COMPUTED)
    pages = [(who, path) for who in (vera, mila) for path in ("/portfolio/effects/",)]
    before = [plain(signed_in(who).get(path)) for who, path in pages]

    Evaluation.objects.filter(pk=hidden.pk).update(likened=[-9.0, 1.0])
    other = [plain(signed_in(who).get(path)) for who, path in pages]
    Evaluation.objects.filter(pk=hidden.pk).update(state=State.RELEASED)
    shown = [plain(signed_in(who).get(path)) for who, path in pages]

    assert before == other
    assert all(one != then for one, then in zip(before, shown, strict=True))


@pytest.mark.parametrize("stranger", ["ulyana", "gleb"])
def test_results_one_may_not_read_take_no_part(alike, cast, stranger):
    alike(*SEEN)

    assert elsewhere.groups(getattr(cast, stranger)) == []


@pytest.mark.parametrize(
    "unlike", [{"measure": ""}, {"measure": "Delay\ns\nmean\nlower\nabsolute"}]
)
def test_another_metric_is_not_like_it(alike, vera, unlike):
    alike(*SEEN[:3])
    alike_too = [group.count for group in elsewhere.groups(vera)]

    assert alike_too == []


def test_what_is_kept_beside_a_result_is_what_it_says(measured, cast):
    found = lifecycle.compute(measured(), by=cast.mila, at=on(4, 30))
    row = next(one for one in found.result["metrics"] if one["metric"]["role"] == "primary")
    sign = -1 if row["metric"]["direction"] == "lower" else 1

    improvement, std_error = found.likened
    assert improvement == sign * row["effect"]["estimate"]
    [half] = [
        (one["high"] - one["low"]) / 2 for one in row["effect"]["intervals"] if one["level"] == 0.95
    ]
    assert std_error == pytest.approx(half / 1.959964)
    assert std_error > row["effect"]["std_error"]
    assert found.measure.split("\n")[1:] == [
        row["metric"][name] for name in ("unit", "kind", "direction", "scale")
    ]


@pytest.mark.parametrize(
    "change",
    [
        {"verdict": "invalid"},
        {"evidence_class": "III"},
        {"evidence_class": "IV"},
    ],
)
def test_what_no_lot_was_drawn_for_or_a_gate_withheld_stands_beside_nothing(measured, cast, change):
    found = lifecycle.compute(measured(), by=cast.mila, at=on(4, 30)).result

    assert kept_of(found).measure
    assert kept_of(found | {"decision": found["decision"] | change}) == ("", None, None)


@pytest.mark.parametrize("path", ["/portfolio/", "/portfolio/effects/"])
def test_a_page_asks_few_questions_however_many_pilots_there_are(
    alike, vera, signed_in, path, django_assert_max_num_queries
):
    alike(*SEEN, *SEEN, *SEEN)
    browser = signed_in(vera)
    browser.get(path)

    with django_assert_max_num_queries(11):
        page = browser.get(path)

    assert len(page.content) < 60_000
