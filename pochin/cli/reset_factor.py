"""Take the second factor off an account whose owner lost the phone and the spare codes."""

from __future__ import annotations

import argparse

from pochin.cli import Fault, ready


def add(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("email", help="e-mail the person signs in with")
    parser.add_argument("--why", required=True, help="how it was made sure who asks; is kept")


def run(args: argparse.Namespace) -> int:
    ready(with_tables=True)
    from allauth.mfa.models import Authenticator
    from django.db import transaction
    from django.utils import timezone

    from pochin.core import journal
    from pochin.core.policy import SYSTEM
    from pochin.participants.models import Person
    from pochin.ui.security import FACTOR_TAKEN_OFF
    from pochin.ui.tasks import tell_of_change

    person = Person.objects.filter(email=args.email.lower()).first()
    if person is None:
        raise Fault(f"Nobody signs in as {args.email}.")
    if not args.why.strip():
        raise Fault("--why is empty: say how you made sure who asks.")
    with transaction.atomic():
        gone, _kinds = Authenticator.objects.filter(user=person).delete()
        if not gone:
            raise Fault(f"{person.email} has no second factor; the password is enough.")
        journal.write(
            "participants.reset_factor", person, by=SYSTEM, at=timezone.now(), note=args.why.strip()
        )
        tell_of_change(person, FACTOR_TAKEN_OFF, at=timezone.now())
    print(f"{person.email} signs in with the password alone and is asked to set up a new factor.")
    return 0
