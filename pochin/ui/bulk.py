"""One move for several things at once: what will happen, then each by itself, then what came of it.

Each thing goes through the same move as by its own button, in a transaction of its own: what is
refused for one does not stop the others, and the page says which and why.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from django.db import models
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.utils import timezone
from django.utils.translation import gettext as _

from pochin.core.lifecycle import Lifecycle, Move, Refused, obstacles
from pochin.core.policy import Forbidden
from pochin.ui import access
from pochin.ui.shortcuts import page

# More than the rows of four pages nobody looks through before pressing.
MOST = 200


@dataclass(frozen=True, slots=True)
class Line:
    """One thing of the page: what it is called, and what stands in its way, if anything."""

    thing: Any
    key: str
    why_not: str = ""

    @property
    def is_open(self) -> bool:
        return not self.why_not


def bulking(
    life: Lifecycle[Any],
    model: type[models.Model],
    moves: tuple[str, ...],
    *,
    back: str,
    related: tuple[str, ...] = (),
) -> Callable[..., HttpResponse]:
    """The view behind ``<list>/bulk/<move>/?pick=…``: shows what will happen, then does it.

    Args:
        life: Whose moves these are.
        model: What they happen to; found through its `visible_to`.
        moves: Names of buttons that may be pressed for several things.
        back: The name of the list's route.
        related: What the name of a thing is made of.
    """

    course = life

    @access.shows(model)
    def act(request: HttpRequest, name: str) -> HttpResponse:
        """Make one move for several things."""
        if name not in moves:
            raise Http404
        move, picked = course.moves[name], _picked(request)
        things = list(
            model._default_manager.visible_to(request.user)  # type: ignore[attr-defined]
            .filter(pk__in=picked)
            .select_related(*related)
            .order_by("pk")
        )
        if not things:
            return redirect(back)
        context: dict[str, Any] = {"move": move, "back": back, "most": MOST}
        if request.method != "POST":
            lines = [_look(move, thing, request.user) for thing in things]
            ready = [line for line in lines if line.is_open]
            blocked = [line for line in lines if not line.is_open]
            return page(request, "ui/bulk.html", ready=ready, blocked=blocked, **context)
        done = [_press(course, name, thing, request.user) for thing in things]
        made = [line for line in done if line.is_open]
        refused = [line for line in done if not line.is_open]
        return page(request, "ui/bulk_done.html", made=made, refused=refused, **context)

    return act


def _picked(request: HttpRequest) -> list[int]:
    sent = request.POST if request.method == "POST" else request.GET
    keys = [key for key in sent.getlist("pick") if key.isascii() and key.isdigit()]
    return [int(key[:18]) for key in keys[:MOST]]


def _look(move: Move, thing: Any, user: Any) -> Line:
    """What would come of the move now, as far as it can be told."""
    if not move.who(user, thing):
        why = _("This may be done only by %(who)s.") % {"who": move.who.words}
    elif thing.state not in move.starts:
        why = _("It is already “%(state)s”.") % {"state": thing.get_state_display()}
    else:
        why = " ".join(obstacles(move, thing, {"by": user, "at": timezone.now()}))
    return Line(thing, str(thing.pk), why)


def _press(life: Lifecycle[Any], name: str, thing: Any, user: Any) -> Line:
    try:
        life.press(name, thing, by=user)
    except (Refused, Forbidden) as refusal:
        return Line(thing, str(thing.pk), str(refusal))
    return Line(thing, str(thing.pk))
