"""The pages of sites, for everybody and for those who keep them."""

from datetime import timedelta

import pytest
from django.test import Client
from django.urls import reverse
from django.utils import timezone

from conftest import NOON, plain
from pochin.participants.models import Person
from pochin.sites import finding, lifecycle, listing
from pochin.sites.models import Site, State


def guest(language="en"):
    browser = Client()
    browser.cookies["pochin_language"] = language
    return browser


def place(number, **fields):
    given = {"kind": "office", "name_ru": f"Отделение {number}", "name_en": f"Office {number}"}
    site = Site.objects.create(number=number, postcode=str(number), **given | fields)
    finding.remember([site])
    return site


def found(browser, asked=""):
    page = browser.get(f"{reverse('sites:index')}{asked}").content.decode()
    return [site.number for site in Site.objects.order_by("number") if f"/{site.number}/" in page]


@pytest.mark.parametrize("language", ["ru", "en"])
@pytest.mark.parametrize("reader", [None, "anna", "semyon", "vera", "rita"])
def test_everybody_reads_the_register_and_a_place(reader, language, site, cast, signed_in):
    browser = signed_in(getattr(cast, reader), language) if reader else guest(language)

    assert found(browser) == [101000]
    assert browser.get(site.get_absolute_url()).status_code == 200


@pytest.mark.parametrize(
    ("reader", "sees"),
    [(None, False), ("anna", False), ("ulyana", False), ("zakhar", False), ("vera", True),
     ("semyon", True), ("rita", True), ("head", True), ("lev", True)],
)  # fmt: skip
def test_a_place_that_is_not_public_is_seen_by_who_works_with_it(
    reader, sees, site, cast, head, signed_in
):
    Site.objects.update(is_public=False)
    who = head if reader == "head" else reader and getattr(cast, reader)
    browser = signed_in(Person.objects.get(pk=who.pk)) if who else guest()

    answer = browser.get(site.get_absolute_url())

    assert (answer.status_code, bool(found(browser))) == ((200, True) if sees else (404, False))
    if not sees:
        assert plain(answer) == plain(browser.get(reverse("sites:site", args=[999_999])))


@pytest.mark.parametrize(("reader", "told"), [(None, False), ("anna", False), ("lev", True)])
def test_names_and_reasons_are_for_who_works_with_the_place(reader, told, site, cast, signed_in):
    lifecycle.suspend(site, by=cast.vera, reason="Потоп", at=NOON)
    browser = signed_in(getattr(cast, reader)) if reader else guest()

    page = browser.get(site.get_absolute_url()).content.decode()

    assert ("Semyon" in page, "Потоп" in page) == (told, told)


@pytest.mark.parametrize(
    ("asked", "numbers"),
    [
        ("?region=55", [644001]),
        ("?kind=sorting", [140983]),
        ("?state=checked", []),
        ("?state=nominated", [101000, 140983, 644001]),
        ("?q=6440", [644001]),
        ("?q=подо", [140983]),
        ("?q=Омская+отд", [644001]),
        ("?q=omsk", [644001]),
        ("?q=отделение+ПОДОЛЬСК", [140983]),
        ("?q=чита", []),
        ("?q=%3F", []),
    ],
)
def test_places_are_found_by_beginnings_of_words_and_narrowed(asked, numbers, db):
    place(101000, region="77")
    place(140983, region="50", city="Подольск", kind="sorting")
    place(644001, region="55", city="Омск")

    assert found(guest(), asked) == numbers


def test_a_place_just_nominated_is_found(cast, django_capture_on_commit_callbacks):
    with django_capture_on_commit_callbacks(execute=True):
        lifecycle.nominate(cast.city, by=cast.vera, at=NOON, kind="route", name_ru="Кольцо")

    assert finding.find(Site.objects.all(), "коль").get().name_ru == "Кольцо"


def test_the_list_is_by_region(db):
    place(101000, region="77")
    place(140983, region="50")
    page = guest().get(reverse("sites:index")).content.decode()

    assert page.index("/140983/") < page.index("/101000/")


@pytest.mark.parametrize("reader", [None, "vera"])
@pytest.mark.parametrize("rows", [1, 3])
def test_the_register_costs_the_same_for_one_and_for_three(
    rows, reader, cast, signed_in, django_assert_num_queries
):
    for n in range(rows):
        place(101000 + n, region="77")
    browser = signed_in(cast.vera) if reader else guest()

    with django_assert_num_queries(5 if reader else 1):
        page = browser.get(reverse("sites:index")).content.decode()

    assert page.count('<th scope="row">') == rows


@pytest.mark.parametrize("sort", ["", "&sort=name", "&sort=-number"])
def test_a_search_that_finds_many_says_so_and_else_counts_all_that_is_seen(sort, db, monkeypatch):
    for n in range(6):
        place(101000 + n, region="77", is_public=n > 0)
    monkeypatch.setattr(listing.SiteListing, "page_size", 2)
    said = f"{reverse('sites:index')}?q=отделение{sort}"

    assert "1–2 of 5" in guest().get(said).content.decode()

    monkeypatch.setattr(finding, "FIRST", 3)

    assert "1–2 of more than 3" in guest().get(said).content.decode()


def test_whole_words_come_before_begun_ones_and_those_before_a_region(db):
    place(644001, region="55", city="Калачинск")
    place(101000, region="77", name_ru="Омский")
    place(140983, region="50", city="Омск", name_ru="Омский почтамт")
    place(630000, region="54")

    def numbers(words):
        keys = finding.seek(Site.objects.all(), words).keys
        by_key = Site.objects.in_bulk(keys)
        return [by_key[key].number for key in keys]

    assert numbers("омск") == [140983, 101000, 644001]
    assert numbers("омск почт") == [140983]


@pytest.mark.parametrize(
    ("asked", "told"), [("", 1), ("?q=отделение", 0), ("?q=отделение&sort=number", 1)]
)
def test_no_column_claims_the_order_of_the_best_hits(asked, told, db):
    place(101000, region="77")

    page = guest().get(f"{reverse('sites:index')}{asked}").content.decode()

    assert page.count("aria-sort=") == told


@pytest.mark.parametrize("most", [1, 2, 3])
def test_behind_the_best_hits_stand_all_the_others(most, db, monkeypatch):
    for number, region in ((101000, "77"), (140983, "50"), (644001, "55"), (644002, "55")):
        place(number, region=region, city="Омск")
    monkeypatch.setattr(finding, "FIRST", most)
    monkeypatch.setattr(finding, "MOST", most)
    sites = Site.objects.filter(is_public=True)

    best = finding.seek(sites, "омск")

    assert (len(best.keys), best.has_more) == (most, True)
    assert [s.pk for s in best.narrow(sites)][:most] == best.keys
    assert {s.number for s in best.narrow(sites)} == {101000, 140983, 644001, 644002}


def test_the_whole_way_in_the_browser(cast, head, signed_in):
    begin = reverse("sites:nominate", args=["city"])
    given = {"kind": "office", "name_ru": "Омск 1", "postcode": "644001", "region": "55",
             "capacity": 2, "owner": cast.post.pk, "is_public": "on"}  # fmt: skip
    vera, semyon, olga = (signed_in(p) for p in (cast.vera, cast.semyon, head))
    made = vera.post(begin, given)
    url = made.url
    vera.post(f"{url}check/", {"programme": cast.city.pk})
    vera.post(f"{url}appoint/", {"person": cast.semyon.pk})
    semyon.post(f"{url}instruct/", {"instruction": "ИОТ-12", "instructed_on": "2026-03-01"})
    olga.post(f"{url}consent/")
    vera.post(f"{url}give_status/")

    site = Site.objects.get()
    assert (site.number, site.state, site.zone) == (644001, State.HAS_STATUS, "Asia/Omsk")
    today = timezone.localdate()
    semyon.post(f"{url}black_out/", {"starts_on": today, "ends_on": today + timedelta(days=3),
                                     "why_ru": "Инвентаризация"})  # fmt: skip
    semyon.post(f"{url}add_feed/", {"code": "queue", "name_ru": "Очередь", "frequency": "day",
                                    "since": "2026-01-01"})  # fmt: skip
    page = guest("ru").get(url).content.decode()
    assert ("Инвентаризация" in page, "Очередь" in page) == (True, True)


@pytest.mark.parametrize(
    ("change", "why"),
    [
        ({"postcode": "12"}, "A postcode is six digits."),
        ({"capacity": 0}, "A place with room for no pilot is no site: write at least 1."),
        ({"latitude": "55.7"}, "Give both latitude and longitude, or neither."),
    ],
)
def test_a_mistake_gets_one_sentence(change, why, cast, signed_in):
    given = {"kind": "office", "name_ru": "Омск 1", "region": "55", "capacity": 2}

    page = signed_in(cast.vera).post(reverse("sites:nominate", args=["city"]), given | change)

    assert why in page.content.decode()
    assert not Site.objects.exists()


MOVES = ["appoint", "add_deputy", "release_deputy", "instruct", "suspend", "withdraw",
         "black_out", "lift_black_out", "add_feed"]  # fmt: skip


@pytest.mark.parametrize("language", ["ru", "en"])
@pytest.mark.parametrize("move", MOVES)
def test_every_move_has_its_form(move, language, site, cast, signed_in):
    url = f"{site.get_absolute_url()}{move}/"

    assert signed_in(cast.vera, language).get(url).status_code == 200
    assert signed_in(cast.anna, language).get(url).status_code == 403


@pytest.mark.parametrize(("name", "status"), [("vera", 200), ("lev", 200), ("kira", 403)])
def test_the_form_of_a_nomination_opens_to_who_may_nominate(name, status, cast, signed_in):
    url = reverse("sites:nominate", args=["city"])

    assert signed_in(getattr(cast, name)).get(url).status_code == status


@pytest.mark.parametrize(("name", "status"), [("vera", 200), ("semyon", 200), ("anna", 403)])
def test_the_form_of_a_place_opens_to_its_keepers(name, status, site, cast, signed_in):
    url = reverse("sites:edit", args=[site.number])

    assert signed_in(getattr(cast, name)).get(url).status_code == status


def test_above_and_below_are_shown(db):
    above = place(127950, name_en="Directorate")
    place(101000, parent=above)

    assert "Directorate" in guest().get("/sites/101000/").content.decode()
    assert "/sites/101000/" in guest().get("/sites/127950/").content.decode()


@pytest.mark.parametrize(("reader", "queries"), [(None, 6), ("anna", 9), ("vera", 11)])
@pytest.mark.parametrize("rows", [1, 3])
def test_a_place_costs_the_same_with_one_and_with_three_of_everything(
    rows, reader, queries, site, cast, signed_in, django_assert_num_queries
):
    for n, person in enumerate([cast.nina, cast.lev, cast.kira][:rows]):
        lifecycle.add_deputy(site, by=cast.semyon, person=person, at=NOON)
        day = timezone.localdate() + timedelta(days=n)
        lifecycle.black_out(site, by=cast.semyon, starts_on=day, ends_on=day, why_ru="Пик", at=NOON)
        lifecycle.add_feed(
            site, by=cast.semyon, code=f"queue-{n}", name_ru="Очередь", frequency="day",
            since=NOON.date(), at=NOON,
        )  # fmt: skip
        place(102000 + n, parent=site)
    browser = signed_in(getattr(cast, reader)) if reader else guest()
    browser.get(site.get_absolute_url())

    with django_assert_num_queries(queries):
        assert browser.get(site.get_absolute_url()).status_code == 200
