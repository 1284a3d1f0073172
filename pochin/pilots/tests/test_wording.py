"""A plan is read in both languages; what was locked, computed and signed stays as it was."""

import pytest

from conftest import NOON, PLAN, on, plan_for
from pochin.core.lifecycle import Refused
from pochin.core.policy import Forbidden
from pochin.pilots import lifecycle, wording

METRICS = [
    {**PLAN["metrics"][0], "name": "Доля возвратов", "unit": "п. п."},
    {**PLAN["metrics"][1], "name": "Доля жалоб"},
]
RUSSIAN = {"metrics": METRICS, "question": "Короче ли задержка?", "unit": "отделение"}
PAIRS = [
    {"ru": "Доля жалоб", "en": "Share of complaints"},
    {"ru": "Короче ли задержка?", "en": "Is the delay shorter?"},
    {"ru": "отделение", "en": "post office"},
]


@pytest.fixture
def russian(offices):
    """A plan written in Russian, that measures what its need does."""
    return plan_for(offices[:8], **RUSSIAN)


@pytest.fixture
def locked(pilot_at, russian):
    return pilot_at("preparation", plan=russian)


def test_a_plan_that_measures_what_its_need_does_is_read_in_both_languages(locked, cast, signed_in):
    english = signed_in(cast.lev).get(f"{locked.get_absolute_url()}plan/").content.decode()
    russian = signed_in(cast.lev, "ru").get(f"{locked.get_absolute_url()}plan/").content.decode()

    assert "Share of returns" in english
    assert "Доля возвратов" not in english
    assert "threshold 1 pp" in english.replace("\u202f", " ").replace("\u00a0", " ")
    assert "Доля возвратов" in russian
    assert "Share of returns" not in russian
    assert "was signed is the plan as it was written" in english
    assert "другом языке" not in russian


def test_words_given_later_change_nothing_that_was_locked(locked, cast, signed_in):
    before = locked.locked_plan()
    lifecycle.put_into_words(locked, by=cast.vera, pairs=PAIRS, at=on(3, 5))
    page = signed_in(cast.lev).get(f"{locked.get_absolute_url()}plan/").content.decode()
    after = locked.locked_plan()

    assert all(one["en"] in page for one in PAIRS)
    assert (after.canonical, after.sha256) == (before.canonical, before.sha256)
    assert after.is_whole
    given = signed_in(cast.lev).get(f"{locked.get_absolute_url()}plan/plan.json").content.decode()
    assert "Доля жалоб" in given
    assert "Share of complaints" not in given


def test_what_is_signed_is_read_as_it_is_written(pilot_at, russian, cast, signed_in):
    pilot = pilot_at("plan_review", plan=russian)
    lifecycle.put_into_words(pilot, by=cast.lev, pairs=PAIRS, at=NOON)
    page = signed_in(cast.mila).get(f"{pilot.get_absolute_url()}plan/sign/").content.decode()

    assert "Доля возвратов" in page
    assert "Share of returns" not in page


@pytest.mark.parametrize("who", ["lev", "mila", "vera"])
def test_those_who_lead_the_pilot_give_the_words(who, locked, cast):
    lifecycle.put_into_words(locked, by=getattr(cast, who), pairs=PAIRS, at=on(3, 5))

    assert wording.of(locked, "en").said("Доля жалоб") == "Share of complaints"
    # What the need says stays.
    assert wording.of(locked, "en").said("Доля возвратов") == "Share of returns"


@pytest.mark.parametrize("who", ["anna", "gleb", "boris", "viktor", "rita", "ulyana"])
def test_nobody_else_gives_them(who, locked, cast):
    with pytest.raises(Forbidden):
        lifecycle.put_into_words(locked, by=getattr(cast, who), pairs=PAIRS, at=on(3, 5))


def test_without_a_plan_there_are_no_words_to_give(pilot_at, cast):
    pilot = pilot_at("proposed")
    lifecycle.appoint(
        pilot, by=cast.vera, at=NOON, manager=cast.lev, methodologist=cast.mila,
        analyst=cast.mila, decision_owner=cast.kira, decision_date=pilot_at.DECISION_DATE,
    )  # fmt: skip
    lifecycle.begin_design(pilot, by=cast.vera, at=NOON)

    with pytest.raises(Refused, match="plan is not written yet"):
        lifecycle.put_into_words(pilot, by=cast.lev, pairs=PAIRS, at=NOON)


def test_the_words_are_given_in_the_browser_and_may_be_left_out(locked, cast, signed_in):
    lev, address = signed_in(cast.lev), f"{locked.get_absolute_url()}put_into_words/"
    form = lev.get(address).content.decode()
    texts = wording.texts(locked.locked_plan().content)
    place = texts.index("Доля жалоб")

    assert all(text in form for text in ("Доля жалоб", "Короче ли задержка?", "отделение"))
    assert 'value="Share of returns"' in form
    assert lev.post(address, {f"text_{place}": "Share of complaints"}).status_code == 302
    locked.refresh_from_db()
    assert wording.of(locked, "en").said("Доля жалоб") == "Share of complaints"
    assert wording.of(locked, "en").said("отделение") == "отделение"
    assert lev.get(f"{locked.get_absolute_url()}").status_code == 200


def test_a_plan_written_in_english_is_read_in_russian(pilot_at, offices, cast, signed_in):
    english = [{**METRICS[0], "name": "Share of returns", "unit": "pp"}, METRICS[1]]
    pilot = pilot_at("preparation", plan=plan_for(offices[:8], **{**RUSSIAN, "metrics": english}))
    page = signed_in(cast.lev, "ru").get(f"{pilot.get_absolute_url()}plan/").content.decode()

    assert "Доля возвратов" in page
    assert "Share of returns" not in page


def test_a_text_without_its_pair_stays_itself():
    told = wording.Wording({"час": "hour"})

    assert (told.said("час"), told.said("день")) == ("hour", "день")
    assert told.changes({"unit": "час"})
    assert not told.changes({"unit": "день"})


def test_a_later_pair_counts_and_an_empty_one_does_not():
    kept = [{"ru": "час", "en": "our"}, {"ru": "день", "en": "day"}]

    assert wording.joined(kept, [{"ru": "час", "en": "hour"}, {"ru": "день", "en": ""}]) == [
        {"ru": "день", "en": "day"}, {"ru": "час", "en": "hour"},
    ]  # fmt: skip


def test_the_texts_of_a_plan_are_those_people_wrote_each_once():
    document = {
        "question": "Быстрее?", "unit": "отделение", "stop_reasons": ["пожар", "пожар"],
        "metrics": [{"code": "main", "name": "Доля", "unit": "%"}],
        "cost": {"items": [{"name": "Ремонт"}]},
        "data_rules": {"missing": {"rule": "Спросить"}}, "decision": {"words": "По порогу"},
    }  # fmt: skip

    assert wording.texts(document) == [
        "Доля", "отделение", "Быстрее?", "Спросить", "По порогу", "пожар", "Ремонт",
    ]  # fmt: skip
