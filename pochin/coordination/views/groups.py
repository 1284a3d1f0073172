"""Working groups of several organisations."""

from __future__ import annotations

from typing import Any

from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.urls import reverse
from django.utils.translation import gettext_lazy as _

from pochin.coordination import forms
from pochin.coordination.lifecycle import groups
from pochin.coordination.models import Meeting, WorkingGroup
from pochin.coordination.policy import organiser
from pochin.coordination.views.common import asks, crumbs
from pochin.participants.models import Programme
from pochin.ui import access
from pochin.ui.shortcuts import page, visible_or_404


def _group(user: Any, programme: str, number: int) -> WorkingGroup:
    things = WorkingGroup.objects.select_related("programme")
    return visible_or_404(things, user, programme__code=programme, number=number)


@access.shows(Programme)
def found_group(request: HttpRequest, programme: str) -> HttpResponse:
    """Found a working group."""
    under = visible_or_404(Programme, request.user, code=programme)
    organiser.demand(request.user, under)
    form = forms.GroupForm(request.POST or None)
    if form.is_valid():
        return redirect(groups.found(under, by=request.user, **form.cleaned_data))
    return asks(request, form, _("Working group"), under, reverse("coordination:index"))


@access.shows(WorkingGroup)
def edit_group(request: HttpRequest, programme: str, number: int) -> HttpResponse:
    """Give a working group another name or purpose."""
    group = _group(request.user, programme, number)
    organiser.demand(request.user, group)
    form = forms.GroupForm(request.POST or None, instance=group)
    if form.is_valid():
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
        groups.unseat(group, by=request.user, person=form.cleaned_data["person"])
        return redirect(group)
    return asks(request, form, _("Let a person leave"), group, group.get_absolute_url())


@access.shows(WorkingGroup)
def group_page(request: HttpRequest, programme: str, number: int) -> HttpResponse:
    """One working group: who sits in it for whom, its meetings."""
    group = _group(request.user, programme, number)
    may_seat = organiser(request.user, group)
    form = None
    if may_seat:
        form = forms.SeatForm(request.POST or None, programme=group.programme, user=request.user)
    if form is not None and form.is_valid():
        given = {name: form.cleaned_data[name] for name in ("person", "organisation", "is_chair")}
        groups.seat(group, by=request.user, **given)
        return redirect(group)
    if request.method == "POST" and form is None:
        organiser.demand(request.user, group)
    met = Meeting.objects.visible_to(request.user).filter(group=group).select_related("programme")
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
        crumbs=crumbs(group),
    )
