"""One move for several applications: shown before, made one by one, told afterwards."""

from datetime import timedelta

import pytest

from conftest import NOON
from pochin.applications import lifecycle
from pochin.applications.models import Application
from pochin.core import turns
from pochin.core.lifecycle import Refused
from pochin.core.models import Entry
from pochin.core.policy import Forbidden

START = "/applications/bulk/start_screening/"


@pytest.fixture
def asked(cast, screening):
    return lifecycle.ask(screening, by=cast.vera, question="Сколько?", at=NOON)


def test_the_page_before_says_what_will_happen_and_changes_nothing(
    cast, submitted, draft, signed_in
):
    page = signed_in(cast.vera).get(START, {"pick": submitted.pk}).content.decode()

    assert "It will be done for 1 thing" in page
    assert submitted.title in page
    assert Application.objects.get().state == "submitted"


def test_what_is_pressed_is_done_and_told(cast, submitted, signed_in):
    page = signed_in(cast.vera).post(START, {"pick": submitted.pk}).content.decode()

    assert Application.objects.get().state == "screening"
    assert "Done" in page
    assert "Refused" not in page


def test_what_came_too_late_is_refused_with_the_reason(cast, screening, signed_in):
    vera = signed_in(cast.vera)

    before = vera.get(START, {"pick": screening.pk}).content.decode()
    after = vera.post(START, {"pick": screening.pk}).content.decode()

    assert "It is already “being screened”." in before
    assert "There is nothing to do" in before
    assert "Refused" in after
    assert "already “being screened”" in after


def test_pressed_twice_it_is_done_once(cast, submitted, signed_in):
    vera, key = signed_in(cast.vera), {"request_key": "k" * 32}
    for _n in range(2):
        vera.post(START, {"pick": submitted.pk, **key})

    assert Entry.objects.filter(verb="applications.start_screening").count() == 1


@pytest.mark.parametrize("stranger", ["gleb", "boris", "ulyana"])
def test_what_one_does_not_see_is_not_on_the_page(stranger, cast, submitted, signed_in):
    answer = signed_in(getattr(cast, stranger)).get(START, {"pick": submitted.pk})

    assert (answer.status_code, answer.url) == (302, "/applications/")


def test_who_only_reads_is_told_who_may(cast, submitted, signed_in):
    kira = signed_in(cast.kira)

    page = kira.get(START, {"pick": submitted.pk}).content.decode()
    kira.post(START, {"pick": submitted.pk})

    assert "This may be done only by" in page
    assert Application.objects.get().state == "submitted"


@pytest.mark.parametrize("name", ["accept", "withdraw", "nothing"])
def test_other_moves_are_not_made_in_bulk(name, cast, submitted, signed_in):
    answer = signed_in(cast.vera).get(f"/applications/bulk/{name}/", {"pick": submitted.pk})

    assert answer.status_code == 404


@pytest.mark.parametrize("junk", ["", "x", "-1", "9" * 40])
def test_what_is_no_row_leads_back_to_the_list(junk, cast, submitted, signed_in):
    assert signed_in(cast.vera).get(START, {"pick": junk}).status_code == 302


def test_the_list_offers_it_to_those_who_may(cast, submitted, signed_in):
    assert START in signed_in(cast.vera).get("/applications/").content.decode()
    assert START not in signed_in(cast.kira).get("/applications/").content.decode()
    assert START not in signed_in(cast.anna).get("/applications/").content.decode()


def test_an_applicant_is_reminded_once_a_day(cast, asked):
    lifecycle.remind(asked, by=cast.vera, at=NOON)

    with pytest.raises(Refused, match="within the last day"):
        lifecycle.remind(asked, by=cast.vera, at=NOON + timedelta(hours=23))
    lifecycle.remind(asked, by=cast.vera, at=NOON + timedelta(hours=25))
    assert Entry.objects.filter(verb="applications.remind").count() == 2


def test_a_reminder_does_not_move_the_deadline(cast, asked):
    due = turns.of(asked).get().due_at
    lifecycle.remind(asked, by=cast.vera, at=NOON + timedelta(days=2))

    assert turns.of(asked).get().due_at == due


@pytest.mark.parametrize("stranger", ["anna", "kira", "boris", "ulyana"])
def test_only_those_who_check_remind(stranger, cast, asked):
    with pytest.raises(Forbidden):
        lifecycle.remind(asked, by=getattr(cast, stranger), at=NOON)
