"""Create the first programme, its centre, its coordinator and an administrator."""

from __future__ import annotations

import argparse
import getpass
from pathlib import Path

from pochin.cli import Fault, named, ready


def add(parser: argparse.ArgumentParser) -> None:
    parser.add_argument(
        "--code", required=True, help="short code of the programme, for example city"
    )
    parser.add_argument("--name-ru", required=True, help="name of the programme in Russian")
    parser.add_argument("--name-en", required=True, help="name of the programme in English")
    parser.add_argument("--centre", required=True, help="organisation that runs it")
    parser.add_argument("--email", required=True, help="e-mail of the first coordinator")
    parser.add_argument("--person", required=True, help="name of the first coordinator")
    parser.add_argument("--password-file", help="file with the password; asked for otherwise")


def run(args: argparse.Namespace) -> int:
    ready(with_tables=True)
    from django.db import transaction
    from django.utils import timezone

    from pochin.participants.lifecycle import programmes
    from pochin.participants.models import Organisation, Person, Programme, RoleHeld
    from pochin.participants.policy import Role

    if Programme.objects.filter(code=args.code).exists():
        raise Fault(f"There is a programme {args.code} already; nothing was changed.")
    if Person.objects.filter(email=args.email.lower()).exists():
        raise Fault(f"{args.email} is known already; give the role on the pages of the programme.")
    _sound(args)
    password = _password(args.password_file)
    _strong(password, args)
    with transaction.atomic():
        centre, _new = Organisation.objects.get_or_create(name_ru=args.centre)
        person = Person.objects.create_user(
            args.email, password, name_ru=args.person, is_administrator=True
        )
        # Not open yet: once it is, its criteria stay, and only people know which they are.
        programme = programmes.begin(
            by=person, code=args.code, name_ru=args.name_ru, name_en=args.name_en, centre=centre,
            starts_on=timezone.localdate(),
        )  # fmt: skip
        for role in (Role.COORDINATOR, Role.DIRECTOR):
            RoleHeld.objects.create(person=person, programme=programme, code=role)
    print(f"The programme {programme.code} is prepared; {person.email} coordinates it.")
    print(_next_step())
    print("The first page there leads on: set the criteria, open the programme, give the roles.")
    return 0


def _sound(args: argparse.Namespace) -> None:
    """Refuse what the pages would refuse, before anything is written."""
    from django.core.exceptions import ValidationError
    from django.core.validators import validate_email, validate_slug

    try:
        validate_email(args.email)
    except ValidationError as error:
        raise Fault(
            f"{args.email} is not an e-mail address; nobody could sign in with it."
        ) from error
    try:
        validate_slug(args.code)
    except ValidationError as error:
        raise Fault(
            f"The code {args.code} stands in addresses: only Latin letters, digits, - and _."
        ) from error
    for words, most, name in (
        (args.code, 20, "--code"), (args.name_ru, 200, "--name-ru"),
        (args.name_en, 200, "--name-en"), (args.centre, 250, "--centre"),
        (args.person, 120, "--person"),
    ):  # fmt: skip
        if not words.strip():
            raise Fault(f"{name} is empty.")
        if len(words) > most:
            raise Fault(f"{name} is longer than {most} characters.")


def _strong(password: str, args: argparse.Namespace) -> None:
    from django.contrib.auth.password_validation import validate_password
    from django.core.exceptions import ValidationError

    from pochin.participants.models import Person

    try:
        validate_password(password, Person(email=args.email, name_ru=args.person))
    except ValidationError as error:
        raise Fault(" ".join(["Nothing was changed.", *error.messages])) from error


def _next_step() -> str:
    """What the coordinator does now, and where the code of the first sign-in arrives."""
    from django.conf import settings

    letters = ""
    if "filebased" in settings.EMAIL_BACKEND:
        letters = f" No mail server is named, so that letter lies in {settings.EMAIL_FILE_PATH}."
    return (
        f"Start `pochin serve` and `pochin worker`, then sign in on {settings.SITE_URL}:"
        f" a letter brings a code, after it a second factor is set up.{letters}"
    )


def _password(file: str | None) -> str:
    if file:
        return named.text(Path(file)).splitlines()[0].strip()
    first = getpass.getpass("Password: ")
    if first != getpass.getpass("Once more: "):
        raise Fault("The two passwords differ; nothing was changed.")
    return first
