"""Who is told what, how often, and that they may see it."""

from datetime import timedelta

import pytest
from django.core import mail
from django.test import Client
from django.utils import timezone

from conftest import CONSENTS, NOON
from pochin.applications import lifecycle as applications
from pochin.core import reactions
from pochin.notices import letters, tasks
from pochin.notices.models import Group, Letter, Notice, Preference, Way
from pochin.participants import lifecycle
from pochin.participants.models import Conflict, Membership, Person, RoleHeld


@pytest.fixture
def screener(cast):
    RoleHeld.objects.create(person=cast.elena, programme=cast.city, code="screener")
    return cast.elena


@pytest.fixture
def told(draft, cast, screener, django_capture_on_commit_callbacks):
    """Anna submits; everybody who is told has a notice."""
    with django_capture_on_commit_callbacks(execute=True):
        applications.submit(draft, by=cast.anna, consents=CONSENTS, missing=0, at=NOON)
    return {notice.person.name_en: notice for notice in Notice.objects.select_related("person")}


def test_whose_turn_it_is_is_told_and_strangers_are_not(told):
    assert {name: notice.group for name, notice in told.items()} == {"Elena": Group.TURN}


def test_a_tied_screener_is_not_told(draft, cast, screener, django_capture_on_commit_callbacks):
    Conflict.objects.create(person=screener, organisation=cast.amber, ground="family")

    with django_capture_on_commit_callbacks(execute=True):
        applications.submit(draft, by=cast.anna, consents=CONSENTS, missing=0, at=NOON)

    assert not Notice.objects.exists()


def test_told_once_however_often_the_entry_is_met(told):
    reactions.catch_up(at=NOON)
    before = Notice.objects.count()

    reactions.catch_up(at=NOON)

    assert Notice.objects.count() == before


def test_what_a_crash_left_out_is_made_up_for(draft, cast, screener):
    applications.submit(draft, by=cast.anna, consents=CONSENTS, missing=0, at=NOON)
    told = Notice.objects.filter(person=screener, entry__verb="applications.submit")
    assert not told.exists()

    reactions.catch_up(at=NOON)
    reactions.catch_up(at=NOON)

    assert told.count() == 1


def test_a_reaction_that_always_fails_holds_no_other_up(draft, cast, screener, monkeypatch):
    def fail(_entry):
        raise RuntimeError("always")

    broken = reactions.Reaction("broken", frozenset({"applications.submit"}), fail)
    monkeypatch.setattr(reactions, "_reactions", {"broken": broken, **reactions._reactions})
    applications.submit(draft, by=cast.anna, consents=CONSENTS, missing=0, at=NOON)

    with pytest.raises(RuntimeError, match="always"):
        reactions.catch_up(at=NOON)

    assert Notice.objects.filter(person=screener, entry__verb="applications.submit").exists()


def test_a_letter_leaves_in_the_readers_language(told, screener):
    screener.language = "en"
    screener.save()

    tasks.send_letters.func()

    [letter] = mail.outbox
    assert letter.to == ["elena@example.org"]
    assert letter.subject.endswith(": the application was submitted")
    assert "Begin to screen the application" in letter.body


def test_sent_again_it_carries_the_same_message_id(told):
    letter = Letter.objects.get()
    letters.send(letter)
    letters.send(letter)

    ids = {message.extra_headers["Message-ID"] for message in mail.outbox}
    assert ids == {letter.message_id}


def test_who_was_shut_out_meanwhile_gets_no_letter(told):
    reader = Letter.objects.get().person
    Person.objects.filter(pk=reader.pk).update(is_active=False)
    tasks.send_letters.func()
    assert mail.outbox == []

    Person.objects.filter(pk=reader.pk).update(is_active=True)
    assert letters.send(Letter.objects.get())


def test_at_delivery_it_is_asked_again_who_may_see(told, cast):
    RoleHeld.objects.filter(code="screener").delete()

    tasks.send_letters.func()

    assert mail.outbox == []
    assert Letter.objects.get().sent_at is not None


def test_a_digest_gathers_and_off_means_off(told, screener):
    Preference.objects.create(person=screener, group=Group.TURN, way=Way.DIGEST)
    Notice.objects.update(way=Way.DIGEST, at=timezone.now() - timedelta(days=1))
    Letter.objects.all().delete()

    assert [tasks.write_digests.func(), tasks.write_digests.func()] == [1, 0]
    assert list(Letter.objects.get(is_digest=True).notices.all()) == list(Notice.objects.all())


@pytest.mark.parametrize("why", ["shut out", "read already", "too long ago", "no letters"])
def test_a_digest_is_not_written_to_who(why, told, screener):
    waits = {"way": Way.DIGEST, "at": timezone.now() - timedelta(days=1)}
    changes = {
        "read already": {"read_at": timezone.now()},
        "too long ago": {"at": timezone.now() - timedelta(days=15)},
        "no letters": {"way": Way.OFF},
    }
    Notice.objects.update(**waits | changes.get(why, {}))
    Letter.objects.all().delete()
    Person.objects.filter(pk=screener.pk).update(is_active=why != "shut out")

    assert tasks.write_digests.func() == 0
    Notice.objects.update(**waits, read_at=None)
    Person.objects.filter(pk=screener.pk).update(is_active=True)
    assert tasks.write_digests.func() == 1


def test_one_click_ends_the_letters_of_a_group(told, screener):
    url = f"/notices/off/{letters.off_token(screener, Group.TURN)}/"
    assert Client().get(url).status_code == 200
    assert letters.way_of(screener, Group.TURN) == Way.NOW

    Client().post(url, {"List-Unsubscribe": "One-Click"})

    assert letters.way_of(screener, Group.TURN) == Way.OFF
    assert Client().post("/notices/off/forged/").status_code == 404


@pytest.mark.parametrize("language", ["ru", "en"])
def test_everybody_reads_their_own_list(told, screener, cast, signed_in, language):
    mine = signed_in(screener, language).get("/notices/").content.decode()
    other = signed_in(cast.gleb, language).get("/notices/").content.decode()

    assert "Распознавание адресов" in mine
    assert "Распознавание адресов" not in other


def test_what_is_not_read_yet_stands_out_until_all_is_marked(told, screener, signed_in):
    browser = signed_in(screener, "en")
    before = browser.get("/notices/").content.decode()
    browser.post("/notices/read/")
    after = browser.get("/notices/").content.decode()

    assert before.count('<li class="new">') == before.count("not read yet") == 1
    assert 'class="new"' not in after
    assert "not read yet" not in after


def test_an_admission_is_told_to_the_company(cast, django_capture_on_commit_callbacks):
    Membership.objects.filter(organisation=cast.amber).update(state="checking")
    membership = Membership.objects.get(organisation=cast.amber)
    with django_capture_on_commit_callbacks(execute=True):
        lifecycle.admit(membership, by=cast.vera, at=NOON)

    assert [n.person for n in Notice.objects.all()] == [cast.anna]


def test_each_reads_and_puts_away_their_own_notices_alone(told, screener, gleb, signed_in):
    rival, reader = signed_in(gleb), signed_in(screener)
    title = str(told["Elena"].entry.thing)

    assert title not in rival.get("/notices/").text
    assert rival.post("/notices/read/").status_code == 302
    assert Notice.objects.filter(read_at__isnull=True).count() == 1

    assert title in reader.get("/notices/").text
    reader.post("/notices/read/")
    assert not Notice.objects.filter(read_at__isnull=True).exists()


@pytest.mark.parametrize("ended", Group.values)
def test_the_link_of_a_letter_ends_the_letters_of_its_group_alone(ended, told, screener):
    Notice.objects.filter(person=screener).update(group=ended)
    letter = Letter.objects.get()
    letters.send(letter)
    link = mail.outbox[-1].extra_headers["List-Unsubscribe"].strip("<>")
    others = {group: letters.way_of(screener, group) for group in Group.values if group != ended}

    Client().post(f"/notices/off/{link.partition('/off/')[2]}")

    assert letters.way_of(screener, ended) == Way.OFF
    assert {group: letters.way_of(screener, group) for group in others} == others
