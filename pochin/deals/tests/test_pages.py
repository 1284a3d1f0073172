"""The pages of deals: for both sides, absent for others; approvals for the buyer alone."""

from datetime import date
from decimal import Decimal

import pytest
from django.test import Client
from django.urls import reverse

from conftest import NOON, on, plain
from pochin.agreements import lifecycle as agreements
from pochin.agreements.lifecycle import commitments
from pochin.coordination import reach
from pochin.core.lifecycle import Refused
from pochin.deals import lifecycle
from pochin.deals.models import Deal, Payment, RollOut
from pochin.participants.lifecycle import conflicts
from pochin.search import index


@pytest.mark.parametrize("language", ["ru", "en"])
@pytest.mark.parametrize("reader", ["anna", "artem", "vera", "kira", "rita", "nina"])
def test_both_sides_read_it(reader, language, asked, cast, signed_in):
    browser = signed_in(getattr(cast, reader), language)
    title = {"ru": "Весы", "en": "Scales"}[language]

    pages = [browser.get(url) for url in ("/deals/", asked.get_absolute_url())]

    assert [(p.status_code, title in p.content.decode()) for p in pages] == [(200, True)] * 2


@pytest.mark.parametrize("stranger", ["gleb", "ulyana", "boris", "zakhar", "viktor"])
def test_for_others_it_is_absent(stranger, asked, cast, signed_in):
    browser = signed_in(getattr(cast, stranger))

    hidden = browser.get(asked.get_absolute_url())
    absent = browser.get(reverse("deals:deal", args=["city", 99]))

    assert (hidden.status_code, plain(hidden)) == (404, plain(absent))
    assert "Scales" not in browser.get("/deals/").content.decode()


def test_a_guest_is_asked_to_sign_in(asked):
    paths = ["/deals/", "/deals/money/", "/deals/payments/", asked.get_absolute_url()]

    assert [Client().get(path).status_code for path in paths] == [302] * 4


def test_who_has_a_tie_to_the_seller_reads_nothing(asked, cast, signed_in):
    conflicts.declare(cast.amber, by=cast.vera, ground="family", at=NOON)

    assert signed_in(cast.vera).get(asked.get_absolute_url()).status_code == 404


def test_the_seller_reads_neither_approvals_nor_remarks(asked, cast, ludmila, signed_in):
    legal = asked.approvals.get(kind="legal")
    lifecycle.send_back(legal, by=ludmila, reason="Слишком дорого.", at=NOON)
    buyer, seller = signed_in(cast.vera), signed_in(cast.anna)
    url = asked.get_absolute_url()

    assert "Legal" in buyer.get(url).content.decode().title()
    assert "approvals/" not in seller.get(url).content.decode()
    assert "Слишком дорого." in buyer.get(legal.get_absolute_url()).content.decode()
    assert seller.get(legal.get_absolute_url()).status_code == 404


def test_a_deal_is_found_by_words_and_by_its_company(asked, cast, signed_in):
    index.reindex(Deal)
    browser = signed_in(cast.vera)

    found = [browser.get(f"/deals/?q={words}").context["listing"].total for words in
             ("весы", "Amber", "самокат")]  # fmt: skip

    assert found == [1, 1, 0]


@pytest.mark.parametrize("kind", ["csv", "xlsx", "json"])
def test_lists_are_taken_out_as_files(kind, in_force, cast, signed_in):
    browser = signed_in(cast.vera)

    answers = [browser.get(f"{path}?file={kind}") for path in ("/deals/", "/deals/payments/")]

    assert [a.status_code for a in answers] == [200, 200]
    assert all(len(b"".join(a.streaming_content) if a.streaming else a.content) > 80
               for a in answers)  # fmt: skip


def test_a_deal_is_led_from_the_decision_to_the_signature_in_the_browser(
    decided, cast, nikita, ludmila, olga, signed_in
):
    lawyer, post, anna = signed_in(nikita), signed_in(olga), signed_in(cast.anna)
    url = decided.get_absolute_url()
    lawyer.post(f"{url}set_terms/")
    given = {
        "kind": "purchase", "title_ru": "Сортировщик", "subject": "Сортировщики",
        "amount": "1 220 000,00", "currency": "RUB", "vat": "22", "route": "sole",
        "route_number": "32615000001", "manager": nikita.pk, "buyer_signatory": olga.pk,
        "seller_signatory": cast.anna.pk,
    }  # fmt: skip
    written = lawyer.post(f"{url}edit/", given)
    lawyer.post(
        f"{url}plan_payment/", {"words": "Всё", "amount": "1 220 000", "due_on": "2046-12-01"}
    )
    people = {"business": cast.nina, "finance": cast.lev, "legal": ludmila,
              "security": cast.mila, "procurement": cast.vera}  # fmt: skip
    lawyer.post(f"{url}ask_approvals/", {k: p.pk for k, p in people.items()})
    for approval in decided.approvals.all():
        signed_in(approval.approver).post(f"{approval.get_absolute_url()}give/")
    post.post(f"{url}sign/")
    anna.post(f"{url}sign/")
    decided.refresh_from_db()

    assert (written.status_code, written.url) == (302, url)
    assert (decided.state, decided.vat) == ("in_force", 22)
    assert decided.days_to_sign is not None


@pytest.mark.parametrize(
    ("changes", "sentence"),
    [
        ({"amount": "много"}, "This is not a number"),
        ({"starts_on": "2026-05-02", "ends_on": "2026-05-01"}, "must not end before it begins"),
        ({"route": "sole", "route_number": ""}, "needs the number of the procurement"),
    ],
)
def test_bad_terms_are_one_sentence_and_what_was_typed_stays(
    changes, sentence, terms, nikita, signed_in
):
    given = {"kind": "purchase", "title_ru": "Весы", "subject": "Набрано", "currency": "RUB",
             "amount": "5", **changes}  # fmt: skip

    answer = signed_in(nikita).post(f"{terms.get_absolute_url()}edit/", given)
    body = answer.content.decode()

    assert answer.status_code == 422
    assert sentence in body
    assert "Набрано" in body
    terms.refresh_from_db()
    assert terms.subject == "Весы с объёмом, 100 штук."


def test_a_term_before_the_decision_is_refused(decided, nikita, signed_in):
    lifecycle.set_terms(decided, by=nikita, at=on(5, 7))
    given = {"kind": "purchase", "title_ru": "В", "currency": "RUB", "starts_on": "2026-05-01"}

    answer = signed_in(nikita).post(f"{decided.get_absolute_url()}edit/", given)

    assert "must not begin before the decision" in answer.content.decode()


# The roll-out


@pytest.fixture
def rolling(in_force, nikita, offices):
    roll_out = lifecycle.plan_roll_out(in_force, by=nikita, at=on(3, 6))
    lifecycle.plan_wave(
        roll_out, by=nikita, planned_on=date(2026, 3, 16), sites=offices[:3], at=on(3, 6)
    )
    return lifecycle.start(roll_out, by=nikita, at=on(3, 16))


def test_a_roll_out_goes_by_waves_until_every_site_works(rolling, nikita, offices, signed_in):
    browser, url = signed_in(nikita), rolling.get_absolute_url()
    wave = rolling.waves.get()
    browser.post(f"{url}plan_wave/", {"planned_on": "2026-04-01", "places": "101004, 101005"})
    browser.post(f"{url}note_adoption/", {"wave": wave.pk, "adopted_on": "2026-03-17"})
    half = browser.get(url).context["adopted"]
    early = browser.post(f"{url}complete/", follow=True).content.decode()
    second = rolling.waves.get(number=2)
    browser.post(f"{url}note_adoption/", {"wave": second.pk, "adopted_on": "2026-04-02"})
    browser.post(f"{url}complete/")
    rolling.refresh_from_db()

    assert (half["done"], half["planned"]) == (3, 5)
    assert "Not every planned site works with it yet." in early
    assert rolling.state == "complete"


def test_a_site_that_is_not_there_is_named(rolling, nikita, signed_in):
    answer = signed_in(nikita).post(
        f"{rolling.get_absolute_url()}plan_wave/",
        {"planned_on": "2026-04-01", "places": "101004 555555"},
    )

    assert "There is no site with this number: 555555." in answer.content.decode()
    assert rolling.waves.count() == 1


def test_the_metric_of_the_pilot_goes_on_being_measured(rolling, nikita, signed_in):
    Deal.objects.update(
        promised={"metric": "delay", "unit": "min", "direction": "lower", "threshold": 1.0,
                  "sites": 12, "money": {},
                  "measured": {"estimate": -4.0, "low": -4.5, "high": -3.5}}
    )  # fmt: skip
    browser, url = signed_in(nikita), rolling.get_absolute_url()
    browser.post(
        f"{url}note_benefit/",
        {"first_day": "2026-03-17", "last_day": "2026-03-31", "sites": "3", "effect": "-0,8",
         "source": "Отчёт"},
    )  # fmt: skip
    line = browser.get(url).context["realised"][0]

    assert line.share == pytest.approx(0.8)
    assert "80%" in browser.get(url).content.decode()
    assert "−0.8\u00a0min" in browser.get(rolling.deal.get_absolute_url()).content.decode()


def test_without_a_metric_no_benefit_is_noted(rolling, nikita, signed_in):
    answer = signed_in(nikita).post(
        f"{rolling.get_absolute_url()}note_benefit/",
        {"first_day": "2026-03-17", "last_day": "2026-03-31", "sites": "3", "effect": "1",
         "source": "Отчёт"}, follow=True,
    )  # fmt: skip

    assert "The pilot had no metric to measure on." in answer.content.decode()


def test_a_frozen_roll_out_goes_on_or_is_rolled_back(rolling, nikita):
    lifecycle.freeze(rolling, by=nikita, reason="Жалобы.", at=on(3, 20))
    lifecycle.resume(rolling, by=nikita, at=on(3, 23))
    lifecycle.freeze(rolling, by=nikita, reason="Снова жалобы.", at=on(3, 25))
    lifecycle.roll_back(rolling, by=nikita, reason="Не прижилось.", at=on(3, 27))

    assert RollOut.objects.get().state == "rolled_back"


def test_a_site_stands_in_one_wave(rolling, nikita, offices):
    with pytest.raises(Refused, match="already stands in a wave"):
        lifecycle.plan_wave(
            rolling, by=nikita, planned_on=date(2026, 4, 1), sites=offices[2:4], at=on(3, 17)
        )


@pytest.mark.parametrize(
    ("move", "given", "sentence"),
    [
        ("note_adoption", {"adopted_on": "2026-03-01"}, "before the contract is signed"),
        ("note_adoption", {"adopted_on": "2099-03-01"}, "This day has not come yet"),
        ("plan_wave", {"planned_on": "2026-03-01", "places": "101004"}, "after the contract is"),
    ],
)
def test_a_day_that_cannot_be_is_one_sentence(move, given, sentence, rolling, nikita, signed_in):
    if move == "note_adoption":
        given = {"wave": rolling.waves.get().pk, **given}
    answer = signed_in(nikita).post(f"{rolling.get_absolute_url()}{move}/", given)

    assert sentence in answer.content.decode()
    assert rolling.waves.get().places.filter(adopted_on__isnull=False).count() == 0


# What is said about it --------------------------------------------------------------------------


def test_both_sides_of_a_deal_speak_about_it(terms, cast, nikita, signed_in):
    url = f"/coordination/talk/{reach.token(terms)}/"
    assert {"Anna", "Nikita", "Vera"} <= {str(person) for person in reach.concerned(terms)}

    signed_in(cast.anna).post(url, {"text": "Аванс до марта?"})

    for reader in (cast.anna, nikita):
        browser = signed_in(reader)
        assert url in browser.get(terms.get_absolute_url()).content.decode()
        assert "Аванс до марта?" in browser.get(url).content.decode()
    assert signed_in(cast.gleb).get(url).status_code == 404


@pytest.mark.parametrize(
    ("words", "found"),
    [("аванс", ["Аванс"]), ("остаток", ["Остаток"]), ("весы", ["Аванс", "Остаток"]),
     ("77/26", ["Аванс", "Остаток"]), ("Amber", ["Аванс", "Остаток"]), ("самокат", [])],
)  # fmt: skip
def test_a_payment_is_found_by_its_words_and_those_of_its_deal(
    words, found, in_force, cast, signed_in
):
    index.reindex(Payment)
    page = signed_in(cast.vera).get("/deals/payments/", {"q": words})
    hidden = signed_in(cast.gleb).get("/deals/payments/", {"q": words})

    assert sorted(str(one) for one in page.context["listing"].page.things) == found
    assert hidden.context["listing"].total == 0


def test_a_new_payment_is_found_at_once(
    terms, nikita, cast, signed_in, django_capture_on_commit_callbacks
):
    with django_capture_on_commit_callbacks(execute=True):
        lifecycle.plan_payment(
            terms, by=nikita, at=NOON, words="Обучение", due_on=date(2026, 4, 1),
            amount=Decimal(10),
        )  # fmt: skip

    page = signed_in(cast.vera).get("/deals/payments/?q=обучение")
    assert page.context["listing"].total == 1


def test_a_promise_is_not_taken_for_an_agreement_by_its_number(cast, signed_in):
    """С-001.3 is the third promise of the first agreement, and not the agreement С-3."""
    made = agreements.begin(
        cast.city, by=cast.vera, at=NOON, kind="pilot", title_ru="О пилоте", title_en="On a pilot",
        text_ru="Стороны договорились.", starts_on=NOON.date(),
    )  # fmt: skip
    for company in (cast.amber, cast.post):
        agreements.add_party(made, by=cast.vera, organisation=company, at=NOON)
    for _n in range(2):
        commitments.plan(
            made, by=cast.vera, at=NOON, owes=cast.post, to=cast.amber, kind="event",
            text_ru="Встреча", starts_on=NOON.date(), due_on=NOON.date(),
        )  # fmt: skip

    assert reach.by_code(f"С-{made.number}", cast.vera) == made
    assert reach.by_code(f"С-{made.number + 1}", cast.vera) is None


def test_two_who_write_the_terms_at_once_overwrite_no_sum_unseen(terms, nikita, cast, signed_in):
    url = f"{terms.get_absolute_url()}edit/"
    first, second = signed_in(nikita), signed_in(cast.vera)
    form = second.get(url).context["form"]
    opened = {name: form[name].value() for name in form.fields}
    opened = {name: "" if value is None else str(value) for name, value in opened.items()}
    assert first.post(url, {**opened, "amount": "1230000.00"}).status_code == 302

    answer = second.post(url, {**opened, "subject": "Весы, 200 штук."})
    terms.refresh_from_db()

    assert "Somebody changed it while you were writing" in answer.content.decode()
    assert "Весы, 200 штук." in answer.content.decode()
    assert (terms.amount, terms.subject) == (Decimal("1230000.00"), "Весы с объёмом, 100 штук.")
