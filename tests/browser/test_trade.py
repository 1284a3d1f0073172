"""What follows from a decision, in a real browser: a contract, an export, news for everybody."""

from __future__ import annotations

import datetime as dt
import re

import pytest
from playwright.sync_api import expect

SAVE = "main form .btn.primary"
CONTRACT = {"name": "contract.txt", "mimeType": "text/plain", "buffer": "Договор".encode()}
TODAY = dt.date.today().isoformat()


@pytest.mark.parametrize("language", ["ru", "en"])
def test_a_certificate_leads_to_a_first_contract_with_its_declaration(enter, make, ask, language):
    page = enter("optika", language)
    page.goto("/exports/new/city/")
    page.fill("[name=title_ru]", f"Считыватель {language}")
    page.click(SAVE)
    page.wait_for_url(re.compile(r"/exports/city/\d+/$"))
    address = page.url
    page.goto(f"{address}edit/")
    for name, value in {
        "customs_en": "Optical reader", "weight_g": "1800", "length_mm": "280",
        "width_mm": "180", "height_mm": "140", "price": "1 450,00",
    }.items():  # fmt: skip
        page.fill(f"[name={name}]", value)
    page.click(SAVE)
    page.wait_for_url(address)

    certificate = ask("SELECT number FROM decisions_certificate WHERE state = 'valid'")[0][0]
    make(page, address, "attach_certificate", certificate=certificate)
    expect(page.locator("main")).to_contain_text(certificate)
    make(page, address, "classify", code="8471 90 000 0")
    make(page, address, "assess")
    make(page, address, "set_targets", countries="KAZ")
    make(page, address, "answer_control", answer="free", paper="ЭК-7", on=TODAY)
    make(page, address, "prepare")
    for line in ("certificates", "localisation", "prices", "translation", "rights", "payment",
                 "logistics"):  # fmt: skip
        make(page, address, "note_ready", line=line, evidence="Готово")
    make(page, address, "find_market")
    make(
        page, address, "name_partner", partner="Steppe Post", partner_country="KZ",
        partner_address="Astana", partner_contact="+7 700",
    )  # fmt: skip
    make(page, address, "negotiate")

    make(page, address, "answer_contents", is_checked="on")
    first = {"ru": "50000001", "en": "60000001"}[language]
    make(page, address, "give_range", service="RB", country="RU", first=first, last=first)
    sides = {
        f"{side}_{name}": "Moscow 1"
        for side in ("sender", "addressee")
        for name in ("name", "street", "city", "postcode")
    }
    further = "Power cable; 1; 100; 12; 854442; RU"
    make(
        page, address, "fill_declaration", quantity="1", gross_g="2100", category="sale",
        further=further, **sides,
    )  # fmt: skip
    printed = page.locator("main a", has_text="CN23").first
    answer = page.request.get(printed.get_attribute("href"))
    assert answer.headers["content-type"] == "application/pdf"
    assert answer.body()[:5] == b"%PDF-"

    make(
        page, address, "add_contract", paper=f"KZ-{language}", signed_on=TODAY, amount="14 500",
        currency="USD", document=CONTRACT,
    )  # fmt: skip
    make(page, address, "sign_first")
    page.goto("/exports/contracts/")
    expect(page.locator("main")).to_contain_text(f"KZ-{language}")


def test_news_is_written_checked_published_and_read_by_a_guest(enter, make):
    author = enter("optika", "ru")
    author.goto("/news/new/city/")
    for name, words in {
        "title_ru": "Весна пришла на почту", "title_en": "Spring came to the post",
        "lead_ru": "Открыли окна.", "lead_en": "The windows are open.",
        "body_ru": "Светло.", "body_en": "It is light.",
    }.items():  # fmt: skip
        author.fill(f"[name={name}]", words)
    author.click(SAVE)
    author.wait_for_url(re.compile(r"/news/\d+/$"))
    address = author.url
    guest = enter(language="en")
    assert guest.goto(address).status == 404
    make(author, address, "submit")

    make(enter("kotova"), address, "publish")

    assert guest.goto(address).status == 200
    expect(guest.locator("h1")).to_contain_text("Spring came to the post")
    guest.goto("/news/")
    expect(guest.locator("main")).to_contain_text("Spring came to the post")
    assert "Spring came to the post" in guest.request.get("/news/en/rss.xml").text()


APPROVERS = {
    "business": "sokolova", "finance": "morozov", "legal": "nikitin", "security": "ermakov",
    "procurement": "zhukov",
}  # fmt: skip


def decide_by_keyboard(page, keys, pilot, words):
    """Anna Lebedeva decides to scale and signs, and the page of the pilot says so."""
    page.goto(f"/decisions/{pilot}/new/")
    keys.choose("outcome", "scale")
    keys.write("words", words)
    keys.follow("main form .btn.seal")
    keys.follow("main [href*='/sign/'], main form[action*='/sign/'] button")
    if page.url.partition("?")[0].endswith("/sign/"):
        keys.follow("main form .btn.seal")
    page.goto(f"/pilots/{pilot}/")
    expect(page.locator("main")).to_contain_text(words)


def keep(writer, seller, make, deal):
    """What is bought is handed over, returned, handed over again, accepted, paid and closed."""
    make(seller, deal, "hand_over", note="УПД 12")
    make(writer, deal, "return_delivery", reason="Нет списка отделений")
    seller.goto(deal)
    expect(seller.locator("main")).to_contain_text("Нет списка отделений")
    make(seller, deal, "hand_over", note="УПД 12 со списком")
    make(writer, deal, "accept_delivery", paper="ПК-1/А")
    act = writer.locator("main a[href$='/act-ru.pdf']").get_attribute("href")
    assert writer.request.get(act).body()[:5] == b"%PDF-"
    make(writer, deal, "note_payment", paper="778")  # the only payment; today stands there
    make(writer, deal, "fulfil")
    seller.goto(deal)
    expect(seller.locator("main")).to_contain_text("fulfilled")


def test_a_decision_to_scale_becomes_a_contract_that_is_signed_kept_and_paid(
    enter, keyboard, make, ask
):
    """Decision → deal with the promised terms → five approvals → both signatures → acts → money."""
    person = {
        email.partition("@")[0]: str(key)
        for key, email in ask("SELECT id, email FROM participants_person")
    }
    (pilot,) = ask("SELECT number FROM pilots_pilot WHERE state = 'awaiting' ORDER BY number")[0]
    owner = enter("lebedeva", "ru")
    decide_by_keyboard(owner, keyboard(owner), pilot, "Обещанное сбылось, берём во все отделения.")

    # The deal stands there by itself, with what was promised and measured.
    (number,) = ask(
        "SELECT d.number FROM deals_deal d JOIN pilots_pilot p ON p.id = d.pilot_id "
        "WHERE p.number = ?", pilot,
    )[0]  # fmt: skip
    writer = enter("kotova", "ru")
    writer.goto(f"/deals/city/{number}/")
    deal = writer.url
    main = writer.locator("main")
    expect(main).to_contain_text("Обещано в плане")
    expect(main).to_contain_text("Измерено в пилоте")

    make(writer, deal, "set_terms")
    writer.goto(f"{deal}edit/")
    for name, words in {
        "subject": "Год работы помощника.", "amount": "1 220 000,50", "contract": "ПК-1",
        "route_number": "32600000777",
    }.items():  # fmt: skip
        writer.fill(f"[name={name}]", words)
    for name, value in {
        "vat": "22", "route": "sole", "buyer_signatory": person["lebedeva"],
        "seller_signatory": person["kontur"],
    }.items():  # fmt: skip
        writer.select_option(f"[name={name}]", value)
    writer.click(SAVE)
    writer.wait_for_url(deal)
    make(writer, deal, "plan_payment", words="Целиком", amount="1 220 000,50", due_on=TODAY)
    make(writer, deal, "plan_delivery", words="Помощник в десяти отделениях", due_on=TODAY)
    approvers = {kind: person[who] for kind, who in APPROVERS.items()}
    make(writer, deal, "ask_approvals", **approvers)

    seller = enter("kontur", "en")
    seller.goto(deal)
    expect(seller.locator("main")).not_to_contain_text("side by side")  # the buyer's own affair
    for place, who in enumerate(APPROVERS.values(), start=1):
        approver, approval = enter(who), f"{deal}approvals/{place}/"
        approver.goto(approval)
        expect(approver.locator("main")).to_contain_text("Помощник в десяти отделениях")
        make(approver, approval, "give")
    make(owner, deal, "sign")
    make(seller, deal, "sign")

    expect(seller.locator("main")).to_contain_text("in force")
    fact = seller.locator("dt", has_text="Days from decision to signature")
    expect(fact.locator("xpath=following-sibling::dd[1]")).to_have_text("0")
    keep(writer, seller, make, deal)
    writer.goto("/deals/")
    expect(writer.locator("main")).to_contain_text("дней от решения до подписи, медиана")
