"""A person keeps the list of needs as they left it; nobody else sees it."""

import pytest
from django.test import Client

from conftest import plain
from pochin.ui.models import SavedView

OPEN = "/needs/?state=collecting"


def _keep(browser, label="Собираем", *, at=OPEN, **more):
    given = {"view": "keep", "view_label": label, **more}
    return browser.post(at, given, follow=True)


def _tabs(browser, at="/needs/"):
    page = plain(browser.get(at))
    return page[
        page.index('<nav class="tabs"') : page.index("</nav>", page.index('<nav class="tabs"'))
    ]


def test_vera_keeps_a_view_and_finds_it_beside_the_others(cast, need, signed_in):
    browser = signed_in(cast.vera)
    answer = _keep(browser, "  Собираем   сейчас ")

    assert "Собираем сейчас" in plain(answer)
    kept = SavedView.objects.get()
    assert (kept.person, kept.listing, kept.label, kept.query) == (
        cast.vera, "NeedListing", "Собираем сейчас", "state=collecting",
    )  # fmt: skip
    words = '<span lang="ru">Собираем сейчас</span>'
    assert f'<a href="{OPEN}">{words}</a>' in _tabs(browser)
    assert f'<a href="{OPEN}" aria-current="page">{words}</a>' in _tabs(browser, OPEN)


def test_another_person_neither_sees_it_nor_drops_it(cast, need, signed_in):
    vera, nina = signed_in(cast.vera), signed_in(cast.nina)
    _keep(vera, "Только моё")

    assert "Только моё" not in plain(nina.get("/needs/"))
    nina.post(OPEN, {"view": "drop", "view_label": "Только моё"})
    assert SavedView.objects.visible_to(cast.vera).count() == 1
    assert not SavedView.objects.visible_to(cast.nina).exists()


def test_a_guest_keeps_nothing(need):
    browser = Client()

    assert 'name="view_label"' not in plain(browser.get(OPEN))
    assert browser.post(OPEN, {"view": "keep", "view_label": "Чужое"}).status_code == 400
    assert not SavedView.objects.exists()


def test_the_same_name_holds_the_view_kept_last(cast, need, signed_in):
    browser = signed_in(cast.vera)
    _keep(browser, "Мой")
    _keep(browser, "Мой", at="/needs/?state=selection")

    assert SavedView.objects.get().query == "state=selection"


def test_two_people_may_use_one_name(cast, need, signed_in):
    for person in (cast.vera, cast.nina):
        _keep(signed_in(person), "Мой")

    assert SavedView.objects.filter(label="Мой").count() == 2


def test_a_view_that_is_dropped_is_gone(cast, need, signed_in):
    browser = signed_in(cast.vera)
    _keep(browser, "Мой")
    assert 'value="drop"' in plain(browser.get(OPEN))
    browser.post(OPEN, {"view": "drop", "view_label": "Мой"})

    assert not SavedView.objects.exists()
    browser.get("/needs/")  # says once that it is deleted
    assert "Мой" not in plain(browser.get("/needs/"))


def test_a_list_opens_with_the_default_view_and_still_shows_all(cast, need, signed_in):
    browser = signed_in(cast.vera)
    _keep(browser, "Первый", view_default="yes")
    _keep(browser, "Второй", at="/needs/?state=selection", view_default="yes")

    assert [v.label for v in SavedView.objects.filter(is_default=True)] == ["Второй"]
    opened = browser.get("/needs/")
    assert (opened.status_code, opened["Location"]) == (302, "/needs/?state=selection")
    whole = browser.get("/needs/?all=yes")
    assert whole.status_code == 200
    assert 'href="/needs/?all=yes" aria-current="page"' in plain(whole)
    # Emptied filters lead to the whole list, not back to the default view.
    assert '<input type="hidden" name="all" value="yes">' in plain(whole)


@pytest.mark.parametrize(
    ("at", "label"), [(OPEN, ""), (OPEN, "д" * 61), ("/needs/", "Всё"), ("/needs/?page=1", "Всё")]
)
def test_what_cannot_be_kept_is_said_and_changes_nothing(cast, need, signed_in, at, label):
    answer = _keep(signed_in(cast.vera), label, at=at)

    assert answer.status_code == 200
    assert 'class="banner waiting"' in plain(answer)
    assert not SavedView.objects.exists()


def test_a_view_of_what_the_list_does_not_have_is_refused(cast, need, signed_in):
    browser = signed_in(cast.vera)

    assert browser.post("/needs/?secret=1", {"view": "keep", "view_label": "x"}).status_code == 400
    assert browser.post(OPEN, {"view": "burn", "view_label": "x"}).status_code == 400
    assert not SavedView.objects.exists()


def test_thirty_views_are_enough_for_one_list(cast, need, signed_in):
    SavedView.objects.bulk_create(
        SavedView(person=cast.vera, listing="NeedListing", label=f"{n}", query="sort=number")
        for n in range(30)
    )
    browser = signed_in(cast.vera)
    _keep(browser, "Ещё")
    assert not SavedView.objects.filter(label="Ещё").exists()

    _keep(browser, "7")
    assert SavedView.objects.get(label="7").query == "state=collecting"


@pytest.mark.parametrize("count", [1, 3])
def test_kept_views_cost_no_query(cast, need, signed_in, count, django_assert_num_queries):
    browser = signed_in(cast.vera)
    browser.get("/needs/")
    with django_assert_num_queries(6):
        browser.get("/needs/")
    SavedView.objects.bulk_create(
        SavedView(person=cast.vera, listing="NeedListing", label=f"{n}", query="state=selection")
        for n in range(count)
    )
    with django_assert_num_queries(6):
        page = browser.get("/needs/")
    assert _tabs(browser).count("<a ") >= count + 1
    assert page.status_code == 200


def test_the_panel_speaks_english_too(cast, need, signed_in):
    browser = signed_in(cast.vera)
    browser.cookies["pochin_language"] = "en"

    assert "Keep the view" in plain(browser.get(OPEN))
