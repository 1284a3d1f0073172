"""What people do in a browser, step by step, for journeys to be made of."""

from __future__ import annotations

import re

ACCEPT = re.compile("^(Принять|Take in)$")
FIELDS = ("title_ru", "title_en", "starts_on", "ends_on")
WORDS = {
    "solution": {"summary": "Подсказка", "works": "На экране", "differs": "Быстрее"},
    "evidence": {"used_by": "Две сети", "measured": "Минус 12 %"},
    "data": {"data": "Адреса", "safety": "Ничего"},
    "pilot": {
        "sites": "12", "weeks": "8", "effect_low": "1", "effect_high": "2", "idea": "По жребию",
    },
    "team": {"team": "Трое"},
    "price": {"pilot_price": "0", "scale_price": "По сделке", "asked": "Площадки"},
}  # fmt: skip
CHOICES = {"data": ("personal", "no"), "team": ("ties", "no")}
PLAN = {"name": "plan.txt", "mimeType": "text/plain", "buffer": "План испытаний".encode()}
SUBMIT, SAVE = "main form .btn.seal", "main form .btn.primary"


def leading_to(move):
    """The link or the button of a move; a signature carries what was read behind its address."""
    ends = f"$='/{move}/'", f"*='/{move}/?'"
    links = [f"main a[href{end}]" for end in ends]
    return ", ".join(links + [f"main form[action{end}] button" for end in ends])


def act(page, thing, move, **given):
    """Make a move from the page of a thing, whether it asks something first or not."""
    page.goto(thing)
    page.click(leading_to(move))
    for name, words in given.items():
        if page.locator(f"[name={name}]").first.get_attribute("type") == "radio":
            page.check(f"[name={name}][value={words}]")
        else:
            page.fill(f"[name={name}]", words)
    if page.url.partition("?")[0].endswith(f"/{move}/"):
        page.click("main form .btn >> nth=0")
    page.wait_for_url(thing)


def review(page, address, *, score, reason, probability, advice):
    """Read an application and advise for or against it, with a reason for each criterion."""
    page.goto(address)
    for one in page.locator("textarea[name^=reason_]").all():
        code = (one.get_attribute("name") or "").removeprefix("reason_")
        page.check(f"[name=score_{code}][value='{score}']")
        one.fill(f"{reason}: {code}")
    page.check("[name=confidence][value='4']")
    page.fill("[name=probability]", str(probability))
    page.check(f"[name=recommendation][value={advice}]")
    page.click(SAVE)


def begin(page, need):
    """A new draft in answer to a need; gives its address."""
    page.goto(f"/applications/to/{need}/")
    page.fill("[name=title]", "Подсказка адреса")
    page.click(SAVE)
    page.wait_for_url(re.compile(r"/applications/\d+/$"))
    return page.url


def answer_all(page, draft):
    """Fill in every part of a draft with the mouse."""
    for code, values in WORDS.items():
        page.goto(f"{draft}sections/{code}/")
        for name, words in values.items():
            page.fill(f"[name={name}]", words)
        if code in CHOICES:
            page.check("[name={}][value={}]".format(*CHOICES[code]))
        if code == "solution":
            page.select_option("[name=level]", "7")
        page.click(SAVE)
        page.wait_for_url(draft)
    page.goto(f"{draft}documents/")
    page.set_input_files("[name=document]", PLAN)
    page.click(".btn.primary")
    page.locator("a", has_text="plan.txt").wait_for()


def enter_from_archive(page, titles, days, about=()):
    """Elena Vlasova enters a trial that is over; gives the address of the pilot.

    `about` are pairs of a field and what is chosen in it by its words.
    """
    page.goto("/pilots/")
    page.click("a[href='/pilots/archive/city/']")
    for name, said in zip(FIELDS, titles + days, strict=True):
        page.fill(f"[name={name}]", said)
    page.select_option("[name=sponsor]", index=1)  # Anna Lebedeva
    for name, words in about:
        page.select_option(f"[name={name}]", label=words)
    page.click(SAVE)
    page.wait_for_url(re.compile(r"/pilots/\d+/$"))
    return page.url


def name_the_people(page, pilot):
    page.goto(f"{pilot}appoint/")
    for name in ("manager", "methodologist", "analyst", "decision_owner"):
        page.select_option(f"[name={name}]", index=1)
    page.fill("[name=decision_date]", "01.06.2030")
    page.click(SAVE)
    page.wait_for_url(pilot)


def hand_in_the_plan(page, pilot, plan):
    page.goto(pilot)
    page.click("a[href$='/plan/upload/']")
    page.set_input_files("[name=file]", plan)
    page.click(SAVE)
    page.wait_for_url(re.compile("/plan/$"))
    page.goto(f"{pilot}edit/")
    page.fill("[name=baseline_words]", "Так, как напечатано")
    page.fill("[name=waiver]", "Известный опыт")
    page.click(SAVE)
    page.wait_for_url(pilot)
    page.click("a[href$='/submit_plan/'], form[action$='/submit_plan/'] button")
    if page.url.endswith("/submit_plan/"):
        page.click("main form .btn")
    page.wait_for_url(pilot)


def sign(page, pilot):
    page.goto(f"{pilot}plan/sign/")
    page.click(SUBMIT)
    page.wait_for_url(re.compile(rf"{pilot}(plan/)?$"))


def send(page, pilot, readings):
    page.goto(pilot.replace("/pilots/", "/measurements/"))
    page.click("a[href$='/send/']")
    page.set_input_files("[name=file]", readings)
    page.click(SAVE)
    page.wait_for_url(re.compile(r"/measurements/\d+/\d+/$"))
    page.locator("main").get_by_role("button", name=ACCEPT).click()


def close_and_compute(page, pilot, work):
    """Elena Vlasova closes the data and lets the result be computed; the page shows it."""
    page.goto(pilot)
    page.click("a[href$='/close_data/']")
    page.click("main form .btn")
    page.wait_for_url(pilot)
    page.click("form[action$='/begin/'] button")
    page.wait_for_url(re.compile(r"/evaluations/\d+/\d+/$"))
    work()
    page.reload()
