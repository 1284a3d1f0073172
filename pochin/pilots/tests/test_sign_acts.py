"""The acts of a keeper's sites, read and signed together, each as by its own button."""

import re
from datetime import date

import pytest

from conftest import NOON, on, plain
from pochin.core import signatures
from pochin.core.models import Entry, Signature
from pochin.participants.models import Seat
from pochin.pilots import lifecycle
from pochin.pilots.models import SiteSlot, SlotState
from pochin.sites.models import BlackOut

ALL = "/pilots/acts/"


@pytest.fixture
def locked(pilot_at):
    return pilot_at("preparation")


@pytest.fixture
def measuring(pilot_at):
    return pilot_at("baseline")


def address(pilot):
    return f"/pilots/{pilot.number}/acts/"


def offered(page):
    return re.findall(r'name="act" value="([^"]+)" checked', page.content.decode())


def test_all_start_acts_of_a_pilot_are_signed_at_once(measuring, semyon, signed_in):
    browser = signed_in(semyon)
    keys = offered(browser.get(address(measuring)))
    answer = browser.post(address(measuring), {"act": keys}, follow=True)

    assert len(keys) == 8
    assert "8 acts are signed." in answer.content.decode()
    assert "No act waits for your signature" in answer.content.decode()
    assert not measuring.slots.filter(ready_at__isnull=True).exists()


def test_all_consents_of_a_pilot_are_signed_at_once(locked, semyon, signed_in):
    browser = signed_in(semyon)
    browser.post(address(locked), {"act": offered(browser.get(address(locked)))})

    assert set(locked.slots.values_list("state", flat=True)) == {SlotState.CONFIRMED}
    assert Signature.objects.filter(what="consent", by=semyon).count() == 8


def test_a_signature_stands_under_the_same_bytes_as_one_by_one(measuring, semyon, signed_in):
    alone = measuring.slots.order_by("site__number").first()
    lifecycle.sign_start(alone, by=semyon, at=on(3, 29))
    browser = signed_in(semyon)
    browser.post(address(measuring), {"act": offered(browser.get(address(measuring)))})

    for slot in measuring.slots.all():
        [signature] = signatures.of(slot).filter(what="start")
        assert signature.sha256 == signatures.fingerprint(slot.start_act())
        assert (signature.by, signature.role) == (semyon, "site")
        assert Entry.objects.filter(verb="pilots.slot.sign_start", thing_id=slot.pk).count() == 1


def test_the_page_shows_what_is_signed_and_its_fingerprint(measuring, semyon, signed_in):
    page = plain(signed_in(semyon).get(address(measuring)))
    slot = measuring.slots.order_by("site__number").first()

    assert signatures.fingerprint(slot.start_act()) in page
    assert page.count("The site is ready to start, in this role and on these days.") == 1
    assert measuring.locked_plan().sha256 in page


def test_only_what_is_ticked_is_signed(measuring, semyon, signed_in):
    browser = signed_in(semyon)
    browser.post(address(measuring), {"act": offered(browser.get(address(measuring)))[:3]})

    assert measuring.slots.filter(ready_at__isnull=False).count() == 3


def test_nothing_ticked_signs_nothing_and_says_so(measuring, semyon, signed_in):
    answer = signed_in(semyon).post(address(measuring), {})

    assert "Nothing is picked: tick the acts you sign." in answer.content.decode()
    assert not Signature.objects.filter(what="start").exists()


def test_pressed_twice_it_is_signed_once(measuring, semyon, signed_in):
    browser = signed_in(semyon)
    sent = {"act": offered(browser.get(address(measuring))), "request_key": "k" * 20}
    first = browser.post(address(measuring), sent)
    entries = Entry.objects.count()
    second = browser.post(address(measuring), sent)

    assert (first.status_code, second.status_code) == (302, 302)
    assert Signature.objects.filter(what="start").count() == 8
    assert Entry.objects.count() == entries


def test_what_was_changed_since_it_was_read_is_not_signed(measuring, semyon, signed_in):
    browser = signed_in(semyon)
    keys = offered(browser.get(address(measuring)))
    moved = measuring.slots.order_by("site__number").first()
    SiteSlot.objects.filter(pk=moved.pk).update(ends_on=date(2026, 4, 20))
    page = browser.post(address(measuring), {"act": keys}).content.decode()

    assert "The words were changed after you had opened them." in page
    assert list(measuring.slots.filter(ready_at__isnull=True)) == [moved]


def test_what_stands_in_the_way_of_one_does_not_stop_the_others(measuring, semyon, signed_in):
    closed = measuring.slots.order_by("site__number").first()
    day = date(2026, 4, 2)
    BlackOut.objects.create(site=closed.site, number=1, starts_on=day, ends_on=day, why_ru="Выборы")
    browser = signed_in(semyon)
    shown = browser.get(address(measuring))
    answer = browser.post(address(measuring), {"act": offered(shown)}, follow=True)

    assert len(offered(shown)) == 7
    assert "The site has black-out days within these days." in shown.content.decode()
    assert "7 acts are signed." in answer.content.decode()
    assert list(measuring.slots.filter(ready_at__isnull=True)) == [closed]


@pytest.mark.parametrize("stranger", ["lev", "vera", "mila", "anna", "nina", "rita"])
def test_who_keeps_no_site_is_offered_nothing_and_signs_nothing(
    stranger, measuring, semyon, cast, signed_in
):
    keys = offered(signed_in(semyon).get(address(measuring)))
    browser = signed_in(getattr(cast, stranger))
    page = browser.get(address(measuring))
    sent = browser.post(address(measuring), {"act": keys}).content.decode()

    assert offered(page) == []
    assert "This may be done only by" in sent
    assert not Signature.objects.filter(what="start").exists()


def test_a_keeper_tied_to_the_vendor_signs_nothing(measuring, semyon, amber, signed_in):
    keys = offered(signed_in(semyon).get(address(measuring)))
    Seat.objects.create(person=semyon, organisation=amber)
    browser = signed_in(semyon)

    assert offered(browser.get(address(measuring))) == []
    browser.post(address(measuring), {"act": keys})
    assert not Signature.objects.filter(what="start").exists()


@pytest.mark.parametrize("stranger", ["gleb", "boris", "ulyana", "zakhar"])
def test_who_may_not_see_the_pilot_learns_nothing(stranger, measuring, semyon, cast, signed_in):
    keys = offered(signed_in(semyon).get(address(measuring)))
    browser = signed_in(getattr(cast, stranger))
    sent = browser.post(ALL, {"act": keys}).content.decode()

    assert browser.get(address(measuring)).status_code == 404
    assert browser.post(address(measuring), {"act": keys}).status_code == 404
    assert measuring.code not in sent
    assert not Signature.objects.filter(what="start").exists()


def test_a_deputy_signs_for_the_sites_where_they_stand_in(measuring, boris, signed_in):
    mine = measuring.slots.order_by("site__number")[2]
    mine.site.deputies.create(person=boris, since=date(2026, 1, 1))
    browser = signed_in(boris)
    browser.post(ALL, {"act": offered(browser.get(ALL))})

    assert list(measuring.slots.filter(ready_at__isnull=False)) == [mine]


def test_acts_of_all_pilots_are_signed_on_one_page(pilot_at, offices, semyon, signed_in):
    first, second = pilot_at("preparation"), pilot_at("baseline", title_en="Second")
    SiteSlot.objects.filter(pilot=second).update(twin_words="Разные смены")
    browser = signed_in(semyon)
    keys = offered(browser.get(ALL))
    browser.post(ALL, {"act": keys})

    assert len(keys) == 16
    assert set(first.slots.values_list("state", flat=True)) == {SlotState.CONFIRMED}
    assert not second.slots.filter(ready_at__isnull=True).exists()


@pytest.mark.parametrize(
    "act",
    ["", "agree:1:101001:aa", "sign_start", "sign_start:1:x:aa", "sign_start:1:101001:",
     "sign_start:99:101001:aa", "decline:1:101001:aa", "sign_start:²:101001:aa"],
)  # fmt: skip
def test_what_is_not_an_act_is_passed_over(act, measuring, semyon, signed_in):
    answer = signed_in(semyon).post(address(measuring), {"act": act})

    assert answer.status_code == 200
    assert not Signature.objects.filter(what="start").exists()


def test_the_read_of_many_acts_costs_as_much_as_of_one(
    pilot_at, semyon, signed_in, django_assert_num_queries, django_assert_max_num_queries
):
    pilot = pilot_at("baseline")
    browser = signed_in(semyon)
    browser.get(address(pilot))
    three = list(pilot.slots.order_by("pk")[:3])
    pilot.slots.exclude(pk__in=[slot.pk for slot in three]).update(ready_at=NOON)
    with django_assert_max_num_queries(30) as asked:
        assert len(offered(browser.get(address(pilot)))) == 3
    pilot.slots.exclude(pk=three[0].pk).update(ready_at=NOON)

    with django_assert_num_queries(len(asked)):
        assert len(offered(browser.get(address(pilot)))) == 1


def test_the_pages_of_the_pilot_lead_to_the_acts(measuring, semyon, lev, signed_in):
    slot = measuring.slots.first()
    pages = [measuring.get_absolute_url(), f"/pilots/{measuring.number}/sites/",
             slot.get_absolute_url()]  # fmt: skip

    for url in pages:
        assert address(measuring) in signed_in(semyon).get(url).content.decode()
        assert address(measuring) not in signed_in(lev).get(url).content.decode()


def test_the_first_page_has_one_line_for_the_acts_of_a_pilot(measuring, semyon, signed_in):
    first = signed_in(semyon).get("/").content.decode()
    for slot in measuring.slots.order_by("pk")[1:]:
        lifecycle.sign_start(slot, by=semyon, at=on(3, 29))
    last = signed_in(semyon).get("/").content.decode()

    assert first.count(address(measuring)) == 1
    assert "Sign the start act of the site: 8 at once" in first
    # The last one is named by itself.
    assert measuring.slots.order_by("pk").first().get_absolute_url() in last
    assert address(measuring) not in last
