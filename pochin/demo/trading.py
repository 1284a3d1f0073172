"""What followed from the decisions of the demonstration: a contract, a roll-out, exports."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date, datetime, timedelta
from decimal import Decimal
from typing import Any

from django.core.files.uploadedfile import SimpleUploadedFile
from django.utils import timezone

from pochin.deals import following, receiving
from pochin.deals import lifecycle as deals
from pochin.deals.models import ApprovalKind, Deal, RollOut
from pochin.demo.people import Cast
from pochin.exports import declaration
from pochin.exports import lifecycle as exports
from pochin.exports.models import Project
from pochin.files.intake import receive
from pochin.participants.models import Person
from pochin.sites.models import Site

STEPS = 20  # into so many steps the time from the decision to today is divided
WAVE = 6


def tell(cast: Cast, offices: list[Site], *, now: datetime) -> None:
    """Lead the deal of the first decision to scale to a roll-out, and two companies abroad."""
    deal = Deal.objects.filter(seller=cast.companies["optika"]).first()
    if deal is not None:
        Deal.objects.filter(pk=deal.pk).update(is_demonstration=True)
        deal.refresh_from_db()
        _contract(deal, cast, offices, now)
        _reader_abroad(deal, cast, now)
    _scales_abroad(cast, now)
    _cases_abroad(cast, now)


def _contract(deal: Deal, cast: Cast, offices: list[Site], now: datetime) -> None:
    step = (now - deal.opened_at) / STEPS

    def at(steps: float) -> datetime:
        return max(deal.opened_at, _in_office_hours(deal.opened_at + steps * step))

    def day(steps: float) -> date:
        return timezone.localdate(at(steps))

    # Who writes the terms does not approve them: the coordinator writes, the lawyer approves.
    writer, head, seller = cast.kotova, cast.lebedeva, cast.people["optika"]
    deals.set_terms(deal, by=writer, at=at(1))
    deals.edit(
        deal,
        by=writer,
        at=at(2),
        subject="Установка и годовая работа считывателя адресов в 60 отделениях. // An address reader put in and at work for a year in 60 offices.",
        volume="60 считывателей, год работы // 60 readers, a year of work",
        sites_planned=60,
        amount=Decimal("7320000.00"),
        vat=Decimal(22),
        route="sole",
        route_number="32600000001",
        contract="ОЛ-26/1",
        buyer_signatory=head,
        seller_signatory=seller,
    )
    for words, amount, due in (
        ("Аванс 30 % // Advance of 30%", "2196000.00", at(12).date()),
        ("После первой волны // After the first wave", "3660000.00", at(18).date()),
        (
            "После последней волны // After the last wave",
            "1464000.00",
            now.date() + timedelta(days=40),
        ),
    ):
        deals.plan_payment(
            deal, by=writer, at=at(2), words=words, due_on=due, amount=Decimal(amount)
        )
    for words, due, amount in (
        ("Первая волна: 6 отделений // First wave: 6 offices", at(12).date(), "732000.00"),
        (
            "Последняя волна: 54 отделения // Last wave: 54 offices",
            now.date() + timedelta(days=30),
            "6588000.00",
        ),
    ):
        deals.plan_delivery(
            deal, by=writer, at=at(2), words=words, due_on=due, amount=Decimal(amount)
        )
    deals.add_right(
        deal,
        by=writer,
        at=at(2),
        origin="background",
        kind="program",
        title="Распознаватель адресов // Address recogniser",
        owner=deal.seller,
        registration="2024600001",
    )
    deals.add_licence(
        deal,
        by=writer,
        at=at(2),
        right=deal.rights.get(),
        licensee=deal.buyer,
        territory="Россия // Russia",
        starts_on=day(8),
        ends_on=day(8) + timedelta(days=364),
        royalty=Decimal("2.5"),
        base="услуги, при которых адрес читает считыватель // services in which the reader reads the address",
        every="quarter",
    )
    named = [cast.sokolova, cast.morozov, cast.nikitin, cast.ermakov, cast.zhukov]
    approvers = dict(zip(ApprovalKind.values, named, strict=True))
    deals.ask_approvals(deal, by=writer, approvers=approvers, at=at(3))
    for n, approval in enumerate(deal.approvals.order_by("number")):
        deals.give(approval, by=approval.approver, at=at(4 + n / 2))
    deals.sign(deal, by=head, at=at(7))
    deals.sign(deal, by=seller, at=at(8))
    wave = deal.deliveries.get(number=1)
    deals.hand_over(
        deal, by=seller, delivery=wave, handed_on=day(11), at=at(11),
        note="Накладная 41: шесть считывателей, приняты начальниками отделений. // Waybill 41: six readers, accepted by the heads of the offices.",
    )  # fmt: skip
    deals.accept_delivery(
        deal, by=writer, delivery=deal.deliveries.get(number=1), accepted_on=day(12),
        paper="ОЛ-26/1-1", at=at(12),
    )  # fmt: skip
    first = deal.payments.get(number=1)
    deals.note_payment(deal, by=writer, payment=first, paid_on=day(12), paper="1204", at=at(13))
    _roll_out(deal, cast, offices, at, day)


def _in_office_hours(moment: datetime) -> datetime:
    """The same day between ten and six; a weekend becomes the end of its Friday. Keeps order."""
    local = timezone.localtime(moment)
    share = (local.hour * 60 + local.minute) / (24 * 60)
    midnight = local.replace(hour=0, minute=0, second=0, microsecond=0)
    if local.weekday() < 5:
        return midnight + timedelta(hours=10, minutes=int(480 * share))
    days = local.weekday() - 4
    return (
        midnight
        - timedelta(days=days)
        + timedelta(hours=18, minutes=int(25 * (days - 1) + 20 * share))
    )


def _roll_out(
    deal: Deal,
    cast: Cast,
    offices: list[Site],
    at: Callable[[float], datetime],
    day: Callable[[float], date],
) -> None:
    tried = set(deal.pilot.slots.values_list("site_id", flat=True)) if deal.pilot else set()
    offices = [office for office in offices if office.pk not in tried]
    roll_out = deals.plan_roll_out(deal, by=cast.kotova, at=at(9))
    for n, planned in enumerate((10, 16)):
        sites = offices[WAVE * n : WAVE * (n + 1)]
        deals.plan_wave(roll_out, by=cast.kotova, planned_on=day(planned), sites=sites, at=at(9))
    deals.start(roll_out, by=cast.kotova, at=at(10))
    numbers = [site.number for site in offices[:WAVE]]
    deals.note_adoption(
        roll_out,
        by=cast.kotova,
        wave=roll_out.waves.get(number=1),
        adopted_on=day(11),
        numbers=numbers,
        at=at(12),
    )
    _follow(roll_out, cast, offices[: 2 * WAVE], began=day(11), last=day(17), at=at(17))


def _follow(
    roll_out: RollOut, cast: Cast, offices: list[Site], *, began: date, last: date, at: datetime
) -> None:
    """The offices of both waves send the metric of the pilot on, three weeks back and until now."""
    known = following.frame(roll_out)
    assert known is not None, "the demonstration deal comes from a pilot with a plan"
    promised = roll_out.deal.promised
    effect = 0.9 * promised["measured"]["estimate"]
    count = (last - began).days + 22
    days = [began + timedelta(days=n - 21) for n in range(count)]
    rows = ["unit;at;metric;value"]
    for place, office in enumerate(offices):
        for day in days:
            noise = (place * 37 + day.toordinal() * 11) % 13 / 6 - 1
            works = place < WAVE and day >= began
            value = 12 + place % 5 + noise + (effect + place % 3 / 4 if works else 0)
            rows.append(f"{office.number};{day};{known.metric.code};{value:.2f}")
    table = SimpleUploadedFile("after_the_pilot.csv", "\n".join([*rows, ""]).encode())
    kept, taken = receiving.readings(roll_out, table, at=at)
    deals.send_readings(roll_out, by=cast.kotova, kept=kept, taken=taken, at=at)


def _begin(company: str, cast: Cast, at: datetime, **fields: Any) -> Project:
    project = exports.begin(
        cast.city,
        by=cast.people[company],
        organisation=cast.companies[company],
        at=at,
        form="goods",
        **fields,
    )
    Project.objects.filter(pk=project.pk).update(is_demonstration=True)
    project.refresh_from_db()
    return project


def _reader_abroad(deal: Deal, cast: Cast, now: datetime) -> None:
    """From the proof of the pilot to the first contract, with a trial item on its way."""
    optika, helper = cast.people["optika"], cast.larina

    def ago(days: float) -> datetime:
        return now - timedelta(days=days)

    project = _begin(
        "optika", cast, ago(13), title_ru="Считыватель адресов", title_en="Address reader"
    )
    exports.take_on(project, by=helper, at=ago(13))
    exports.edit(
        project,
        by=optika,
        at=ago(13),
        customs_en="Optical address reader for parcels",
        weight_g=1800,
        length_mm=280,
        width_mm=180,
        height_mm=140,
        price=Decimal("1450.00"),
        currency="USD",
        forecast="30 штук за первый год, дальше сервис. // 30 pieces in the first year, then service.",
    )
    exports.classify(project, by=optika, code="8471900000", at=ago(12))
    assert deal.pilot is not None, "the demonstration deal comes from a pilot"
    certificate = deal.pilot.certificates.get()
    exports.attach_certificate(project, by=optika, certificate=certificate, at=ago(12))
    exports.assess(project, by=optika, at=ago(12))
    exports.set_targets(project, by=optika, countries=["KAZ", "UZB", "SRB"], at=ago(11))
    exports.answer_control(
        project, by=optika, answer="free", paper="ЭК-114", on=ago(11).date(), at=ago(10)
    )
    exports.prepare(project, by=optika, at=ago(10))
    evidence = {
        "certificates": "Сертификат ЕАЭС действует и в Казахстане // The certificate of the EAEU holds in Kazakhstan, too",
        "localisation": "Экран на казахском // The screen is in Kazakh",
        "prices": "Прайс-лист в долларах // A price list in dollars",
        "translation": "Паспорт изделия на английском // The data sheet is in English",
        "rights": "Товарный знак подан в Казахстане // The trade mark is filed in Kazakhstan",
        "payment": "Счёт в тенге открыт // An account in tenge is open",
        "logistics": "Мелкий пакет, 12 дней // A small packet, 12 days",
    }
    for line, words in evidence.items():
        exports.note_ready(project, by=optika, line=line, evidence=words, at=ago(9))
    exports.add_support(
        project,
        by=helper,
        words="Бизнес-миссия в Астану // A business mission to Astana",
        given_by="Экспортный центр // Export centre",
        on=ago(8).date(),
        at=ago(8),
    )
    exports.add_barrier(
        project,
        by=optika,
        words="Нет сервиса на месте // No service on the spot",
        answer="Обучаем партнёра // We train the partner",
        on=ago(8).date(),
        at=ago(8),
    )
    exports.find_market(project, by=optika, at=ago(8))
    exports.name_partner(
        project,
        by=optika,
        partner="Steppe Post Demo",
        partner_country="KZ",
        partner_address="Astana, Demo st. 1",
        partner_contact="demo@steppe.example",
        at=ago(7),
    )
    exports.negotiate(project, by=optika, at=ago(7))
    exports.answer_contents(project, by=optika, prohibited=[], at=ago(6))
    exports.give_range(
        project, by=optika, service="RB", country="RU", first=90000001, last=90000050, at=ago(6)
    )
    exports.fill_declaration(project, by=optika, content=_sample(project), at=ago(6))
    _send(project, optika, now)
    paper = SimpleUploadedFile("contract.txt", "Демонстрационный договор".encode())
    exports.add_contract(
        project,
        by=optika,
        paper="OL-KZ-1",
        signed_on=ago(3).date(),
        amount=Decimal("14500.00"),
        currency="USD",
        document=receive(paper, by=optika, at=ago(3)),
        at=ago(3),
    )
    exports.sign_first(project, by=optika, at=ago(3))


def _sample(project: Project) -> dict:
    sender = {"name": "Optika Logistic", "street": "Demo st. 1", "city": "Moscow",
              "postcode": "101000", "country": "RU"}  # fmt: skip
    addressee = {"name": project.partner, "street": "Demo st. 1", "city": "Astana",
                 "postcode": "010000", "country": "KZ"}  # fmt: skip
    article = {"description": project.customs_en, "quantity": 1, "net_weight_g": project.weight_g,
               "value": project.price, "hs_code": project.goods_code, "origin": "RU"}  # fmt: skip
    return declaration.document(
        form="CN23",
        category="sample",
        currency="USD",
        gross_weight_g=1950,
        sender=sender,
        addressee=addressee,
        importer_contact=project.partner_contact,
        articles=[article],
    )


def _send(project: Project, by: Person, now: datetime) -> None:
    item = project.declarations.get().content["item"]
    sent = now - timedelta(days=5)
    exports.send_item(project, by=by, item=item, on=sent.date(), at=sent)
    events = [
        {
            "at": sent + timedelta(hours=hours),
            "operation": operation,
            "attribute": attribute,
            "place": place,
        }
        for hours, operation, attribute, place in (
            (1, 1, 1, "Москва 101000"),
            (20, 8, 3, "Москва"),
            (44, 14, 1, "Москва"),
            (60, 10, 0, "Москва"),
        )
    ]
    exports.note_event(project, by=by, shipment=project.shipments.get(), events=events, at=now)


def _scales_abroad(cast: Cast, now: datetime) -> None:
    """Described and classified; export control has not been asked yet."""
    by, at = cast.people["vesy"], now - timedelta(days=4)
    project = _begin("vesy", cast, at, title_ru="Весы для посылок", title_en="Parcel scales")
    exports.edit(
        project,
        by=by,
        at=at,
        customs_en="Parcel scales with size measuring",
        weight_g=24000,
        length_mm=700,
        width_mm=500,
        height_mm=300,
        price=Decimal("2100.00"),
        currency="USD",
    )
    exports.classify(project, by=by, code="8423829000", at=at)
    exports.assess(project, by=by, at=at)


def _cases_abroad(cast: Cast, now: datetime) -> None:
    """A product whose markets are known by their figures: heading 4415."""
    by, helper = cast.people["holod"], cast.larina

    def ago(days: float) -> datetime:
        return now - timedelta(days=days)

    project = _begin(
        "holod", cast, ago(9), title_ru="Термоящик для лекарств",
        title_en="Insulated case for medicines",
    )  # fmt: skip
    exports.take_on(project, by=helper, at=ago(8))
    exports.edit(
        project,
        by=by,
        at=ago(8),
        customs_en="Insulated plywood case",
        weight_g=6400,
        length_mm=480,
        width_mm=360,
        height_mm=340,
        price=Decimal("185.00"),
        currency="EUR",
        forecast="400 ящиков за первый год. // 400 cases in the first year.",
    )
    exports.classify(project, by=by, code="4415101000", at=ago(8))
    exports.assess(project, by=by, at=ago(7))
    exports.set_targets(project, by=by, countries=["DEU", "POL", "CZE"], at=ago(6))
