"""The list of notices, how to be told, the one-click end of letters."""

from __future__ import annotations

from django.core.signing import BadSignature, loads
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.utils import timezone
from django.views.decorators.csrf import csrf_exempt
from django.views.decorators.http import require_POST

from pochin.notices import letters
from pochin.notices.forms import WaysForm
from pochin.notices.models import Group, Notice, Preference, Way
from pochin.ui import access
from pochin.ui.shortcuts import page

SHOWN = 100


@access.shows(Notice)
def index(request: HttpRequest) -> HttpResponse:
    """What the reader was told lately, newest first."""
    notices = Notice.objects.visible_to(request.user).select_related("entry__text")
    rows = letters.lines(notices.order_by("-at")[:SHOWN], request.user)
    return page(
        request,
        "notices/index.html",
        rows=rows,
        unread=sum(row.is_new for row in rows),
    )


@access.shows(Notice)
@require_POST
def read(request: HttpRequest) -> HttpResponse:
    """Mark all as read."""
    unread = Notice.objects.visible_to(request.user).filter(read_at__isnull=True)
    unread.update(read_at=timezone.now())
    return redirect("notices:index")


@access.personal("one's own choice of letters")
def ways(request: HttpRequest) -> HttpResponse:
    """Choose how to be told."""
    now = {group.value: letters.way_of(request.user, group) for group in Group}
    form = WaysForm(request.POST or None, initial=now)
    if form.is_valid():
        for group, way in form.cleaned_data.items():
            Preference.objects.update_or_create(
                person=request.user, group=group, defaults={"way": way}
            )
        return redirect("notices:index")
    return page(request, "notices/ways.html", form=form)


@access.public("the signed link of a letter speaks for its reader")
@csrf_exempt
def off(request: HttpRequest, token: str) -> HttpResponse:
    """End the letters of one group without signing in; the notices stay on the pages."""
    try:
        person, group = loads(token, salt="notices.off")
    except BadSignature as error:
        raise Http404 from error
    if request.method == "POST":
        Preference.objects.update_or_create(
            person_id=person, group=group, defaults={"way": Way.OFF}
        )
        return page(request, "notices/off.html", done=True, group=Group(group).label)
    return page(request, "notices/off.html", done=False, group=Group(group).label)
