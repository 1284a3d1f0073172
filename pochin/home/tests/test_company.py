"""What a company finds of its own on the first page."""

import re

from conftest import NOON
from pochin.deals import lifecycle as deals


def card(page, title):
    """The card with this heading; empty where there is none."""
    found = re.search(rf"<h2>(?:<a[^>]*>)?{title}.*?</section>", page, re.DOTALL)
    return found[0] if found else ""


def test_a_company_reads_how_far_its_pilots_are_and_who_is_waited_for(running, cast, signed_in):
    own = card(signed_in(cast.anna).get("/").content.decode(), "My pilots")
    rivals = signed_in(cast.gleb).get("/").content.decode()

    assert running.get_absolute_url() in own
    assert "running" in own.lower()
    assert running.get_absolute_url() not in rivals
    assert "My pilots" not in rivals


def test_a_seller_reads_its_deals_with_the_buyer_and_a_stranger_does_not(cast, signed_in):
    deal = deals.begin(
        cast.city, by=cast.vera, at=NOON, title_ru="Весы", title_en="Scales",
        buyer=cast.post, seller=cast.amber,
    )  # fmt: skip

    own = card(signed_in(cast.anna).get("/").content.decode(), "My deals")
    rivals = signed_in(cast.gleb).get("/").content.decode()

    assert deal.get_absolute_url() in own
    assert f"buyer: {cast.post}" in own
    assert "My deals" not in rivals
