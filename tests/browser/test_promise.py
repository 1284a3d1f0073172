"""What two sides promise each other, in a real browser: written, signed, kept by what happens."""

from __future__ import annotations

import datetime as dt
import re

from playwright.sync_api import expect

SAVE = "main form .btn.primary"
TODAY = dt.date.today()
COMPANY, CENTRE = "Холод и Путь", "Почта"

# What the sites and the files do before a start is walked elsewhere: here it is done by moves.
READY = """
from django.utils import timezone
from pochin.core.policy import SYSTEM
from pochin.pilots import lifecycle as pilots
from pochin.pilots.models import Pilot
pilot, now = Pilot.objects.get(state="baseline"), timezone.now()
for slot in pilot.slots.all():
    pilots.sign_start(slot, by=slot.site.responsible, at=now)
for check in pilot.checks.all():
    pilots.tick(pilot, by=pilot.manager, check=check, at=now)
data = pilots.Completeness(
    expected=120, received=60, baseline_expected=60, baseline_received=60, sha256="d" * 64
)
pilots.note_data(pilot, by=SYSTEM, data=data, at=now)
"""


def test_an_agreement_is_signed_by_both_and_a_start_counts_for_it(enter, make, ask, shell):
    number = ask("SELECT number FROM pilots_pilot WHERE state = 'baseline'")[0][0]
    inns = {
        name: ask("SELECT inn FROM participants_organisation WHERE name_ru = ?", name)[0][0]
        for name in (CENTRE, COMPANY)
    }
    clerk, company, director = enter("kotova", "ru"), enter("holod"), enter("lebedeva", "ru")

    # Drafted by the centre; the company does not see it yet.
    clerk.goto("/agreements/new/city/")
    clerk.select_option("[name=kind]", "pilot")
    clerk.fill("[name=title_ru]", "О пилоте с датчиками")
    clerk.click("main form details:has([name=title_en]) summary")
    clerk.fill("[name=title_en]", "On a pilot of sensors")
    clerk.fill("[name=starts_on]", TODAY.isoformat())
    clerk.click(SAVE)
    clerk.wait_for_url(re.compile(r"/agreements/city/\d+/$"))
    address = clerk.url
    for name in (CENTRE, COMPANY):
        make(clerk, address, "add_party", inn=inns[name])
    clerk.goto(f"{address}write_clause/")
    clerk.fill("[name=heading_ru]", "Предмет")
    clerk.fill("[name=text_ru]", "Стороны испытывают датчики в термокоробках.")
    clerk.fill("[name=summary_ru]", "Зачем всё это.")
    clerk.click(SAVE)
    clerk.wait_for_url(address)
    clerk.goto(f"{address}commitments/new/")
    clerk.select_option("[name=owes]", label=CENTRE)
    clerk.select_option("[name=to]", label=COMPANY)
    for name, words in {
        "text_ru": "Начать пилот", "text_en": "Start a pilot", "target": "1",
        "starts_on": TODAY.isoformat(), "due_on": (TODAY + dt.timedelta(days=300)).isoformat(),
    }.items():  # fmt: skip
        clerk.fill(f"[name={name}]", words)
    clerk.select_option("[name=kind]", "number")
    clerk.select_option("[name=counter]", "pilots_started")
    clerk.click(SAVE)
    clerk.wait_for_url(re.compile(r"/commitments/1/$"))
    assert company.goto(address).status == 404

    # Negotiated, agreed to, signed by both sides over the same words.
    make(clerk, address, "propose")
    make(company, address, "remark", note="Согласны, но уточните число коробок.")
    make(clerk, address, "answer_remark", is_taken="yes", answer="Уточнили: сорок.")
    make(clerk, address, "ask_approvals")
    for side in (director, company):
        make(side, address, "approve")
    for side, inn in ((director, inns[CENTRE]), (company, inns[COMPANY])):
        side.goto(f"{address}sign/")
        mine = str(ask("SELECT id FROM participants_organisation WHERE inn = ?", inn)[0][0])
        side.select_option("main [name=organisation]", mine)
        side.check("main [name=has_read]")
        side.click("main form .btn.seal")
        side.wait_for_url(address)
    expect(company.locator("main")).to_contain_text("in force")
    expect(company.locator("main")).to_contain_text("0 of 1")

    # The pilot it is about starts.
    shell(READY)
    manager, pilot = enter("morozov", "ru"), f"/pilots/{number}/"
    manager.goto(pilot)
    pilot = manager.url
    manager.goto(f"{pilot}link_agreement/")
    manager.select_option("main [name=agreement]", label="О пилоте с датчиками")
    manager.click(SAVE)
    manager.wait_for_url(pilot)
    make(manager, pilot, "start")
    expect(manager.locator("main")).to_contain_text("идёт")

    # The promise has counted it, and its figure opens what was counted.
    company.goto(address)
    expect(company.locator("main")).to_contain_text("1 of 1")
    company.goto(f"{address}commitments/1/")
    company.locator("main a[href*='/pilots/?']").first.click()
    expect(company.locator("main table tbody tr")).to_have_count(1)
    expect(company.locator("main table")).to_contain_text(f"P-{number:03}")
