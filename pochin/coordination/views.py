"""Pages of coordination: whose turn it is, meetings, groups, tasks, conversations."""

from __future__ import annotations

from typing import Any

from django.db.models import Q
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _t
from django.utils.translation import gettext_lazy as _

from pochin.coordination import forms, reach, talking
from pochin.coordination.lifecycle import groups, meetings, tasks
from pochin.coordination.listing import MeetingListing, TaskListing, WhoseTurn, with_parts
from pochin.coordination.models import (
    WRITERS,
    Meeting,
    MeetingState,
    Recusal,
    Remark,
    Task,
    TaskState,
    WorkingGroup,
)
from pochin.coordination.policy import organiser
from pochin.core import journal
from pochin.core.models import Turn
from pochin.participants.models import Programme
from pochin.participants.policy import programmes
from pochin.ui import access, formats, parts, pieces
from pochin.ui.moves import ReasonForm, acting
from pochin.ui.pieces import Link
from pochin.ui.shortcuts import page, visible_or_404
from pochin.ui.tones import state_badge


def _programmes(user: Any) -> list[Programme]:
    """Where the reader prepares meetings and gives tasks."""
    keys = programmes(user, *WRITERS)
    seen = Programme.objects.visible_to(user).filter(pk__in=keys) if keys else []
    return list(seen.order_by("code")) if keys else []


@access.shows(Turn)
def turns(request: HttpRequest) -> HttpResponse:
    """Whose turn it is, over everything that concerns the reader."""
    mine = Q(holder__in=request.user.hats)
    found = reach.turns(request.user).annotate(is_mine=mine)
    return WhoseTurn(request, found).respond("coordination/turns.html")


# Meetings ------------------------------------------------------------------------------------


@access.shows(Meeting)
def index(request: HttpRequest) -> HttpResponse:
    """The meetings the reader may see, and the working groups."""
    seen = Meeting.objects.visible_to(request.user).select_related("programme", "group")
    return MeetingListing(request, seen).respond(
        "coordination/index.html",
        begin_in=_programmes(request.user),
        groups=WorkingGroup.objects.visible_to(request.user).select_related("programme"),
    )


def _crumbs(*labels: Any) -> list[Link]:
    first = Link(label=_("Meetings"), url=reverse("coordination:index"))
    return [first, *(Link(label=label) for label in labels)]


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


@access.shows(Meeting)
def meeting_page(request: HttpRequest, programme: str, number: int) -> HttpResponse:
    """One meeting: agenda, people, minutes, resolutions."""
    user = request.user
    meeting = _meeting(user, programme, number)
    edit = meetings.life.moves["edit"]
    is_inside = Meeting.objects.inside(user).filter(pk=meeting.pk).exists()
    return page(
        request,
        "coordination/meeting.html",
        meeting=meeting,
        crumbs=_crumbs(meeting),
        facts_list=_facts(meeting),
        is_inside=is_inside,
        items=_items(meeting, user, is_inside),
        people=meeting.invitees.select_related("person").order_by("person__name_ru"),
        resolutions=meeting.resolutions.select_related("responsible", "task").order_by("place"),
        actions=meetings.life.actions(user, meeting),
        main=NEXT.get(MeetingState(meeting.state), ""),
        may_edit=edit.is_open_to(user, meeting),
        state_tag=state_badge(meeting),
        story=journal.of(meeting) if is_inside else [],
    )


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
    form = forms.MeetingForm(request.POST or None, programme=under, user=request.user)
    if form.is_valid():
        return redirect(meetings.plan(under, by=request.user, **form.cleaned_data))
    return _form(request, form, _("Plan a meeting"), under, reverse("coordination:index"))


@access.shows(Meeting)
def edit(request: HttpRequest, programme: str, number: int) -> HttpResponse:
    """Change the time or the place; calendars follow."""
    meeting = _meeting(request.user, programme, number)
    meetings.life.moves["edit"].who.demand(request.user, meeting)
    form = forms.MeetingForm(
        request.POST or None, instance=meeting, programme=meeting.programme, user=request.user
    )
    if form.is_valid():
        fresh = _meeting(request.user, programme, number)
        return redirect(meetings.edit(fresh, by=request.user, **form.cleaned_data))
    return _form(request, form, meeting, meeting.programme, meeting.get_absolute_url())


def _form(request: HttpRequest, form: Any, title: Any, sub: Any, back: str) -> HttpResponse:
    return page(
        request,
        "participants/form.html",
        form=form,
        title=title,
        sub=sub,
        crumbs=_crumbs(title),
        back=back,
    )


act_on_meeting = acting(
    meetings.life,
    Meeting,
    find=_meeting,
    forms={
        "add_item": forms.ItemForm,
        "remove_item": forms.OneItemForm,
        "add_invitee": forms.InviteForm,
        "answer": forms.AnswerForm,
        "recuse": forms.RecuseForm,
        "hold": forms.HoldForm,
        "write_minutes": forms.MinutesForm,
        "resolve": forms.ResolutionForm,
        "remove_resolution": forms.OneResolutionForm,
        "call_off": ReasonForm,
    },
)


# Working groups ------------------------------------------------------------------------------


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
    return _form(request, form, _("Working group"), under, reverse("coordination:index"))


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
        seats=group.seats.select_related("person", "organisation").order_by(
            "organisation__name_ru", "person__name_ru"
        ),
        met=met.order_by("-starts_at"),
        crumbs=_crumbs(group),
    )


# Tasks ---------------------------------------------------------------------------------------


@access.shows(Task)
def task_index(request: HttpRequest) -> HttpResponse:
    """The tasks the reader may see, the soonest first."""
    seen = Task.objects.visible_to(request.user)
    listed = seen.select_related("programme", "responsible", "controller")
    return TaskListing(request, with_parts(listed, request.user)).respond(
        "coordination/tasks.html", begin_in=_programmes(request.user)
    )


def _task(user: Any, programme: str, number: int) -> Task:
    things = Task.objects.select_related(
        "programme", "responsible", "controller", "resolution__meeting__programme", "kind"
    )
    return visible_or_404(things, user, programme__code=programme, number=number)


@access.shows(Task)
def task_page(request: HttpRequest, programme: str, number: int) -> HttpResponse:
    """One task: who answers for it, who accepts it, until when."""
    user = request.user
    task = _task(user, programme, number)
    thing = None
    if task.kind is not None:
        model: Any = task.kind.model_class()
        thing = model.objects.visible_to(user).filter(pk=task.thing_id).first()
    from_meeting = None
    if task.resolution is not None:
        seen = Meeting.objects.visible_to(user).select_related("programme")
        from_meeting = seen.filter(pk=task.resolution.meeting_id).first()
    return page(
        request,
        "coordination/task.html",
        task=task,
        thing=thing,
        from_meeting=from_meeting,
        facts_list=_task_facts(task),
        actions=tasks.life.actions(user, task),
        main={TaskState.NEW: "take", TaskState.DONE: "accept"}.get(TaskState(task.state), "report"),
        state_tag=state_badge(task),
        story=journal.of(task),
        crumbs=[Link(label=_("Tasks"), url=reverse("coordination:tasks")), Link(label=task.code)],
    )


def _task_facts(task: Task) -> list[tuple[Any, Any]]:
    moved = ""
    if task.moved:
        day = formats.day(task.first_due_on)
        moved = _t("%(n)d times, first %(day)s") % {"n": task.moved, "day": day}
    helpers = [str(h.person) for h in task.helpers.select_related("person")]
    rows = [
        (_("Responsible"), task.responsible),
        (_("Help"), ", ".join(helpers)),
        (_("Controller"), task.controller),
        (_("Due"), formats.day(task.due_on)),
        (_("Moved"), moved),
        (_("Priority"), task.get_priority_display()),
    ]
    return [(word, value) for word, value in rows if value]


@access.shows(Programme)
def give(request: HttpRequest, programme: str) -> HttpResponse:
    """Give a task."""
    under = visible_or_404(Programme, request.user, code=programme)
    organiser.demand(request.user, under)
    form = forms.TaskForm(request.POST or None, programme=under, user=request.user)
    if form.is_valid():
        return redirect(tasks.give(under, by=request.user, **form.cleaned_data))
    return _form(request, form, _("Give a task"), under, reverse("coordination:tasks"))


act_on_task = acting(
    tasks.life,
    Task,
    find=_task,
    forms={
        "add_helper": forms.HelperForm,
        "report": forms.DoneForm,
        "give_back": ReasonForm,
        "move_due": forms.MoveDueForm,
        "ask_to_move": ReasonForm,
        "cancel": ReasonForm,
    },
)


@access.shows(Task)
def accept_many(request: HttpRequest) -> HttpResponse:
    """Accept the picked tasks; before that, show which and why not the others."""
    asked = (request.POST if request.method == "POST" else request.GET).getlist("pick")[:200]
    wanted = Q(pk__in=[])
    for word in asked:
        code, _colon, number = word.rpartition(":")
        if number.isascii() and number.isdigit():
            wanted |= Q(programme__code=code, number=int(number[:9]))
    seen = Task.objects.visible_to(request.user).select_related("programme", "responsible")
    picked = list(seen.filter(wanted).order_by("due_on"))
    move = tasks.life.moves["accept"]
    ready = [task for task in picked if move.is_open_to(request.user, task)]
    if request.method == "POST":
        for task in ready:
            tasks.accept(task, by=request.user)
        return redirect("coordination:tasks")
    others = [task for task in picked if task not in ready]
    return page(request, "coordination/accept.html", ready=ready, others=others)


# Conversations -------------------------------------------------------------------------------


@access.shows(Remark)
def talk(request: HttpRequest, word: str) -> HttpResponse:
    """What is said about a thing, who reads it, and a place to say more."""
    thing: Any = reach.by_token(word, request.user)
    if thing is None:
        raise Http404
    concerned = reach.concerned(thing)
    form = forms.RemarkForm(request.POST or None, concerned=concerned)
    if form.is_valid():
        talking.say(thing, by=request.user, at=timezone.now(), **form.cleaned_data)
        back = request.POST.get("back", "")
        is_own = back == thing.get_absolute_url()
        return redirect(back if is_own else request.path)
    said = talking.about(thing).select_related("by").prefetch_related("told")
    audience = _t("%(n)d people may read this") % {"n": len(concerned)}
    return page(
        request,
        "coordination/talk.html",
        "talk",
        thing=thing,
        word=word,
        form=form,
        comments=[_comment(remark, audience) for remark in said],
        readers=[pieces.Reader(name=str(person)) for person in concerned],
        audience=audience,
    )


def _comment(remark: Remark, audience: str) -> pieces.Comment:
    told = ", ".join(str(person) for person in remark.told.all())
    return pieces.Comment(
        text=remark.text,
        who=str(remark.by),
        role=_t("to %(people)s") % {"people": told} if told else "",
        at=remark.at,
        audience=audience,
    )
