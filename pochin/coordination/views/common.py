"""What the pages of this room share."""

from __future__ import annotations

from typing import Any

from django.http import HttpRequest, HttpResponse
from django.urls import reverse
from django.utils.translation import gettext_lazy as _

from pochin.coordination.models import WRITERS
from pochin.participants.models import Programme
from pochin.participants.policy import programmes
from pochin.ui.pieces import Link
from pochin.ui.shortcuts import page


def writes_in(user: Any) -> list[Programme]:
    """Where the reader prepares meetings and gives tasks."""
    keys = programmes(user, *WRITERS)
    if not keys:
        return []
    return list(Programme.objects.visible_to(user).filter(pk__in=keys).order_by("code"))


def crumbs(*labels: Any) -> list[Link]:
    """The way from the meetings to here."""
    first = Link(label=_("Meetings"), url=reverse("coordination:index"))
    return [first, *(Link(label=label) for label in labels)]


def asks(
    request: HttpRequest, form: Any, title: Any, sub: Any, back: str, *, part: Any = None
) -> HttpResponse:
    """The page of a form; it stands under meetings, or under the `part` its way back leads to."""
    return page(
        request,
        "participants/form.html",
        form=form,
        title=title,
        sub=sub,
        crumbs=[Link(label=part, url=back), Link(label=title)] if part else crumbs(title),
        back=back,
    )
