"""Remarks: while the discussion is open, after the editor has looked."""

from datetime import timedelta

import pytest
from django.utils import timezone

from conftest import NOON
from pochin.core.lifecycle import Refused
from pochin.core.policy import Forbidden
from pochin.news import lifecycle
from pochin.news.models import Remark
from pochin.participants.models import Guest

UNTIL = NOON + timedelta(days=7)


@pytest.fixture
def discussed(cast, published):
    return lifecycle.discuss(published, by=cast.vera, discussed_until=UNTIL, at=NOON)


@pytest.fixture
def remark(cast, discussed):
    return lifecycle.say(discussed, by=cast.anna, text="Хорошо.", at=NOON)


def test_without_a_discussion_nobody_says_anything(cast, published):
    with pytest.raises(Refused, match="no discussion"):
        lifecycle.say(published, by=cast.anna, text="Хорошо.", at=NOON)


def test_a_remark_waits_for_the_editor(cast, remark):
    assert not Remark.objects.visible_to(Guest()).exists()
    assert not Remark.objects.visible_to(cast.gleb).exists()
    assert Remark.objects.visible_to(cast.anna).exists()
    assert Remark.objects.visible_to(cast.vera).exists()


def test_what_was_let_through_is_read_by_everybody(cast, remark):
    lifecycle.show(remark, by=cast.vera, at=NOON)

    assert Remark.objects.visible_to(Guest()).get().text == "Хорошо."


def test_what_is_hidden_is_read_by_its_writer_with_the_reason(cast, remark):
    lifecycle.hide(remark, by=cast.vera, reason="Не о новости.", at=NOON)

    assert not Remark.objects.visible_to(Guest()).exists()
    assert Remark.objects.visible_to(cast.anna).get().reasons == "Не о новости."


@pytest.mark.parametrize("stranger", ["anna", "gleb", "viktor", "ulyana"])
def test_only_an_editor_moderates(stranger, cast, remark):
    with pytest.raises(Forbidden):
        lifecycle.show(remark, by=getattr(cast, stranger), at=NOON)


def test_the_discussion_closes_at_its_time(cast, discussed):
    with pytest.raises(Refused, match="no discussion"):
        lifecycle.say(discussed, by=cast.anna, text="Поздно.", at=UNTIL)


def test_remarks_go_with_the_news(cast, remark):
    lifecycle.show(remark, by=cast.vera, at=NOON)
    lifecycle.withdraw(remark.piece, by=cast.vera, reason="Ошибка.", at=NOON)

    assert not Remark.objects.visible_to(Guest()).exists()


def test_who_has_signed_in_is_asked_to_speak_and_a_guest_to_sign_in(
    cast, published, signed_in, client
):
    lifecycle.discuss(published, by=cast.vera, discussed_until=timezone.now() + timedelta(days=1),
                      at=NOON)  # fmt: skip
    url = published.get_absolute_url()

    assert f'href="{url}say/"' in signed_in(cast.anna).get(url).content.decode()
    guest = client.get(url).content.decode()
    assert f'href="{url}say/"' not in guest
    assert f"?next={url}" in guest
