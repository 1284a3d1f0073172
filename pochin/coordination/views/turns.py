"""Whose turn it is, and one move for several of the things that wait."""

from __future__ import annotations

from typing import Any

from django.db.models import Q
from django.http import HttpRequest, HttpResponse, HttpResponseBase
from django.shortcuts import redirect
from django.urls import reverse

from pochin.coordination import many, reach
from pochin.coordination.forms import ChooseMoveForm
from pochin.coordination.listing import WhoseTurn
from pochin.coordination.models import Task
from pochin.core.models import Turn
from pochin.ui import access
from pochin.ui.named import things_of
from pochin.ui.shortcuts import page

# More than the rows of four pages nobody looks through before pressing.
MOST = 200


@access.shows(Turn)
def turns(request: HttpRequest) -> HttpResponseBase:
    """Whose turn it is, over everything that concerns the reader."""
    user: Any = request.user
    found = reach.turns(user).annotate(is_mine=Q(holder__in=user.hats))
    return WhoseTurn(request, found).respond("coordination/turns.html")


@access.shows(Turn)
def several_turns(request: HttpRequest) -> HttpResponse:
    """One move for several things of the list of whose turn it is."""
    keys = [key for key in _picked(request) if key.isascii() and key.isdigit()]
    turns = list(reach.turns(request.user).filter(pk__in=[int(key[:18]) for key in keys]))
    found = things_of(turns, request.user)
    rows: dict[tuple[int, int], many.Row] = {}
    for turn in sorted(turns, key=lambda turn: (turn.due_at, turn.pk)):
        thing = found.get((turn.kind_id, turn.thing_id))
        if thing is not None:
            # Several may be waited for on one thing; it is moved once.
            rows.setdefault((turn.kind_id, turn.thing_id), many.Row(thing, str(turn.pk)))
    return _several(request, list(rows.values()), back=reverse("coordination:turns"))


@access.shows(Task)
def several_tasks(request: HttpRequest) -> HttpResponse:
    """One move for several tasks."""
    wanted = Q(pk__in=[])
    for word in _picked(request):
        code, _colon, number = word.rpartition(":")
        if number.isascii() and number.isdigit():
            wanted |= Q(programme__code=code, number=int(number[:9]))
    seen = Task.objects.visible_to(request.user).select_related("programme")
    rows = [
        many.Row(task, f"{task.programme.code}:{task.number}")
        for task in seen.filter(wanted).order_by("due_on", "pk")
    ]
    return _several(request, rows, back=reverse("coordination:tasks"))


def _picked(request: HttpRequest) -> list[str]:
    sent = request.POST if request.method == "POST" else request.GET
    return sent.getlist("pick")[:MOST]


def _several(request: HttpRequest, rows: list[many.Row], *, back: str) -> HttpResponse:
    """Ask what to do, then for what it needs, show what would come of it, then do it."""
    if not rows:
        return redirect(back)
    user, stage, said = request.user, request.POST.get("stage", ""), request.POST
    chosen = many.choice(said.get("move", ""), rows)
    context: dict[str, Any] = {"back": back, "rows": rows, "choice": chosen}
    if chosen is None or stage not in ("choose", "edit", "look", "do"):
        choose = ChooseMoveForm(said if stage else None, offered=many.offered(rows, user))
        status = 422 if choose.is_bound else 200
        return page(request, "coordination/several.html", form=choose, status=status, **context)
    if stage == "do":
        lines = many.do(chosen, said, user)
        return page(request, "coordination/several_done.html", lines=lines, **context)
    form = many.question(chosen, said if stage == "look" else None, user)
    if form is not None:
        if stage == "edit":
            form = many.filled(form, said)
        context |= {"form": form, "lines": many.look(chosen, user)}
        status = 422 if form.is_bound else 200
        return page(request, "coordination/several_asks.html", status=status, **context)
    context["lines"] = many.rehearse(chosen, said, user)
    # What was said goes on, word by word, to the page that does it.
    fields = chosen.form.base_fields if chosen.form else {}
    context["said"] = [(name, said.getlist(name)) for name in fields]
    context["entered"] = [(field.label, said.get(name)) for name, field in fields.items()]
    return page(request, "coordination/several_look.html", **context)
