"""The whole way in a real browser: from a need that hurts to a signed decision and its case.

The trial in the middle is one that is over already, so that nobody waits six weeks.
"""

from __future__ import annotations

import re
from datetime import datetime, timedelta
from pathlib import Path

import pytest
from playwright.sync_api import expect

from tests.browser.steps import (
    SAVE,
    SUBMIT,
    act,
    answer_all,
    close_and_compute,
    enter_from_archive,
    hand_in_the_plan,
    name_the_people,
    review,
    send,
    sign,
)

EXAMPLES = Path(__file__).resolve().parents[2] / "docs" / "examples"
NEED = {
    "title_ru": "Кукуруза растёт низкой", "title_en": "Maize grows short",
    "problem_ru": "Всходы отстают", "problem_en": "Seedlings lag behind",
    "metric_ru": "Высота", "metric_en": "Height",
    "metric_unit_ru": "дюймы", "metric_unit_en": "inches",
    "metric_now": "17", "metric_target": "20", "metric_how": "Линейкой",
    "offered_ru": "Пятнадцать горшков", "offered_en": "Fifteen pots",
    "limits_ru": "Без удобрений", "limits_en": "No fertiliser", "sites_wanted": "15",
}  # fmt: skip

TITLES = NEED["title_ru"], NEED["title_en"]


def publish(owner, coordinator, lawyer):
    """The need is written, checked, signed and published, and its intake opened."""
    owner.goto("/needs/new/city/")
    for fold in owner.locator("main form details.more summary").all():
        fold.click()
    for name, words in NEED.items():
        owner.fill(f"[name={name}]", words)
    owner.click(SAVE)
    owner.wait_for_url(re.compile(r"/needs/\d+/$"))
    need = owner.url
    act(owner, need, "submit")
    act(coordinator, need, "check")
    act(owner, need, "sign")
    act(coordinator, need, "approve")
    act(lawyer, need, "confirm_text")
    now = datetime.now()
    opens, closes = (f"{now + timedelta(days=days):%d.%m.%Y %H:%M}" for days in (-1, 30))
    act(coordinator, need, "set_window", opens_at=opens, closes_at=closes)
    act(coordinator, need, "publish")
    act(coordinator, need, "open_intake")
    return need


def apply(company, need):
    """A company answers the need; gives the address of its application."""
    company.goto(need)
    company.click("main a[href*='/applications/to/']")
    company.fill("[name=title]", "Скрещённые семена")
    company.click(SAVE)
    company.wait_for_url(re.compile(r"/applications/\d+/$"))
    application = company.url
    answer_all(company, application)
    company.goto(f"{application}submit/")
    for name in ("rules", "personal", "truth"):
        company.check(f"[name={name}]")
    company.click(SUBMIT)
    company.wait_for_url(re.compile("/receipt/$"))
    return application


def asked_of(expert):
    """The address of the newest review of the need that this expert was asked for."""
    expert.goto("/reviews/")
    row = expert.locator("main tbody tr").filter(has_text=re.compile("|".join(TITLES))).first
    return row.locator("a").first.get_attribute("href")


def ask_experts(screener, application, experts):
    """The screener checks the application, asks experts and passes it on."""
    act(screener, application, "start_screening")
    screener.click("main a[href$='/screen/']")
    for box in screener.locator("main form input[type=checkbox]").all():
        box.check()
    screener.click(SAVE)
    screener.wait_for_url(application)
    screener.click("main a[href*='/reviews/of/']")
    for _expert in experts:  # in the order of the list; who is asked is in it no more
        screener.select_option("[name=expert]", index=1)
        screener.click("main form:has([name=expert]) .btn.primary")
        screener.wait_for_load_state()
    for expert in experts:
        expert.goto(asked_of(expert))
        expert.check("[name=none]")
        expert.click(SAVE)
        expert.wait_for_load_state()
    screener.click("form[action$='/send/'] button")
    screener.wait_for_load_state()


@pytest.mark.parametrize("language", ["ru", "en"])
def test_a_need_is_led_to_a_signed_decision(enter, work, language):
    (sokolova, kotova, nikitin, zimin, ermakov, titov, belova, lebedeva, vlasova, morozov) = (
        enter(who, language)
        for who in ("sokolova", "kotova", "nikitin", "optika", "ermakov", "titov", "belova",
                    "lebedeva", "vlasova", "morozov")
    )  # fmt: skip
    need = publish(sokolova, kotova, nikitin)
    application = apply(zimin, need)
    ask_experts(ermakov, application, (titov, belova))
    for expert in (titov, belova):
        review(expert, asked_of(expert), score=4, reason="Ясно", probability=60, advice="accept")
        expert.locator("section.said").first.wait_for()
    lebedeva.goto(application)
    lebedeva.click("main a[href*='/reviews/of/']")
    lebedeva.click("main a[href$='/decide/']")
    lebedeva.check("[name=outcome][value=accept]")
    lebedeva.fill("[name=reason]", "Стоит попробовать")
    lebedeva.click(SUBMIT)
    lebedeva.wait_for_url(application)

    title = NEED[f"title_{language}"]
    company = "Оптика Логистик" if language == "ru" else "Optika Logistic"
    pilot = enter_from_archive(
        vlasova, TITLES, ("01.05.1876", "30.09.1876"),
        about=(("need", title), ("organisation", company)),
    )  # fmt: skip
    name_the_people(kotova, pilot)
    hand_in_the_plan(morozov, pilot, EXAMPLES / "maize-plan.json")
    for signer in (vlasova, sokolova, zimin):
        sign(signer, pilot)
    send(morozov, pilot, EXAMPLES / "maize-readings.csv")
    work()
    close_and_compute(vlasova, pilot, work)
    act(vlasova, vlasova.url, "release")
    for side in (zimin, sokolova):
        act(side, pilot, "comment", is_dissent="no", words="Замечаний нет")
    work()
    lebedeva.goto(pilot.replace("/pilots/", "/decisions/") + "new/")
    lebedeva.check("[name=outcome][value=rework]")
    lebedeva.fill("[name=words]", "Порог ещё не пройден")
    lebedeva.fill("[name=to_learn]", "Сколько пар нужно")
    lebedeva.click(SUBMIT)
    lebedeva.click("main [href*='/sign/'], main form[action*='/sign/'] button")
    if lebedeva.url.partition("?")[0].endswith("/sign/"):
        lebedeva.click(SUBMIT)
    lebedeva.wait_for_load_state()

    # Both sides read the whole case on one page.
    for reader in (zimin, sokolova):
        reader.goto(pilot)
        case = reader.locator("main")
        for words in (title, company, "2,6 in" if language == "ru" else "2.6 in"):
            expect(case).to_contain_text(words)
        expect(case).to_contain_text("Порог ещё не пройден")
