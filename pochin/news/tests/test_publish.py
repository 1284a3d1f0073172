"""From a draft to what everybody reads."""

from datetime import timedelta

import pytest
from django.utils import timezone

from conftest import NOON
from pochin.core.lifecycle import Refused
from pochin.core.policy import SYSTEM, Forbidden
from pochin.news import lifecycle, tasks
from pochin.news.models import Piece
from pochin.news.tests.conftest import WORDS
from pochin.participants.models import Guest

LATER = NOON + timedelta(days=2)


@pytest.mark.parametrize("teller", ["vera", "viktor", "anna"])
def test_editors_observers_and_companies_propose_news(teller, cast):
    piece = lifecycle.begin(cast.city, by=getattr(cast, teller), at=NOON, **WORDS)

    assert piece.state == "draft"


@pytest.mark.parametrize("stranger", ["boris", "rita", "ulyana", "artem", "zakhar"])
def test_others_do_not(stranger, cast):
    with pytest.raises(Forbidden):
        lifecycle.begin(cast.city, by=getattr(cast, stranger), at=NOON, **WORDS)


@pytest.mark.parametrize("who", ["viktor", "anna", "kira", "ulyana"])
def test_only_a_coordinator_of_the_programme_publishes(who, cast, in_review):
    with pytest.raises(Forbidden):
        lifecycle.publish(in_review, by=getattr(cast, who), at=NOON)


def test_what_is_published_is_read_by_everybody(cast, published):
    assert [piece.pk for piece in Piece.objects.visible_to(Guest())] == [published.pk]
    assert published.published_at == NOON


@pytest.mark.parametrize("stranger", ["anna", "gleb", "boris", "ulyana"])
def test_nobody_else_sees_a_draft(stranger, cast, draft):
    assert not Piece.objects.visible_to(getattr(cast, stranger)).exists()
    assert not Piece.objects.visible_to(Guest()).exists()


@pytest.mark.parametrize("insider", ["viktor", "vera", "rita"])
def test_its_author_and_its_editors_see_a_draft(insider, cast, draft):
    assert Piece.objects.visible_to(getattr(cast, insider)).exists()


def test_news_in_one_language_is_not_published(cast):
    words = {**WORDS, "body_en": ""}
    piece = lifecycle.begin(cast.city, by=cast.vera, at=NOON, **words)
    lifecycle.submit(piece, by=cast.vera, at=NOON)

    with pytest.raises(Refused, match="one language"):
        lifecycle.publish(piece, by=cast.vera, at=NOON)


def test_material_from_elsewhere_names_its_source_first(cast):
    piece = lifecycle.begin(cast.city, by=cast.vera, at=NOON, is_borrowed=True, **WORDS)

    with pytest.raises(Refused, match="address of its source"):
        lifecycle.submit(piece, by=cast.vera, at=NOON)

    named = {"source": "Example", "source_url": "https://example.org/news/5"}
    lifecycle.edit(piece, by=cast.vera, at=NOON, **named)
    assert lifecycle.submit(piece, by=cast.vera, at=NOON).state == "review"


def test_scheduled_news_goes_out_by_itself_and_not_before(cast, in_review, monkeypatch):
    lifecycle.schedule(in_review, by=cast.vera, publish_at=LATER, at=NOON)

    with pytest.raises(Refused, match="ahead"):
        lifecycle.publish(in_review, by=SYSTEM, at=NOON)
    monkeypatch.setattr(timezone, "now", lambda: LATER - timedelta(minutes=1))
    assert tasks.send_out.func() == 0
    monkeypatch.setattr(timezone, "now", lambda: LATER)
    assert tasks.send_out.func() == 1

    in_review.refresh_from_db()
    assert (in_review.state, in_review.published_at) == ("published", LATER)


def test_news_is_scheduled_for_a_time_ahead(cast, in_review):
    with pytest.raises(Refused, match="ahead"):
        lifecycle.schedule(in_review, by=cast.vera, publish_at=NOON, at=NOON)


def test_a_time_can_be_taken_back(cast, in_review):
    lifecycle.schedule(in_review, by=cast.vera, publish_at=LATER, at=NOON)

    assert lifecycle.unschedule(in_review, by=cast.vera, at=NOON).state == "review"


def test_the_editor_returns_a_draft_with_words(cast, in_review):
    lifecycle.give_back(in_review, by=cast.vera, reason="Нет даты.", at=NOON)

    assert (in_review.state, in_review.reasons) == ("draft", "Нет даты.")


def test_withdrawn_news_is_read_by_nobody_outside(cast, published):
    lifecycle.withdraw(published, by=cast.vera, reason="Ошибка.", at=NOON)

    assert not Piece.objects.visible_to(Guest()).exists()
    assert Piece.objects.visible_to(cast.vera).exists()


def test_a_correction_is_dated_and_keeps_both_languages(cast, published):
    lifecycle.correct(published, by=cast.vera, title_ru="Исправлено", at=LATER)
    assert published.corrected_at == LATER

    with pytest.raises(Refused, match="one language"):
        lifecycle.correct(published, by=cast.vera, body_en="", at=LATER)


def test_the_author_does_not_change_what_was_handed_in(cast, in_review):
    with pytest.raises(Forbidden):
        lifecycle.revise(in_review, by=cast.viktor, title_ru="Иначе", at=NOON)


def test_a_picture_is_put_right_under_what_is_read_by_the_editor_alone(cast, published):
    with pytest.raises(Forbidden):
        lifecycle.set_cover(published, by=cast.viktor, cover=None, alt_ru="", alt_en="", at=NOON)
    lifecycle.set_cover(published, by=cast.vera, cover=None, alt_ru="", alt_en="", at=NOON)

    assert published.cover is None
