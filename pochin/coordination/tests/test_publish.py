"""Published minutes are read by all members; what was said around them stays inside."""

import pytest

from conftest import plain
from pochin.coordination import reach, talking
from pochin.coordination.lifecycle import meetings
from pochin.coordination.models import Meeting
from pochin.coordination.tests.test_meet import LATER
from pochin.core.policy import Forbidden


@pytest.fixture
def signed(minuted, cast):
    talking.say(minuted, by=cast.anna, text="Только между нами.", at=LATER)
    return meetings.sign(minuted, by=cast.kira, at=LATER)


@pytest.fixture
def published(signed, cast):
    return meetings.publish(signed, by=cast.vera, at=LATER)


@pytest.mark.parametrize("reader", ["gleb", "artem", "nina", "boris", "elena"])
def test_before_that_they_are_absent_for_members_who_were_not_invited(
    reader, signed, cast, signed_in
):
    browser = signed_in(getattr(cast, reader))

    assert browser.get(signed.get_absolute_url()).status_code == 404
    assert not Meeting.objects.visible_to(getattr(cast, reader)).exists()


@pytest.mark.parametrize("reader", ["gleb", "artem", "nina", "boris"])
def test_published_minutes_are_read_by_members_without_what_was_said(
    reader, published, cast, signed_in
):
    page = signed_in(getattr(cast, reader)).get(published.get_absolute_url()).content.decode()

    assert "Decided." in page
    assert "Give the data" in page
    assert "Who is invited" not in page
    assert "Conversation" not in page


@pytest.mark.parametrize("reader", ["gleb", "artem"])
def test_the_conversation_does_not_open_to_new_readers(reader, published, cast, signed_in):
    browser = signed_in(getattr(cast, reader))
    word = reach.token(published)

    assert browser.get(f"/coordination/talk/{word}/").status_code == 404
    assert "Только между нами." in signed_in(cast.anna).get(
        f"/coordination/talk/{word}/"
    ).content.decode()  # fmt: skip


@pytest.mark.parametrize("stranger", ["ulyana", "zakhar"])
def test_for_others_they_stay_absent(stranger, published, cast, signed_in):
    browser = signed_in(getattr(cast, stranger))
    absent = browser.get("/coordination/city/99/")

    assert plain(browser.get(published.get_absolute_url())) == plain(absent)


@pytest.mark.parametrize("stranger", ["anna", "gleb", "rita"])
def test_only_who_prepares_meetings_or_leads_them_publishes(stranger, signed, cast):
    with pytest.raises(Forbidden):
        meetings.publish(signed, by=getattr(cast, stranger), at=LATER)
    assert meetings.publish(signed, by=cast.kira, at=LATER).state == "published"
