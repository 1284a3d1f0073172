"""Pages of a request to speak for an organisation: asking, and answering it."""

from __future__ import annotations

from typing import Any

from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext_lazy as _
from django.utils.translation import ngettext

from pochin.participants.forms import RegistrationForm
from pochin.participants.lifecycle import organisations as life_of
from pochin.participants.lifecycle import people
from pochin.participants.models import Organisation, Person, Registration
from pochin.participants.readers import person_of
from pochin.participants.views.organisations import register_link
from pochin.participants.views.things import thing_page
from pochin.ui import access, parts
from pochin.ui.moves import ReasonForm, acting
from pochin.ui.pieces import Link
from pochin.ui.shortcuts import page, visible_or_404


@access.personal("a person's own request to speak for an organisation")
def register(request: HttpRequest) -> HttpResponse:
    """Ask to speak for an organisation."""
    wished = request.GET.get("programme", "")
    form = RegistrationForm(request.POST or None, by=person_of(request), wished=wished)
    if form.is_valid():
        given = dict(form.cleaned_data)
        if name := given.pop("person_name", ""):
            me = Person.objects.get(pk=person_of(request).pk)
            people.edit_profile(me, by=request.user, at=timezone.now(), name_ru=name)
        return redirect(life_of.ask(given.pop("programme"), by=request.user, **given))
    return page(
        request,
        "participants/form.html",
        form=form,
        title=_("Register my organisation"),
        sub=_("The centre checks the request in three working days."),
        save=_("Send the request"),
        crumbs=[register_link(), Link(label=_("Register my organisation"))],
        back=reverse("participants:profile"),
    )


@access.shows(Registration)
def registration_page(request: HttpRequest, key: str) -> HttpResponse:
    """One request to speak for an organisation; who answers it is told whom it would speak for."""
    things = Registration.objects.select_related("person", "programme", "organisation")
    registration = visible_or_404(things, request.user, key=key)
    facts = [
        (_("Person"), f"{registration.person}, {registration.person.email}"),
        (_("Post"), parts.said(registration.position)),
        (_("Signs"), _("yes") if registration.may_sign else _("no")),
        (_("Power of attorney"), registration.attorney),
        (_("INN"), registration.inn),
        (_("KPP"), registration.kpp),
        (_("OGRN"), registration.ogrn),
        (_("Programme"), registration.programme),
        (_("Asked"), parts.exact_time(registration.asked_at)),
        (_("Organisation"), registration.organisation and _link(registration.organisation)),
    ]
    return thing_page(
        request,
        registration,
        life_of.registrations,
        title=registration,
        facts=facts,
        words=[(_("Reasons"), registration.reasons)],
        crumbs=[register_link()],
        main="confirm",
        notice=_of_the_register(request.user, registration),
    )


def _of_the_register(user: Any, registration: Registration) -> str:
    """Whom the register knows under these numbers, for those who answer the request."""
    if not life_of.registrations.moves["confirm"].is_open_to(user, registration):
        return ""
    known = life_of.known(registration)
    return _as_known(known) if known else ""


def _as_known(known: Organisation) -> str:
    speaking = life_of.speaking_for(known)
    words = ngettext(
        "In the register this INN and KPP belong to “%(company)s”; %(n)d person speaks for it. "
        "Make sure that the request comes from there.",
        "In the register this INN and KPP belong to “%(company)s”; %(n)d people speak for it. "
        "Make sure that the request comes from there.",
        speaking,
    )
    return words % {"company": known, "n": speaking}


def _before_confirming(registration: Registration) -> list[Any]:
    """What confirming a request leads to, before the button is pressed."""
    known = life_of.known(registration)
    first = _as_known(known) if known else _(
        "A new organisation enters the register: %(company)s, INN %(inn)s."
    ) % {"company": registration, "inn": registration.inn}  # fmt: skip
    will = (
        _("%(person)s will write and sign for it.") if registration.may_sign
        else _("%(person)s will write for it, without the right to sign.")
    )  # fmt: skip
    return [first, will % {"person": registration.person}]


def _link(thing: Any) -> Any:
    return parts.link(thing, thing.get_absolute_url(), css="")


act_on_registration = acting(
    life_of.registrations,
    Registration,
    lookup="key",
    forms={"refuse": ReasonForm},
    told={"confirm": _before_confirming},
)
