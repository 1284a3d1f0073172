"""The list of notices, how to be told, the one-click end of letters."""

from __future__ import annotations

from zoneinfo import ZoneInfo

from django.conf import settings
from django.core.signing import BadSignature, loads
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.urls import reverse
from django.utils import timezone, translation
from django.views.decorators.csrf import csrf_exempt
from django.views.decorators.http import require_POST

from pochin.notices import calendars, letters, wording
from pochin.notices.forms import WaysForm
from pochin.notices.models import Feed, Group, Notice, Preference, Way
from pochin.participants.middleware import lacks_second_factor
from pochin.participants.readers import person_of
from pochin.ui import access
from pochin.ui.shortcuts import page

SHOWN = 100


@access.shows(Notice)
def index(request: HttpRequest) -> HttpResponse:
    """What the reader was told lately, newest first."""
    notices = Notice.objects.visible_to(request.user).select_related("entry__text")
    rows = wording.lines(notices.order_by("-at")[:SHOWN], person_of(request))
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
    person = person_of(request)
    now = {group.value: letters.way_of(person, group) for group in Group}
    form = WaysForm(request.POST or None, initial=now)
    if form.is_valid():
        for group, way in form.cleaned_data.items():
            Preference.objects.update_or_create(person=person, group=group, defaults={"way": way})
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


@access.personal("the secret address of one's own calendar")
def calendar(request: HttpRequest) -> HttpResponse:
    """Make the address of one's calendar, make it anew, or close it."""
    address = ""
    if request.method == "POST" and request.POST.get("what") == "close":
        Feed.objects.visible_to(request.user).delete()
        return redirect("notices:calendar")
    if request.method == "POST":
        key = calendars.make_anew(person_of(request), at=timezone.now())
        address = settings.SITE_URL + reverse("notices:feed", args=[key])
    answer = page(
        request,
        "notices/calendar.html",
        feed=Feed.objects.visible_to(request.user).first(),
        address=address,
        webcal=f"webcal://{address.partition('://')[2]}",
    )
    if address:
        answer["Cache-Control"] = "private, no-store"
    return answer


@access.public("the secret word in the address speaks for its reader")
def feed(request: HttpRequest, key: str) -> HttpResponse:
    """The calendar behind a secret address; a closed one is absent."""
    held = Feed.objects.filter(digest=calendars.digest(key), person__is_active=True)
    found = held.select_related("person").first()
    # An address made before somebody joined the staff is no way around the second factor.
    if found is None or lacks_second_factor(found.person):
        raise Http404
    now = timezone.now()
    Feed.objects.filter(pk=found.pk).update(read_at=now)
    zone = ZoneInfo(found.person.zone)
    with translation.override(found.person.language), timezone.override(zone):
        text = calendars.of(found.person, at=now)
    answer = HttpResponse(text, content_type="text/calendar; charset=utf-8")
    answer["Content-Disposition"] = 'inline; filename="pochin.ics"'
    answer["Cache-Control"] = "private, no-store"
    answer["Referrer-Policy"] = "no-referrer"
    return answer
