"""Create the first programme, its centre, its coordinator and an administrator."""

from __future__ import annotations

import argparse
import getpass

from pochin.cli import Fault, ready


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

    from pochin.participants.models import Organisation, Person, Programme, ProgrammeState, RoleHeld
    from pochin.participants.policy import Role

    if Programme.objects.filter(code=args.code).exists():
        raise Fault(f"There is a programme {args.code} already; nothing was changed.")
    if Person.objects.filter(email=args.email.lower()).exists():
        raise Fault(f"{args.email} is known already; give the role on the pages of the programme.")
    password = _password(args.password_file)
    with transaction.atomic():
        centre, _new = Organisation.objects.get_or_create(name_ru=args.centre)
        programme = Programme.objects.create(
            code=args.code, name_ru=args.name_ru, name_en=args.name_en, centre=centre,
            starts_on=timezone.localdate(), state=ProgrammeState.OPEN,
        )  # fmt: skip
        person = Person.objects.create_user(
            args.email, password, name_ru=args.person, is_administrator=True
        )
        for role in (Role.COORDINATOR, Role.DIRECTOR):
            RoleHeld.objects.create(person=person, programme=programme, code=role)
    print(f"The programme {programme.code} is open; {person.email} coordinates it.")
    return 0


def _password(file: str | None) -> str:
    if file:
        with open(file, encoding="utf-8") as source:
            return source.readline().strip()
    first = getpass.getpass("Password: ")
    if first != getpass.getpass("Once more: "):
        raise Fault("The two passwords differ; nothing was changed.")
    return first
