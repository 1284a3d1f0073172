"""How a pilot goes on and how it ends, in a real browser: extended twice, settled, closed."""

from __future__ import annotations

import re

from playwright.sync_api import expect

from tests.browser.steps import SAVE, leading_to

NO_MORE = "Пилот можно продлить не больше двух раз."


def extend(owner, number):
    """Anna Lebedeva decides to measure longer and signs it."""
    owner.goto(f"/decisions/{number}/new/")
    owner.check("[name=outcome][value=extend]")
    for name, words in {
        "words": "В малых отделениях данных мало.", "to_learn": "Эффект в малых отделениях",
        "ends_on": "01.06.2031", "decide_on": "01.09.2031",
    }.items():  # fmt: skip
        owner.fill(f"[name={name}]", words)
    owner.click("main form .btn.seal")
    owner.wait_for_url(re.compile(r"/decisions/\d+/\d+/$"))
    owner.click(leading_to("sign"))
    owner.click("main form .btn.seal")
    owner.wait_for_url(re.compile(r"/decisions/\d+/\d+/$"))


def judge_again(enter, make, ask, work, number):
    """The longer run is over: its data are closed, its result computed, shown and heard."""
    ask(
        "UPDATE pilots_pilot SET ends_on = date('now', '-2 days'), "
        "end_reached_at = datetime('now', '-1 day') WHERE number = ?", number,
    )  # fmt: skip
    pilot, analyst = f"/pilots/{number}/", enter("vlasova", "ru")
    analyst.goto(pilot)
    here = analyst.url
    make(analyst, here, "close_data")
    earlier = "Этот итог построен на измерениях до продления"
    expect(analyst.locator("main")).to_contain_text(earlier)
    analyst.click("form[action$='/begin/'] button")
    analyst.wait_for_url(re.compile(r"/evaluations/\d+/\d+/$"))
    work()
    make(analyst, analyst.url, "release")
    analyst.goto(pilot)
    expect(analyst.locator("main")).not_to_contain_text(earlier)
    for who in ("optika", "sokolova", "fomin"):
        side = enter(who, "ru")
        side.goto(f"{pilot}comment/")
        side.locator("main [name=is_dissent]").first.check()
        side.click(SAVE)
        side.wait_for_url(here)


def test_a_pilot_is_extended_twice_and_a_third_time_is_refused_with_its_reason(
    enter, make, ask, work
):
    """Decision → longer run → result of its own, twice; then the form says why not again."""
    (number,) = ask(
        "SELECT number FROM pilots_pilot WHERE state = 'awaiting' ORDER BY number DESC"
    )[0]  # fmt: skip
    owner = enter("lebedeva", "ru")
    for time in (1, 2):
        extend(owner, number)
        assert ask("SELECT state, extensions FROM pilots_pilot WHERE number = ?", number) == [
            ("running", time)
        ]
        judge_again(enter, make, ask, work, number)

    owner.goto(f"/decisions/{number}/new/")

    expect(owner.locator("main")).to_contain_text(NO_MORE)
    expect(owner.locator("[name=outcome][value=extend]")).to_have_count(0)
    expect(owner.locator("[name=outcome][value=scale]")).to_have_count(1)


def test_a_pilot_closes_once_everything_is_settled_and_a_lesson_is_written(enter, ask):
    """Equipment, personal data, access; a line ticked twice is said to be done, not lost."""
    manager, elsewhere = enter("morozov", "ru"), enter("morozov", "ru", java_script_enabled=False)
    tick = "main form[action$='/tick/'] button"
    manager.goto("/pilots/3/")
    elsewhere.goto("/pilots/3/")
    expect(manager.locator(tick)).to_have_count(3)

    manager.locator(tick).first.click()
    expect(manager.locator(tick)).to_have_count(2)
    elsewhere.locator(tick).first.click()
    expect(elsewhere.locator("main")).to_contain_text("Этого варианта больше нет")
    manager.click(leading_to("tell_lesson"))
    manager.fill("[name=tried]", "Тележки у каждого окна")
    manager.fill("[name=why]", "Мешали в узких залах")
    manager.click(SAVE)
    manager.wait_for_url("/pilots/3/")
    for left in (1, 0):
        assert ask("SELECT state FROM pilots_pilot WHERE number = 3") == [("stop",)]
        manager.locator(tick).first.click()
        expect(manager.locator(tick)).to_have_count(left)

    assert ask("SELECT state FROM pilots_pilot WHERE number = 3") == [("closed",)]
    expect(manager.locator("main")).to_contain_text("Мешали в узких залах")
