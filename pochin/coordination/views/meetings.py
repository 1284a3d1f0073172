"""Meetings: planned, held, written down."""

from __future__ import annotations

from typing import Any

from django.http import HttpRequest, HttpResponse, HttpResponseBase
from django.shortcuts import redirect
from django.urls import reverse
from django.utils.translation import gettext_lazy as _

from pochin.coordination import forms
from pochin.coordination.lifecycle import meetings
from pochin.coordination.listing import MeetingListing
from pochin.coordination.models import Meeting, MeetingState, Recusal, Task, WorkingGroup
from pochin.coordination.policy import organiser
from pochin.coordination.views.common import asks, crumbs, writes_in
from pochin.core import journal
from pochin.core.lifecycle import Action
from pochin.participants.models import Programme
from pochin.ui import access, parts
from pochin.ui.moves import ReasonForm, acting, beside
from pochin.ui.shortcuts import page, said_on, visible_or_404
from pochin.ui.tones import state_badge


@access.shows(Meeting)
def index(request: HttpRequest) -> HttpResponseBase:
    """The meetings the reader may see."""
    seen = Meeting.objects.visible_to(request.user).select_related("programme", "group")
    return MeetingListing(request, seen).respond(
        "coordination/index.html", begin_in=writes_in(request.user)
    )


def _meeting(user: Any, programme: str, number: int) -> Meeting:
    things = Meeting.objects.select_related("programme", "group__programme", "chair")
    return visible_or_404(things, user, programme__code=programme, number=number)


NEXT = {
    MeetingState.PLANNED: "send_invitations",
    MeetingState.INVITED: "hold",
    MeetingState.HELD: "write_minutes",
    MeetingState.MINUTED: "sign",
    MeetingState.SIGNED: "publish",
}


PLACES = {
    "agenda_actions": ("add_item", "remove_item", "recuse"),
    "people_actions": ("answer", "add_invitee", "invite_group", "remove_invitee"),
}


@access.shows(Meeting)
def meeting_page(request: HttpRequest, programme: str, number: int) -> HttpResponse:
    """One meeting: agenda, people, minutes, resolutions."""
    user = request.user
    meeting = _meeting(user, programme, number)
    edit = meetings.life.moves["edit"]
    is_inside = Meeting.objects.inside(user).filter(pk=meeting.pk).exists()
    items = _items(meeting, user, is_inside)
    people = list(meeting.invitees.select_related("person").order_by("person__name_ru"))
    actions = _with_work(meetings.life.actions(user, meeting), meeting, items, people)
    return page(
        request,
        "coordination/meeting.html",
        meeting=meeting,
        crumbs=crumbs(meeting),
        facts_list=_facts(meeting),
        is_inside=is_inside,
        items=items,
        people=people,
        resolutions=meeting.resolutions.select_related("responsible", "task").order_by("place"),
        # What a reader may not open is named without a link.
        opens=set(
            Task.objects.visible_to(user)
            .filter(resolution__meeting=meeting)
            .values_list("pk", flat=True)
        ),
        **beside(actions, PLACES),
        main=NEXT.get(MeetingState(meeting.state), ""),
        may_edit=edit.is_open_to(user, meeting),
        state_tag=state_badge(meeting),
        story=journal.of(meeting) if is_inside else [],
    )


def _with_work(
    actions: list[Action], meeting: Meeting, items: list[Any], people: list[Any]
) -> list[Action]:
    """The moves that have something to work on: nothing is taken off an empty list."""
    idle = set()
    if not items:
        idle |= {"remove_item", "recuse"}
    if not people:
        idle.add("remove_invitee")
    if meeting.group_id is None:
        idle.add("invite_group")
    return [action for action in actions if action.move.name not in idle]


def _facts(meeting: Meeting) -> list[tuple[Any, Any]]:
    group = meeting.group
    rows = [
        (_("Begins"), parts.exact_time(meeting.starts_at)),
        (_("Ends"), parts.exact_time(meeting.ends_at)),
        (_("Where"), parts.said(meeting.place)),
        (_("Link"), meeting.link and parts.link(meeting.link, meeting.link)),
        (_("Working group"), group and parts.link(group, group.get_absolute_url())),
        (_("Leads"), meeting.chair),
        (_("Minutes signed"), meeting.signed_at and parts.exact_time(meeting.signed_at)),
    ]
    return [(word, value) for word, value in rows if value]


def _items(meeting: Meeting, user: Any, is_inside: bool) -> list[dict[str, Any]]:
    """The agenda; what a point is about is named only to who may see that."""
    found = []
    recused: dict[int, list[Recusal]] = {}
    told = Recusal.objects.filter(item__meeting=meeting) if is_inside else Recusal.objects.none()
    for recusal in told.select_related("person"):
        recused.setdefault(recusal.item_id, []).append(recusal)
    for item in meeting.items.select_related("kind").order_by("place"):
        thing = None
        if item.kind is not None:
            model: Any = item.kind.model_class()
            thing = model.objects.visible_to(user).filter(pk=item.thing_id).first()
        found.append({"item": item, "thing": thing, "recused": recused.get(item.pk, [])})
    return found


@access.shows(Programme)
def plan(request: HttpRequest, programme: str) -> HttpResponse:
    """Plan a meeting."""
    under = visible_or_404(Programme, request.user, code=programme)
    organiser.demand(request.user, under)
    asked = request.GET.get("group", "")[:9]
    groups = WorkingGroup.objects.visible_to(request.user).filter(programme=under)
    of = groups.filter(number=int(asked)).first() if asked.isascii() and asked.isdigit() else None
    form = forms.MeetingForm(
        request.POST or None, programme=under, user=request.user, initial={"group": of}
    )
    if form.is_valid():
        with said_on(form):
            return redirect(meetings.plan(under, by=request.user, **form.cleaned_data))
    return asks(request, form, _("Plan a meeting"), under, reverse("coordination:index"))


@access.shows(Meeting)
def edit(request: HttpRequest, programme: str, number: int) -> HttpResponse:
    """Change the time or the place; calendars follow."""
    meeting = _meeting(request.user, programme, number)
    meetings.life.moves["edit"].who.demand(request.user, meeting)
    form = forms.MeetingForm(
        request.POST or None, instance=meeting, programme=meeting.programme, user=request.user
    )
    if form.is_valid():
        with said_on(form):
            fresh = _meeting(request.user, programme, number)
            return redirect(meetings.edit(fresh, by=request.user, **form.cleaned_data))
    return asks(request, form, meeting, meeting.programme, meeting.get_absolute_url())


act_on_meeting = acting(
    meetings.life,
    Meeting,
    find=_meeting,
    forms={
        "add_item": forms.ItemForm,
        "remove_item": forms.OneItemForm,
        "add_invitee": forms.InviteForm,
        "remove_invitee": forms.TakeOffForm,
        "answer": forms.AnswerForm,
        "recuse": forms.RecuseForm,
        "hold": forms.HoldForm,
        "write_minutes": forms.MinutesForm,
        "resolve": forms.ResolutionForm,
        "remove_resolution": forms.OneResolutionForm,
        "call_off": ReasonForm,
    },
)
