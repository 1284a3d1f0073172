"""Tasks: given, taken, done, accepted."""

from __future__ import annotations

from typing import Any

from django.http import HttpRequest, HttpResponse, HttpResponseBase
from django.shortcuts import redirect
from django.urls import reverse
from django.utils.translation import gettext_lazy as _
from django.utils.translation import ngettext

from pochin.coordination import forms
from pochin.coordination.lifecycle import tasks
from pochin.coordination.listing import TaskListing, with_parts
from pochin.coordination.models import Meeting, Task, TaskState
from pochin.coordination.policy import organiser
from pochin.coordination.views.common import asks, writes_in
from pochin.core import journal
from pochin.participants.models import Programme
from pochin.ui import access, formats
from pochin.ui.moves import ReasonForm, acting
from pochin.ui.pieces import Link
from pochin.ui.shortcuts import page, said_on, visible_or_404
from pochin.ui.tones import state_badge


@access.shows(Task)
def task_index(request: HttpRequest) -> HttpResponseBase:
    """The tasks the reader may see, the soonest first."""
    seen = Task.objects.visible_to(request.user)
    listed = seen.select_related("programme", "responsible", "controller")
    return TaskListing(request, with_parts(listed, request.user)).respond(
        "coordination/tasks.html", begin_in=writes_in(request.user)
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
        words = ngettext("%(n)d time, first %(day)s", "%(n)d times, first %(day)s", task.moved)
        moved = words % {"n": task.moved, "day": day}
    helpers = [str(h.person) for h in task.helpers.select_related("person")]
    rows = [
        (_("Responsible"), task.responsible),
        (_("Helpers"), ", ".join(helpers)),
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
    back = reverse("coordination:tasks")
    if form.is_valid():
        with said_on(form):
            return redirect(tasks.give(under, by=request.user, **form.cleaned_data))
    return asks(request, form, _("Give a task"), under, back, part=_("Tasks"))


act_on_task = acting(
    tasks.life,
    Task,
    find=_task,
    forms={
        "add_helper": forms.HelperForm,
        "hand_over": forms.HandOverForm,
        "report": forms.DoneForm,
        "give_back": ReasonForm,
        "move_due": forms.MoveDueForm,
        "ask_to_move": ReasonForm,
        "cancel": ReasonForm,
    },
    many=("take", "accept", "give_back", "hand_over", "move_due", "ask_to_move", "cancel"),
)
