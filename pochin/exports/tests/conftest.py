"""An export project of Amber on each step, with a few facts to stand on; Ksenia helps it."""

from datetime import UTC, date, datetime
from decimal import Decimal

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile

from conftest import NOON, person
from pochin.exports import lifecycle
from pochin.files.intake import receive
from pochin.markets.models import Country, Heading, Rate, Run
from pochin.participants.models import RoleHeld
from pochin.participants.policy import Role

CODES = [
    ("842310", "весы для взвешивания людей; весы бытовые", "Weighing machines; personal", 1, 1, 0),
    ("842381", "весы до 30 кг", "Weighing machines; capacity 30kg or less", 1, 1, 0),
    ("8423101000", "весы бытовые", "Weighing machines; personal", 0, 0, 1),
    ("440711", "лесоматериалы сосновые", "Wood; pine, sawn", 1, 1, 0),
    ("440710", "", "Wood; coniferous species", 1, 0, 0),
    ("0101210000", "лошади племенные", "Horses; live", 0, 0, 1),
    ("010121", "лошади племенные", "Horses; live", 1, 1, 0),
]


@pytest.fixture
def source(db):
    return Run.objects.create(number=1, kind="facts", file="facts.csv", sha256="0" * 64, at=NOON)


@pytest.fixture
def codes(source):
    return Heading.objects.bulk_create(
        Heading(code=code, digits=len(code), name_ru=ru, name_en=en, in_hs2017=bool(a),
                in_hs2022=bool(b), in_eaeu=bool(c), run=source)
        for code, ru, en, a, b, c in CODES
    )  # fmt: skip


@pytest.fixture
def countries(source):
    return Country.objects.bulk_create(
        Country(code=three, alpha2=two, run=source)
        for three, two in [("KAZ", "KZ"), ("ITA", "IT"), ("DEU", "DE")]
    )


@pytest.fixture
def rates(source):
    return Rate.objects.bulk_create(
        Rate(currency=currency, day=date(2026, 2, 27), nominal=nominal, roubles=roubles,
             run=source)
        for currency, nominal, roubles in [
            ("USD", 1, Decimal("80.5")), ("KZT", 100, Decimal("15.5")), ("XDR", 1, Decimal("110")),
        ]
    )  # fmt: skip


@pytest.fixture
def ksenia(cast):
    """The export manager of the city programme."""
    made = person("ksenia")
    RoleHeld.objects.create(
        person=made, programme=cast.city, code=Role.EXPORT_MANAGER, since=date(2026, 1, 1)
    )
    return made


@pytest.fixture
def idea(cast):
    return lifecycle.begin(
        cast.city, by=cast.anna, organisation=cast.amber, at=NOON,
        title_ru="Весы почтовые", title_en="Postal scales", form="goods",
    )  # fmt: skip


PRODUCT = {
    "customs_en": "Electronic postal scales", "weight_g": 1500, "length_mm": 300, "width_mm": 250,
    "height_mm": 120, "price": Decimal("100.00"), "currency": "USD",
}  # fmt: skip
PARTNER = {
    "partner": "Kazpost", "partner_country": "KZ", "partner_address": "Astana, Beibitshilik 37",
    "partner_contact": "+7 7172 000000",
}  # fmt: skip


@pytest.fixture
def assessed(idea, cast, codes):
    lifecycle.edit(idea, by=cast.anna, at=NOON, **PRODUCT)
    lifecycle.classify(idea, by=cast.anna, code="8423 10 100 0", at=NOON)
    return lifecycle.assess(idea, by=cast.anna, at=NOON)


@pytest.fixture
def preparing(assessed, cast, countries):
    lifecycle.set_targets(assessed, by=cast.anna, countries=["KAZ", "ITA"], at=NOON)
    lifecycle.answer_control(
        assessed, by=cast.anna, answer="free", paper="ЭК-12", on=date(2026, 2, 20), at=NOON
    )
    return lifecycle.prepare(assessed, by=cast.anna, at=NOON)


@pytest.fixture
def negotiating(preparing, cast):
    for line in ("certificates", "localisation", "prices", "translation", "rights", "payment",
                 "logistics"):  # fmt: skip
        lifecycle.note_ready(preparing, by=cast.anna, line=line, evidence="Есть.", at=NOON)
    lifecycle.find_market(preparing, by=cast.anna, at=NOON)
    lifecycle.name_partner(preparing, by=cast.anna, at=NOON, **PARTNER)
    return lifecycle.negotiate(preparing, by=cast.anna, at=NOON)


@pytest.fixture
def posted(negotiating, cast):
    """The contents are allowed, and a range of numbers is there."""
    lifecycle.answer_contents(negotiating, by=cast.anna, prohibited=[], at=NOON)
    lifecycle.give_range(
        negotiating, by=cast.anna, service="RB", country="RU", first=12345678, last=12345679,
        at=NOON,
    )  # fmt: skip
    return negotiating


@pytest.fixture
def paper(cast):
    text = SimpleUploadedFile("contract.txt", "Договор".encode())
    return receive(text, by=cast.anna, at=NOON)


@pytest.fixture
def contracted(posted, cast, paper, rates):
    lifecycle.add_contract(
        posted, by=cast.anna, paper="KZ-1", signed_on=date(2026, 3, 1),
        amount=Decimal("12000.00"), currency="USD", document=paper, at=NOON,
    )  # fmt: skip
    return lifecycle.sign_first(posted, by=cast.anna, at=NOON)


LATER = datetime(2026, 3, 5, 9, tzinfo=UTC)
