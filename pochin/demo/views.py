"""The demonstration's own pages: be anybody with one click, read the letters that left."""

from __future__ import annotations

import email
from email import policy
from pathlib import Path
from typing import Any

from django.conf import settings
from django.contrib.auth import login
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST

from pochin.demo import errands
from pochin.demo.people import COMPANIES, PLAYERS, address
from pochin.participants.models import Person
from pochin.participants.policy import Role
from pochin.ui import access, parts
from pochin.ui.shortcuts import page

SHOWN = 50


def _demo_only() -> None:
    if not settings.DEMO:
        raise Http404


@access.public("only in the demonstration: everybody may be anybody there")
def players(request: HttpRequest) -> HttpResponse:
    """Choose whom to be."""
    _demo_only()
    people = {person.email: person for person in Person.objects.all()}
    staff = [
        (people[address(player.key)], _roles(player), errands.words_of(player.key))
        for player in PLAYERS
        if address(player.key) in people
    ]
    companies = [
        (
            people[address(company.key)],
            parts.pair(company.ru, company.en),
            errands.words_of(company.key),
        )
        for company in COMPANIES
        if address(company.key) in people
    ]
    groups = [(_("The centre and the post"), "c7", staff), (_("Companies"), "c5", companies)]
    return page(request, "demo/players.html", groups=groups)


def _roles(player: Any) -> str:
    labels = dict(Role.choices)
    held = [*player.city, *player.region]
    words = dict.fromkeys(str(labels[role]) for role in held)
    return ", ".join(words) or _("administrator of the installation")


@access.public("only in the demonstration: everybody may be anybody there")
@require_POST
def enter(request: HttpRequest) -> HttpResponse:
    """Sign in as somebody with one click."""
    _demo_only()
    person = Person.objects.filter(
        email=request.POST.get("email", ""), email__endswith="@demo.example"
    ).first()
    if person is None:
        raise Http404
    login(request, person)
    task = request.POST.get("task") and errands.page_of(person.email.partition("@")[0])
    return redirect(task or "home:page")


@access.public("only in the demonstration: letters are written to files, not sent")
def mail(request: HttpRequest) -> HttpResponse:
    """The letters that would have left, newest first."""
    _demo_only()
    folder = Path(settings.MAIL_FILES)
    files = sorted(folder.glob("*.log"), reverse=True)[:SHOWN] if folder.exists() else []
    return page(request, "demo/mail.html", letters=[_letter(file) for file in files])


def _letter(file: Path) -> dict[str, str]:
    message = email.message_from_bytes(file.read_bytes(), policy=policy.default)
    body = message.get_body(("plain",))
    return {
        "to": str(message["To"]),
        "subject": str(message["Subject"]),
        "date": str(message["Date"]),
        "body": body.get_content() if body else "",
    }
