"""Pages of a person about themselves: profile, seats, roles, declared ties."""

from __future__ import annotations

from typing import Any

from django.http import HttpRequest, HttpResponse, HttpResponseBase
from django.shortcuts import redirect
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from pochin.participants import zones
from pochin.participants.forms import ConflictForm, PersonForm, UntilForm
from pochin.participants.lifecycle import conflicts, people
from pochin.participants.listing import ConflictListing
from pochin.participants.models import Conflict, Invitation, Person, Registration
from pochin.participants.readers import person_of
from pochin.participants.views.things import thing_page
from pochin.ui import access, parts
from pochin.ui.moves import ReasonForm, acting
from pochin.ui.pieces import Link
from pochin.ui.shortcuts import page, visible_or_404
from pochin.ui.tones import state_badge


@access.personal("one's own profile, seats, roles, invitations and requests")
def profile(request: HttpRequest) -> HttpResponse:
    """Who the reader is here: what they hold, what they are asked, what they asked for."""
    me: Any = request.user
    invited = Invitation.objects.visible_to(me).filter(email=me.email, state="sent")
    asked = Registration.objects.visible_to(me).filter(person=me).order_by("-pk")[:20]
    ties = Conflict.objects.visible_to(me).filter(person=me).order_by("-pk")
    return page(
        request,
        "participants/profile.html",
        title=str(me),
        facts_list=_facts(me),
        seats=me.seats.select_related("organisation").order_by("-state", "pk"),
        roles=[
            (held, state_badge(held))
            for held in me.roles.select_related("programme").order_by("-state", "since")
        ],
        invited=invited.select_related("organisation").order_by("pk"),
        asked=[(registration, state_badge(registration)) for registration in asked],
        ties=[(tie, state_badge(tie)) for tie in ties.select_related("organisation")[:20]],
    )


def _facts(me: Any) -> list[tuple[Any, Any]]:
    rows = [
        (_("Name in Russian"), me.name_ru),
        (_("Name in English"), me.name_en),
        (_("E-mail"), me.email),
        (_("Phone"), me.phone),
        (_("Language of letters"), me.get_language_display()),
        (_("Time zone"), zones.name(me.zone)),
    ]
    return [(word, value) for word, value in rows if value]


@access.personal("one's own name, phone, language of letters and time zone")
def edit_profile(request: HttpRequest) -> HttpResponse:
    """Change what one says about oneself."""
    me = Person.objects.get(pk=person_of(request).pk)
    form = PersonForm(request.POST or None, instance=me)
    if form.is_valid():
        fresh = Person.objects.get(pk=me.pk)
        people.edit_profile(fresh, by=request.user, at=timezone.now(), **form.cleaned_data)
        return redirect("participants:profile")
    return page(
        request,
        "participants/form.html",
        form=form,
        title=_("My profile"),
        crumbs=[_profile_link(), Link(label=_("Edit"))],
        back=reverse("participants:profile"),
    )


def _profile_link() -> Link:
    return Link(label=_("My profile"), url=reverse("participants:profile"))


@access.shows(Conflict)
def conflict_index(request: HttpRequest) -> HttpResponseBase:
    """The declared ties the reader may see: one's own, and those to be confirmed."""
    seen = Conflict.objects.visible_to(request.user).select_related("person", "organisation")
    return ConflictListing(request, seen).respond("participants/conflicts.html")


@access.personal("a person declares a tie of their own")
def declare(request: HttpRequest) -> HttpResponse:
    """Declare what ties the reader to an organisation."""
    form = ConflictForm(request.POST or None, user=request.user)
    if form.is_valid():
        return redirect(conflicts.declare(by=request.user, **form.cleaned_data))
    return page(
        request,
        "participants/form.html",
        form=form,
        title=_("Declare a conflict of interest"),
        sub=_("It counts at once; a coordinator confirms or rejects it."),
        save=_("Declare"),
        crumbs=[_profile_link(), _conflicts_link(), Link(label=_("Declare"))],
        back=reverse("participants:conflicts"),
    )


def _conflicts_link() -> Link:
    return Link(label=_("Conflicts of interest"), url=reverse("participants:conflicts"))


@access.shows(Conflict)
def conflict_page(request: HttpRequest, key: str) -> HttpResponse:
    """One declared tie."""
    things = Conflict.objects.select_related("person", "organisation")
    conflict = visible_or_404(things, request.user, key=key)
    facts = [
        (_("Person"), conflict.person),
        (_("Organisation"), conflict.organisation),
        (_("Ground"), conflict.get_ground_display()),
        (_("Since"), conflict.since and parts.day(conflict.since)),
        (_("Until"), conflict.until and parts.day(conflict.until)),
    ]
    return thing_page(
        request,
        conflict,
        conflicts.life,
        title=_("Conflict of interest"),
        facts=facts,
        words=[(_("What it is"), conflict.words)],
        crumbs=[_conflicts_link()],
        main="confirm",
    )


act_on_conflict = acting(
    conflicts.life, Conflict, lookup="key", forms={"reject": ReasonForm, "end": UntilForm}
)
