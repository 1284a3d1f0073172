"""Sending a large file from the browser in parts; the answers are for the script of the form."""

from __future__ import annotations

from typing import Any
from uuid import UUID

from django import forms
from django.http import Http404, HttpRequest, JsonResponse
from django.urls import reverse
from django.utils import timezone
from django.views.decorators.http import require_POST

from pochin.core.lifecycle import Refused
from pochin.measurements import parts
from pochin.measurements.models import Source, Upload
from pochin.pilots.models import Pilot
from pochin.ui import access
from pochin.ui.shortcuts import visible_or_404


class BeginForm(forms.Form):
    name = forms.CharField(max_length=200)
    size = forms.IntegerField(min_value=1)
    origin = forms.CharField(max_length=120, required=False)


def _told(upload: Upload) -> JsonResponse:
    url = reverse("measurements:part", args=[upload.pilot.number, upload.key])
    return JsonResponse({"url": url, "received": upload.received, "part": parts.PART})


def _refused(problem: Refused) -> JsonResponse:
    told: dict[str, Any] = {"detail": str(problem)}
    if isinstance(problem, parts.Elsewhere):
        return JsonResponse({**told, "received": problem.received}, status=409)
    return JsonResponse(told, status=422)


@access.shows(Pilot)
@require_POST
def begin(request: HttpRequest, pilot: int) -> JsonResponse:
    """Begin to send a file, or go on with one that broke off."""
    subject = visible_or_404(Pilot.objects.inside(request.user), request.user, number=pilot)
    form = BeginForm(request.POST)
    if not form.is_valid():
        return JsonResponse({"detail": " ".join(map(str, form.errors.values()))}, status=422)
    try:
        return _told(
            parts.begin(subject, by=request.user, at=timezone.now(), source=Source.BROWSER,
                        **form.cleaned_data)
        )  # fmt: skip
    except Refused as problem:
        return _refused(problem)


def _own(user: Any, pilot: int, key: str) -> Upload:
    found = Upload.objects.select_related("pilot", "batch__pilot").filter(pilot__number=pilot)
    try:
        return visible_or_404(found, user, key=UUID(key))
    except ValueError:
        raise Http404 from None


@access.shows(Upload)
@require_POST
def part(request: HttpRequest, pilot: int, key: str) -> JsonResponse:
    """Take the next part, from `offset` on."""
    upload, offset = _own(request.user, pilot, key), request.GET.get("offset", "")
    try:
        parts.add(upload, request, offset=int(offset) if offset.isdigit() else -1)
    except Refused as problem:
        return _refused(problem)
    return _told(upload)


@access.shows(Upload)
@require_POST
def finish(request: HttpRequest, pilot: int, key: str) -> JsonResponse:
    """All parts are here: make a batch of them."""
    try:
        batch = parts.finish(_own(request.user, pilot, key), by=request.user, at=timezone.now())
    except Refused as problem:
        return _refused(problem)
    return JsonResponse({"url": batch.get_absolute_url()})
