"""What was sold abroad: every total of the portfolio opens the list it was added from."""

from datetime import date
from decimal import Decimal

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.utils import timezone

from conftest import NOON
from pochin.exports import lifecycle as exports
from pochin.exports.models import Contract, Project, Shipped
from pochin.files.intake import receive
from pochin.portfolio import abroad, counting


@pytest.fixture
def sold(cast):
    """Three contracts in two years with two countries, one of them shipped."""
    file = receive(SimpleUploadedFile("c.txt", "Договор".encode()), by=cast.anna, at=NOON)
    rows = [("KZ", 2025, "100.10"), ("KZ", 2026, "200.20"), ("IT", 2026, "50.00")]
    for place, (country, year, roubles) in enumerate(rows, start=1):
        project = exports.begin(
            cast.city, by=cast.anna, organisation=cast.amber, title_ru="Весы", form="goods",
            at=NOON,
        )  # fmt: skip
        Project.objects.filter(pk=project.pk).update(
            partner="Partner", partner_country=country, state="first_contract"
        )
        contract = Contract.objects.create(
            project=project, number=1, paper=f"№{place}", signed_on=date(year, 2, 1),
            amount=Decimal(1), currency="USD", document=file, roubles=Decimal(roubles),
            rate_on=date(year, 2, 1),
        )  # fmt: skip
    Shipped.objects.create(
        contract=contract, number=1, on=date(2026, 3, 1), amount=Decimal(1),
        roubles=Decimal("40.00"), rate_on=date(2026, 3, 1),
    )  # fmt: skip


def test_contracts_are_added_up_by_year_and_by_country(sold, vera):
    years = [(s.name, s.count, s.signed, s.shipped) for s in abroad.sold(vera)["year"]]
    countries = [(s.name, s.count, s.signed, s.shipped) for s in abroad.sold(vera)["country"]]

    assert years == [
        ("2026", 2, Decimal("250.20"), Decimal("40.00")), ("2025", 1, Decimal("100.10"), 0),
    ]  # fmt: skip
    assert countries == [
        ("Kazakhstan", 2, Decimal("300.30"), 0), ("Italy", 1, Decimal("50.00"), Decimal("40.00")),
    ]  # fmt: skip


def test_every_total_opens_the_contracts_it_added(sold, vera, signed_in):
    browser = signed_in(vera)

    totals = abroad.sold(vera)
    for line in [*totals["year"], *totals["country"]]:
        found = browser.get(line.href).context["listing"].things
        assert sum(one.roubles for one in found) == line.signed
        assert sum(one.shipped_roubles or 0 for one in found) == line.shipped
        assert len(found) == line.count


def test_every_stage_opens_its_projects(sold, vera, signed_in):
    (stage,) = abroad.stages(counting.counted(vera, at=timezone.now()).projects)
    listing = signed_in(vera).get(stage.href).context["listing"]

    assert (str(stage.words), stage.count) == ("first contract", 3)
    assert len(listing.things) == 3


@pytest.mark.parametrize("stranger", ["gleb", "ulyana", "boris"])
def test_others_learn_nothing_of_it(stranger, sold, cast):
    person = getattr(cast, stranger)

    assert abroad.stages(counting.counted(person, at=timezone.now()).projects) == []
    assert abroad.sold(person) == {"year": [], "country": []}


def test_the_page_of_the_portfolio_says_it(sold, vera, signed_in):
    page = signed_in(vera).get("/portfolio/").content.decode()

    assert "Kazakhstan" in page
    assert "/exports/contracts/?country=KZ" in page
