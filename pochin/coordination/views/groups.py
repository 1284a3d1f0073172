"""Working groups of several organisations."""

from __future__ import annotations

from typing import Any

from django.http import HttpRequest, HttpResponse, HttpResponseBase
from django.shortcuts import redirect
from django.urls import reverse
from django.utils.translation import gettext_lazy as _

from pochin.coordination import forms
from pochin.coordination.lifecycle import groups
from pochin.coordination.listing import GroupListing, for_reader
from pochin.coordination.models import Meeting, Task, WorkingGroup
from pochin.coordination.policy import organiser
from pochin.coordination.views.common import asks, writes_in
from pochin.participants.models import Programme
from pochin.ui import access
from pochin.ui.pieces import Link
from pochin.ui.shortcuts import page, said_on, visible_or_404


def _group(user: Any, programme: str, number: int) -> WorkingGroup:
    things = WorkingGroup.objects.select_related("programme")
    return visible_or_404(things, user, programme__code=programme, number=number)


@access.shows(WorkingGroup)
def group_index(request: HttpRequest) -> HttpResponseBase:
    """The working groups the reader may see."""
    seen = WorkingGroup.objects.visible_to(request.user).select_related("programme")
    return GroupListing(request, for_reader(seen, request.user)).respond(
        "coordination/groups.html", begin_in=writes_in(request.user)
    )


@access.shows(Programme)
def found_group(request: HttpRequest, programme: str) -> HttpResponse:
    """Found a working group."""
    under = visible_or_404(Programme, request.user, code=programme)
    organiser.demand(request.user, under)
    form = forms.GroupForm(request.POST or None)
    if form.is_valid():
        with said_on(form):
            return redirect(groups.found(under, by=request.user, **form.cleaned_data))
    return asks(request, form, _("Working group"), under, reverse("coordination:groups"))


@access.shows(WorkingGroup)
def edit_group(request: HttpRequest, programme: str, number: int) -> HttpResponse:
    """Give a working group another name or purpose."""
    group = _group(request.user, programme, number)
    organiser.demand(request.user, group)
    form = forms.GroupForm(request.POST or None, instance=group)
    if form.is_valid():
        with said_on(form):
            fresh = _group(request.user, programme, number)
            groups.edit(fresh, by=request.user, **form.cleaned_data)
            return redirect(fresh)
    return asks(request, form, _("Working group"), group.programme, group.get_absolute_url())


@access.shows(WorkingGroup)
def unseat(request: HttpRequest, programme: str, number: int) -> HttpResponse:
    """Let a person leave a working group."""
    group = _group(request.user, programme, number)
    organiser.demand(request.user, group)
    form = forms.UnseatForm(request.POST or None, group=group)
    if form.is_valid():
        with said_on(form):
            groups.unseat(group, by=request.user, person=form.cleaned_data["person"])
            return redirect(group)
    return asks(request, form, _("Remove a person from the group"), group, group.get_absolute_url())


@access.shows(WorkingGroup)
def group_page(request: HttpRequest, programme: str, number: int) -> HttpResponse:
    """One working group: who sits in it for whom, its meetings and what they resolved to do."""
    group = _group(request.user, programme, number)
    may_seat = organiser(request.user, group)
    form = None
    if may_seat:
        form = forms.SeatForm(request.POST or None, programme=group.programme, user=request.user)
    if form is not None and form.is_valid():
        with said_on(form):
            given = {
                name: form.cleaned_data[name] for name in ("person", "organisation", "is_chair")
            }
            groups.seat(group, by=request.user, **given)
            return redirect(group)
    if request.method == "POST" and form is None:
        organiser.demand(request.user, group)
    met = Meeting.objects.visible_to(request.user).filter(group=group).select_related("programme")
    owed = Task.objects.visible_to(request.user).filter(resolution__meeting__group=group)
    return page(
        request,
        "coordination/group.html",
        group=group,
        form=form,
        may_edit=may_seat,
        seats=group.seats.select_related("person", "organisation").order_by(
            "organisation__name_ru", "person__name_ru"
        ),
        met=met.order_by("-starts_at"),
        owed=owed.select_related("programme", "responsible").order_by("due_on"),
        crumbs=[
            Link(label=_("Working groups"), url=reverse("coordination:groups")),
            Link(label=group),
        ],
    )
