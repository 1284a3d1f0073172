"""The pages of needs, for guests and for those who keep them."""

import html
import re
from datetime import timedelta
from decimal import Decimal

import pytest
from django.contrib.auth.models import AnonymousUser
from django.db import connection
from django.test import Client
from django.urls import reverse
from django.utils import timezone, translation

from conftest import NEED, NOON, SPRING, plain, publish
from pochin.needs import lifecycle, views
from pochin.needs.listing import NeedListing
from pochin.needs.models import Need, Question, State
from pochin.ui.lists import paging


@pytest.mark.parametrize("language", ["ru", "en"])
def test_a_guest_reads_the_catalogue_and_a_need(need, language):
    browser = Client()
    browser.cookies["pochin_language"] = language

    catalogue = browser.get(reverse("needs:index"))
    page = browser.get(need.get_absolute_url())

    assert need.title_en in catalogue.content.decode() or language == "ru"
    assert NEED[f"problem_{language}"] in page.content.decode()


def test_an_unpublished_need_is_absent_for_a_guest(need_in_check):
    hidden = Client().get(need_in_check.get_absolute_url())
    absent = Client().get(reverse("needs:page", args=[999]))

    assert (hidden.status_code, plain(hidden)) == (404, plain(absent))


def test_nina_describes_a_need_and_submits_it(cast, signed_in):
    browser = signed_in(cast.nina)
    begin = reverse("needs:begin", args=["city"])
    assert browser.get(begin).status_code == 200
    fields = {**NEED, "unit": cast.post.pk, "owner": cast.nina.pk, "direction": "less",
              "outcome": "buy"}  # fmt: skip

    browser.post(begin, fields)
    need = Need.objects.get()
    browser.post(reverse("needs:act", args=[need.number, "submit"]))

    need.refresh_from_db()
    assert need.state == State.SUBMITTED


def test_a_form_with_a_mistake_names_it(cast, signed_in):
    fields = {**NEED, "unit": cast.post.pk, "owner": cast.nina.pk, "direction": "less",
              "outcome": "buy", "title_ru": ""}  # fmt: skip

    answer = signed_in(cast.nina).post(reverse("needs:begin", args=["city"]), fields)

    assert "This field is required." in answer.content.decode()
    assert not Need.objects.exists()


def test_a_need_keeps_its_name_over_a_form_that_was_not_taken(need_in_check, cast, signed_in):
    page = (
        signed_in(cast.nina)
        .post(
            reverse("needs:edit", args=[need_in_check.number]),
            {"title_ru": "Другое имя", "target": "много"},
        )
        .content.decode()
    )

    assert "Другое имя" in page
    assert "Другое имя" not in page[page.index("<h1") : page.index("</h1>")]


@pytest.mark.parametrize(
    ("name", "move", "status"),
    [("vera", "give_back", 200), ("anna", "give_back", 404), ("nina", "give_back", 403)],
)
def test_a_move_opens_only_to_who_may_make_it(cast, need_in_check, signed_in, name, move, status):
    url = reverse("needs:act", args=[need_in_check.number, move])

    assert signed_in(getattr(cast, name)).get(url).status_code == status


def test_the_page_offers_what_may_be_done_and_says_what_is_missing(need_in_check, vera, signed_in):
    page = signed_in(vera).get(need_in_check.get_absolute_url()).content.decode()

    assert "The owner has not signed the need as it stands." in page
    assert f"{need_in_check.get_absolute_url()}give_back/" in page


def test_a_question_is_asked_and_answered(cast, signed_in):
    need = publish(cast)
    Need.objects.filter(pk=need.pk).update(closes_at="2100-01-01T00:00:00Z")
    signed_in(cast.anna).post(reverse("needs:ask", args=[need.number]), {"text": "Какие весы?"})
    question = Question.objects.get()
    own = signed_in(cast.anna).get(need.get_absolute_url()).content.decode()
    assert "No answer yet. Nina" in own
    assert reverse("needs:ask", args=[need.number]) in own
    assert (
        reverse("needs:ask", args=[need.number])
        not in Client().get(need.get_absolute_url()).content.decode()
    )
    url = reverse("needs:act_on_question", args=[need.number, question.number, "answer"])

    assert signed_in(cast.gleb).get(url).status_code == 404
    signed_in(cast.nina).post(url, {"answer": "Любые."})

    page = Client().get(need.get_absolute_url()).content.decode()
    assert "Любые." in page
    assert "Anna" not in page


def test_an_unknown_filter_is_refused_with_the_same_words(need):
    first = Client().get(reverse("needs:index"), {"owner": "1"})
    second = Client().get(reverse("needs:index"), {"state": "nowhere"})

    assert first.status_code == second.status_code == 400
    assert plain(first) == plain(second)


@pytest.mark.parametrize("rows", [1, 3])
def test_the_catalogue_costs_the_same_for_one_and_for_three(rows, cast, django_assert_num_queries):
    for _n in range(rows):
        publish(cast)

    with django_assert_num_queries(2):
        assert Client().get(reverse("needs:index")).status_code == 200


def test_nothing_of_a_withdrawn_draft_is_public(need_in_check, vera):
    lifecycle.withdraw(need_in_check, by=vera, reason="Передумали", at=NOON)

    assert Client().get(need_in_check.get_absolute_url()).status_code == 404


@pytest.fixture
def catalogue(cast):
    """Н-1 … Н-5: open for long, in selection, open for a day, being prepared, in pilot."""
    days = [SPRING, SPRING, NOON + timedelta(days=1), SPRING, SPRING]
    needs = [publish(cast, title_en=f"Need {n}") for n in range(1, 6)]
    states = ["collecting", "selection", "collecting", "published", "piloting"]
    for need, state, day in zip(needs, states, days, strict=True):
        Need.objects.filter(pk=need.pk).update(state=state, closes_at=day)
    return needs


def listed(answer):
    return [int(n) for n in re.findall(r"Need (\d)", answer.content.decode())]


@pytest.mark.parametrize("who", ["guest", "anna", "vera"])
def test_the_catalogue_opens_with_what_takes_applications_the_soonest_to_close_first(
    who, catalogue, cast, signed_in
):
    browser = Client() if who == "guest" else signed_in(getattr(cast, who))
    browser.cookies["pochin_language"] = "en"

    assert list(dict.fromkeys(listed(browser.get("/needs/")))) == [3, 1, 5, 4, 2]
    assert list(dict.fromkeys(listed(browser.get("/needs/?sort=state")))) == [3, 1, 5, 4, 2]
    assert list(dict.fromkeys(listed(browser.get("/needs/?sort=-state")))) == [2, 4, 5, 1, 3]
    assert list(dict.fromkeys(listed(browser.get("/needs/?sort=number")))) == [5, 4, 3, 2, 1]


def test_a_need_leaves_the_top_of_the_catalogue_when_its_intake_closes(catalogue, signed_in, anna):
    Need.objects.filter(pk=catalogue[2].pk).update(state="selection")

    assert next(iter(listed(signed_in(anna).get("/needs/")))) == 1


def test_pages_of_the_catalogue_go_on_where_the_last_one_ended(
    catalogue, signed_in, anna, monkeypatch
):
    monkeypatch.setattr(NeedListing, "page_size", 2)
    monkeypatch.setattr(paging, "NUMBERED", 1)
    browser, seen, way = signed_in(anna), [], "/needs/"
    while way:
        answer = browser.get(way)
        seen += dict.fromkeys(listed(answer))
        following = re.search(r'href="([^"]*after=[^"]*)"', answer.content.decode())
        way = html.unescape(following[1]) if following else ""

    assert seen == [3, 1, 5, 4, 2]


@pytest.mark.parametrize("who", ["guest", "anna", "vera"])
def test_the_order_of_a_long_catalogue_is_read_from_its_index(who, need, cast):
    states = [state.value for state in State]
    Need.objects.bulk_create(
        Need(
            programme=cast.city, number=100 + n, unit=cast.post, owner=cast.nina, title_ru="Н",
            problem_ru="Б", metric_ru="М", metric_unit_ru="%", opens_at=NOON, closes_at=SPRING,
            state=states[n % len(states)],
        )
        for n in range(3000)
    )  # fmt: skip
    with connection.cursor() as cursor:
        cursor.execute("ANALYZE needs_need")
    user = AnonymousUser() if who == "guest" else getattr(cast, who)
    keys = paging.keys_of(Need.objects.all(), ["intake_until", "-number", "pk"])

    first = Need.objects.visible_to(user).order_by(*(key.clause() for key in keys))[:51].explain()

    assert "need_catalogue" in first
    assert "TEMP B-TREE" not in first


def test_today_and_the_target_stand_side_by_side_in_the_unit_of_the_metric(need):
    need.metric_now, need.metric_target = Decimal("4.20"), Decimal("3")
    need.metric_unit_ru = "п. п."

    with translation.override("ru"):
        told = [value.replace("\u00a0", " ") for value, _words in views._numbers(need)]

    assert told == ["4,2 п. п.", "3,0 п. п."]


@pytest.mark.parametrize(
    ("before", "said"), [(10, "осталось 10 дней"), (1, "остался 1 день"), (0, "")]
)
def test_an_open_need_says_how_long_it_is_open(need, before, said):
    need.closes_at = timezone.now() + timedelta(days=before)

    with translation.override("ru"):
        assert views._left(need) == said
