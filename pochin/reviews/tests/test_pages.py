"""The pages of reviews: the gate, the blind copy, the committee's page."""

import re

import pytest
from django.urls import reverse

from conftest import NOON, plain, said
from pochin.applications.models import State as ApplicationState
from pochin.participants.models import Conflict, RoleHeld
from pochin.reviews import lifecycle
from pochin.reviews.models import State

REVIEW = {
    "score_benefit": "4", "reason_benefit": "Да", "score_readiness": "3", "reason_readiness": "Так",
    "score_price": "5", "reason_price": "Дёшево", "confidence": "4", "probability": "70",
    "recommendation": "accept",
}  # fmt: skip


@pytest.fixture
def offered(screening, vera, boris):
    return lifecycle.offer(screening, by=vera, expert=boris, part="technology", at=NOON)


def test_the_gate_shows_nothing_of_the_application(offered, boris, signed_in):
    page = signed_in(boris).get(offered.get_absolute_url()).content.decode()

    assert offered.application.title not in page
    assert str(offered.application.number) not in page
    assert "Amber" in page  # among the others of the line-up
    assert "Granite" in page


@pytest.mark.parametrize("language", ["ru", "en"])
def test_boris_passes_the_gate_reads_blind_and_hands_in(offered, boris, signed_in, language):
    browser = signed_in(boris, language)
    url = offered.get_absolute_url()
    browser.post(url, {"none": "on"})

    desk = browser.get(url).content.decode()
    assert "Amber" not in desk
    browser.post(url, REVIEW)

    offered.refresh_from_db()
    assert offered.state == State.SUBMITTED
    assert browser.get(url).status_code == 200


def test_ticking_the_applicant_ends_it(offered, boris, amber, signed_in):
    browser = signed_in(boris)
    browser.post(
        offered.get_absolute_url(), {"tied": [amber.pk], "ground": "contract", "words": "x"}
    )

    offered.refresh_from_db()
    assert offered.state == State.CONFLICTED
    assert "documents are closed" in browser.get(offered.get_absolute_url()).content.decode()


def test_an_autosaved_draft_waits_for_its_author(offered, boris, signed_in):
    browser = signed_in(boris)
    lifecycle.accept(offered, by=boris, at=NOON)
    browser.post(
        offered.get_absolute_url(), {"reason_benefit": "мысль"}, headers={"X-Autosave": "1"}
    )

    assert "мысль" in browser.get(offered.get_absolute_url()).content.decode()


def test_the_blind_copy_says_choices_in_words(offered, boris, signed_in):
    lifecycle.accept(offered, by=boris, at=NOON)

    desk = signed_in(boris).get(offered.get_absolute_url()).content.decode()

    assert offered.version.content["answers"]["data"]["personal"] == "no"
    assert re.search(r"personal data\?</dt><dd>\s*(<[^>]*>)*No<", desk)


def test_documents_of_the_blind_copy_have_no_names(offered, boris, signed_in):
    lifecycle.accept(offered, by=boris, at=NOON)
    url = reverse("reviews:document", args=[offered.number, 1])

    answer = signed_in(boris).get(url)

    assert answer.status_code == 200
    assert "plan.txt" not in answer["Content-Disposition"]


def test_a_tie_that_came_later_closes_the_desk_and_its_documents(offered, boris, amber, signed_in):
    lifecycle.accept(offered, by=boris, at=NOON)
    document = reverse("reviews:document", args=[offered.number, 1])
    assert signed_in(boris).get(document).status_code == 200

    Conflict.objects.create(person=boris, organisation=amber, ground="contract")

    assert signed_in(boris).get(document).status_code == 404
    page = signed_in(boris).get(offered.get_absolute_url()).content.decode()
    assert "documents are closed" in page
    assert offered.application.title not in page


def test_a_committee_member_who_owes_a_review_is_shown_no_scores(
    in_review, boris, elena, kira, city, signed_in
):
    RoleHeld.objects.create(person=elena, programme=city, code="committee", since=NOON.date())
    lifecycle.hand_in(in_review.assignments.get(expert=boris), by=boris, at=NOON, **said())
    page = reverse("reviews:of", args=[in_review.number])
    decide = reverse("reviews:decide", args=[in_review.number])

    told = signed_in(elena).get(page).content.decode()
    assert "Mean score" not in told
    assert "Балл 4" not in told
    assert signed_in(elena).get(decide).status_code == 409

    assert "Mean score" in signed_in(kira).get(page).content.decode()
    assert signed_in(kira).get(decide).status_code == 200


def test_no_document_opens_before_the_gate(offered, boris, signed_in):
    url = reverse("reviews:document", args=[offered.number, 1])

    assert signed_in(boris).get(url).status_code == 404


@pytest.mark.parametrize("stranger", ["anna", "gleb", "elena", "ulyana", "viktor", "semyon"])
def test_an_assignment_is_absent_for_strangers(stranger, offered, cast, signed_in):
    browser = signed_in(getattr(cast, stranger))
    hidden = browser.get(offered.get_absolute_url())
    absent = browser.get(reverse("reviews:page", args=[999999]))

    assert (hidden.status_code, plain(hidden)) == (404, plain(absent))


@pytest.mark.parametrize("stranger", ["anna", "nina", "boris", "gleb"])
def test_all_reviews_of_an_application_are_not_for_everybody(stranger, reviewed, cast, signed_in):
    url = reverse("reviews:of", args=[reviewed.number])

    assert signed_in(getattr(cast, stranger)).get(url).status_code == 404


@pytest.mark.parametrize("language", ["ru", "en"])
def test_vera_asks_and_sends_kira_decides(screening, cast, signed_in, language):
    of = reverse("reviews:of", args=[screening.number])
    vera = signed_in(cast.vera, language)
    for expert in (cast.boris, cast.elena):
        vera.post(of, {"expert": expert.pk, "part": "market"})
    vera.post(reverse("reviews:send", args=[screening.number]))
    for assignment in screening.assignments.all():
        expert = signed_in(assignment.expert, language)
        expert.post(assignment.get_absolute_url(), {"none": "on"})
        expert.post(assignment.get_absolute_url(), REVIEW)
    kira = signed_in(cast.kira, language)
    decide = reverse("reviews:decide", args=[screening.number])
    assert kira.get(decide).status_code == 200
    assert kira.get(of).status_code == 200

    kira.post(decide, {"outcome": "refuse", "reason": "Рано", "words_benefit": "Мало пользы"})

    screening.refresh_from_db()
    assert screening.state == ApplicationState.REFUSED
    anna = signed_in(cast.anna, language).get(screening.get_absolute_url()).content.decode()
    assert "Мало пользы" in anna
    assert "Boris" not in anna


def way(application, browser):
    """Whether the page of an application leads to its reviews."""
    page = browser.get(application.get_absolute_url()).content.decode()
    return f'href="{reverse("reviews:of", args=[application.number])}"' in page


def test_an_application_leads_its_screener_to_the_experts_and_its_judge_to_the_decision(
    screening, cast, signed_in
):
    assert way(screening, signed_in(cast.vera))
    assert "Find experts" in signed_in(cast.vera).get(screening.get_absolute_url()).content.decode()

    for expert in (cast.boris, cast.elena):
        asked = lifecycle.offer(screening, by=cast.vera, expert=expert, part="technology", at=NOON)
        lifecycle.accept(asked, by=expert, at=NOON)
    lifecycle.send(screening, by=cast.vera, at=NOON)

    assert way(screening, signed_in(cast.kira))


def test_an_application_leads_nobody_else_to_its_reviews(submitted, screening, cast, signed_in):
    assert not way(screening, signed_in(cast.anna))
