"""Journeys from end to end in a real browser, by keyboard where a hand may have nothing else."""

from __future__ import annotations

import re

import pytest
from django.utils import translation
from django.utils.translation import gettext
from playwright.sync_api import TimeoutError as TooLate
from playwright.sync_api import expect

from tests.browser.steps import CHOICES, PLAN, SAVE, SUBMIT, WORDS, answer_all, begin, review


def answer_by_keyboard(page, keys, code):
    keys.follow(f"main a[href$='/sections/{code}/']")
    if code in CHOICES and code != "team":
        keys.choose(*CHOICES[code])
    for name, words in WORDS[code].items():
        keys.write(name, words)
    if code == "team":
        keys.choose(*CHOICES[code])
    if code == "solution":
        keys.reach("[name=level]")
        page.keyboard.type("7")
    keys.follow(SAVE)


def choose_by_keyboard(page, keys, css, file):
    """Open the chooser of files by the space bar; a busy browser may need to be asked again."""
    for _try in range(3):
        keys.reach(css)
        try:
            with page.expect_file_chooser(timeout=10_000) as chosen:
                page.keyboard.press("Space")
        except TooLate:
            continue
        chosen.value.set_files([file])
        return
    pytest.fail("the keyboard opens no chooser of files")


def attach_by_keyboard(page, keys):
    keys.follow("main a[href$='/documents/']")
    choose_by_keyboard(page, keys, "[name=document]", PLAN)
    keys.follow("main form[enctype] .btn.primary")
    keys.follow("main .btns a.btn.ghost")


@pytest.mark.parametrize(("language", "company"), [("ru", "holod"), ("en", "taiga")])
def test_a_company_comes_from_a_need_to_the_receipt_by_keyboard_alone(
    enter, keyboard, language, company
):
    page = enter(company, language)
    keys = keyboard(page)
    page.goto("/needs/10/")

    keys.follow("main a[href='/applications/to/10/']")
    keys.write("title", "Речь вместо экрана")
    keys.follow(SAVE)
    for code in ("solution", "evidence", "data", "pilot"):
        answer_by_keyboard(page, keys, code)
    attach_by_keyboard(page, keys)
    for code in ("team", "price"):
        answer_by_keyboard(page, keys, code)
    keys.follow("main a[href$='/submit/']")
    for name in ("rules", "personal", "truth"):
        keys.press(f"[name={name}]", "Space")
    keys.follow(SUBMIT)

    with translation.override(language):
        said = gettext("The application was received")
    expect(page.locator("h1")).to_contain_text(said)
    expect(page.locator(".fingerprint")).to_have_text(re.compile(r"^[0-9a-f]{64}$"))


def test_a_late_application_is_refused_with_a_sentence_and_loses_no_word(enter, ask):
    page = enter("marshrut")
    draft = begin(page, 11)
    answer_all(page, draft)
    page.goto(f"{draft}submit/")
    for name in ("rules", "personal", "truth"):
        page.check(f"[name={name}]")
    ask("UPDATE needs_need SET closes_at = datetime('now', '-1 minute') WHERE number = 11")

    page.click(SUBMIT)

    expect(page.locator("main .banner").first).to_contain_text("closed")
    page.goto(f"{draft}sections/team/")
    assert page.input_value("[name=team]") == "Трое"


def test_a_form_with_a_mistake_keeps_what_was_typed(enter):
    page = enter("marshrut")
    draft = begin(page, 12)
    page.goto(f"{draft}sections/pilot/")
    page.fill("[name=sites]", "12")
    page.fill("[name=weeks]", "8")
    page.fill("[name=effect_low]", "3")
    page.fill("[name=effect_high]", "2")
    page.fill("[name=idea]", "По жребию")

    page.click(SAVE)

    expect(page.locator(".error").filter(has_text="must not be below")).to_be_visible()
    assert page.input_value("[name=idea]") == "По жребию"


def test_an_expert_with_a_tie_sees_nothing(enter, ask):
    number = ask("SELECT number FROM applications_application WHERE state = 'in_review'")[0][0]
    kotova = enter("kotova")
    kotova.goto(f"/reviews/of/{number}/")
    kotova.select_option("[name=expert]", label="Oleg Gusev")
    kotova.click("main form:has([name=expert]) .btn.primary")
    gusev = enter("gusev")
    gusev.goto("/reviews/")
    gusev.click("main tbody a >> nth=0")
    gate = gusev.url
    expect(gusev.locator("dl.answers")).to_have_count(0)

    company = ask(
        "SELECT o.name_en FROM applications_application a "
        "JOIN participants_organisation o ON o.id = a.organisation_id WHERE a.number = ?", number
    )[0][0]  # fmt: skip
    gusev.get_by_label(company).check()
    gusev.select_option("[name=ground]", index=1)
    gusev.fill("[name=words]", "Работали вместе")
    gusev.click(SAVE)

    expect(gusev.locator("main")).to_contain_text("The documents are closed.")
    gusev.goto(gate)
    expect(gusev.locator("dl.answers")).to_have_count(0)
    assert gusev.goto(f"{gate}documents/1/").status == 404


def test_an_expert_hands_in_a_review_by_keyboard_alone(enter, keyboard, ask):
    number, criteria = ask(
        "SELECT a.number, p.criteria FROM reviews_assignment a "
        "JOIN participants_person e ON e.id = a.expert_id "
        "JOIN applications_application w ON w.id = a.application_id "
        "JOIN participants_programme p ON p.id = w.programme_id "
        "WHERE a.state = 'accepted' AND e.email = 'titov@demo.example'"
    )[0]
    codes = re.findall(r'"code": "(\w+)"', criteria)
    page = enter("titov")
    keys = keyboard(page)
    page.goto(f"/reviews/{number}/")

    for code in codes:
        keys.choose(f"score_{code}", "4")
        keys.write(f"reason_{code}", "Проверено на деле")
    keys.choose("confidence", "4")
    keys.write("probability", "60")
    keys.choose("recommendation", "accept")
    keys.follow("main form .btn.primary")

    assert ask("SELECT state FROM reviews_assignment WHERE number = ?", number) == [("submitted",)]
    expect(page.locator("section.said").first).to_contain_text("Проверено на деле")


def test_of_two_people_in_one_section_the_second_sees_both_texts(enter):
    zimin, lis = enter("optika"), enter("vera")
    draft = begin(zimin, 12)
    for page in (zimin, lis):
        page.goto(f"{draft}sections/team/")
    zimin.fill("[name=team]", "Трое")
    zimin.click("[name=later]")
    zimin.wait_for_url(draft)

    lis.fill("[name=team]", "Четверо")
    lis.locator("[name=ties_words]").focus()

    both = lis.locator(".conflict .pair")
    expect(both).to_contain_text("Четверо")
    expect(both).to_contain_text("Трое")
    lis.locator(".conflict .btn.primary").click()
    expect(lis.locator("[data-saved]")).to_contain_text("Saved")
    lis.click("[name=later]")
    lis.wait_for_url(draft)
    zimin.goto(f"{draft}sections/team/")
    assert zimin.input_value("[name=team]") == "Четверо"


def test_one_person_who_writes_on_does_not_meet_oneself(enter):
    page = enter("optika")
    draft = begin(page, 10)
    page.goto(f"{draft}sections/team/")
    for words in ("Один", "Двое", "Трое"):
        with page.expect_response(re.compile("/sections/team/")) as answer:
            page.fill("[name=team]", words)
            page.locator("[name=ties_words]").focus()
            page.locator("[name=team]").focus()
        assert answer.value.status == 200
    page.click("[name=later]")

    page.wait_for_url(draft)


def test_an_application_is_handed_in_with_javascript_off(enter):
    page = enter("vesy", java_script_enabled=False)
    draft = begin(page, 12)
    answer_all(page, draft)

    answer = page.goto(f"{draft}submit/")
    assert answer.status == 200
    for name in ("rules", "personal", "truth"):
        page.check(f"[name={name}]")
    page.click(SUBMIT)

    expect(page.locator("h1")).to_contain_text("The application was received")


@pytest.mark.parametrize(("language", "place"), [("ru", 0), ("en", 1)])
def test_a_refusal_reaches_the_company_with_a_reason_for_each_criterion(
    enter, ask, language, place
):
    number, criteria, company = ask(
        "SELECT w.number, p.criteria, e.email FROM applications_application w "
        "JOIN participants_programme p ON p.id = w.programme_id "
        "JOIN participants_seat s ON s.organisation_id = w.organisation_id AND s.may_sign "
        "JOIN participants_person e ON e.id = s.person_id "
        "JOIN reviews_assignment a ON a.application_id = w.id AND a.state = 'accepted' "
        "WHERE w.state = 'in_review' GROUP BY w.number HAVING count(*) = 2 "
        "ORDER BY max(a.number) DESC"
    )[place]
    codes = re.findall(r'"code": "(\w+)"', criteria)
    for expert in ("titov", "belova"):
        asked = ask(
            "SELECT a.number FROM reviews_assignment a "
            "JOIN participants_person e ON e.id = a.expert_id "
            "JOIN applications_application w ON w.id = a.application_id "
            "WHERE w.number = ? AND e.email = ?", number, f"{expert}@demo.example"
        )[0][0]  # fmt: skip
        page = enter(expert, language)
        desk = f"/reviews/{asked}/"
        review(page, desk, score=2, reason="Мало сказано", probability=20, advice="refuse")
        page.locator("section.said").first.wait_for()
    director = enter("lebedeva", language)
    director.goto(f"/reviews/of/{number}/decide/")
    director.check("[name=outcome][value=refuse]")
    director.fill("[name=reason]", "Пока рано")
    for code in codes:
        director.fill(f"[name=words_{code}]", f"Для компании: {code}")
    director.click(SUBMIT)
    director.wait_for_url(re.compile(rf"/(reviews/of|applications)/{number}/$"))

    page = enter(company.partition("@")[0], language)
    page.goto(f"/applications/{number}/")

    main = page.locator("main")
    expect(main).to_contain_text("Пока рано")
    for code in codes:
        expect(main).to_contain_text(f"Для компании: {code}")
    expect(main).not_to_contain_text("Мало сказано")
    assert "Титов" not in main.inner_text()
    assert "Titov" not in main.inner_text()
