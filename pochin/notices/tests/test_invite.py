"""Letters of invitations, registrations and agreements: to whom they concern, to nobody else."""

from django.core import mail

from conftest import NOON
from pochin.core.lifecycle import LIVES
from pochin.notices import letters, tasks
from pochin.notices.models import Notice
from pochin.participants.lifecycle import seats


def test_an_invitation_is_a_letter_to_its_address_alone(cast, anna):
    made = seats.invite(cast.amber, by=anna, email="new@example.org", may_edit=True, at=NOON)

    assert tasks.send_invitation.func(made.pk) is True

    [letter] = mail.outbox
    assert letter.to == ["new@example.org"]
    assert f"/participants/invitations/{made.key}/" in letter.body
    assert letter.extra_headers["Message-ID"].startswith(f"<invitation-{made.key}@")


def test_a_withdrawn_invitation_is_not_sent(cast, anna):
    made = seats.invite(cast.amber, by=anna, email="new@example.org", at=NOON)
    seats.withdraw(made, by=anna, at=NOON)

    assert tasks.send_invitation.func(made.pk) is False
    assert mail.outbox == []


def test_it_speaks_the_language_of_who_invites(cast, anna):
    anna.language = "en"
    anna.save()
    made = seats.invite(cast.amber, by=anna, email="new@example.org", at=NOON)

    tasks.send_invitation.func(made.pk)

    assert "invites you to speak for Amber" in mail.outbox[0].subject


def test_who_invited_learns_that_it_was_declined(
    cast, anna, gleb, django_capture_on_commit_callbacks
):
    made = seats.invite(cast.amber, by=anna, email=gleb.email, at=NOON)
    with django_capture_on_commit_callbacks(execute=True):
        seats.decline(made, by=gleb, at=NOON)

    told = Notice.objects.filter(entry__verb="participants.invitation.decline")
    assert [notice.person for notice in told] == [anna]


def test_every_verb_that_is_told_is_a_move_of_some_life():
    moves = {f"{life.name}.{name}" for life in LIVES.values() for name in life.moves}

    assert sorted((set(letters.DECISIONS) | set(letters.STORIES)) - moves) == []
