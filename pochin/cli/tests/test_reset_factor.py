"""A lost phone: whoever keeps the machine lets its owner in again, and the journal remembers."""

from allauth.mfa.models import Authenticator
from django.core import mail

from pochin.cli import main
from pochin.core import journal
from pochin.jobs import worker


def test_a_lost_phone_is_taken_off_and_remembered(anna, gleb, capsys):
    for person in (anna, gleb):
        Authenticator.objects.create(user=person, type="totp", data={"secret": "x"})
        Authenticator.objects.create(user=person, type="recovery_codes", data={})

    assert main(["reset-factor", anna.email.upper(), "--why", "Пришла с паспортом"]) == 0

    assert not Authenticator.objects.filter(user=anna).exists()
    assert Authenticator.objects.filter(user=gleb).count() == 2
    assert journal.of(anna).last().verb == "participants.reset_factor"

    assert main(["reset-factor", anna.email, "--why", "Ещё раз"]) == 2
    assert "has no second factor" in capsys.readouterr().err


def test_a_stranger_or_no_reason_changes_nothing(anna, capsys):
    Authenticator.objects.create(user=anna, type="totp", data={"secret": "x"})

    assert main(["reset-factor", "nobody@example.org", "--why", "так"]) == 2
    assert main(["reset-factor", anna.email, "--why", " "]) == 2

    assert "Nobody signs in as nobody@example.org." in capsys.readouterr().err
    assert Authenticator.objects.filter(user=anna).exists()


def test_whoever_loses_a_factor_so_is_told_by_a_letter(anna):
    Authenticator.objects.create(user=anna, type="totp", data={"secret": "x"})

    assert main(["reset-factor", anna.email, "--why", "Пришла с паспортом"]) == 0

    worker.run_due()
    assert [(letter.to, letter.subject) for letter in mail.outbox] == [
        ([anna.email], "Второй фактор снят")
    ]
