"""The pages of open data: what there is, the files, their description."""

from __future__ import annotations

from functools import lru_cache
from typing import Any

from django.conf import settings
from django.http import Http404, HttpRequest, HttpResponse, JsonResponse, StreamingHttpResponse
from django.shortcuts import redirect
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext_lazy as _l

from pochin.home import open_data
from pochin.ui import access, formats
from pochin.ui.shortcuts import page

# What stands behind the addresses for programs, by the tag of their router.
GROUPS = {
    "needs": _l("Needs"),
    "organisations": _l("Organisations"),
    "solutions": _l("Solutions"),
    "sites": _l("Sites"),
    "pilots": _l("Pilots, their plans and every version of a plan"),
    "results": _l("Published results"),
    "readings": _l("Readings: sending them, what was taken in, what was set aside and why"),
    "readings after the pilot": _l("Readings after the pilot"),
}


@access.public("what of the registers is public, and how programs read it")
def data(request: HttpRequest, api: Any) -> HttpResponse:
    """The registers with their fields, and the interface for programs."""
    licence = settings.OPEN_DATA_LICENCE
    return page(
        request,
        "home/data.html",
        registers=[
            (name, register, open_data.count(register), open_data.fields(register))
            for name, register in open_data.REGISTERS.items()
        ],
        licence=licence,
        licence_url=open_data.LICENCES.get(licence, ""),
        language=formats.language(),
        server=settings.SITE_URL.rstrip("/"),
        described=reverse("api:openapi-json"),
        groups=[(GROUPS[tag], addresses) for tag, addresses in _addresses(api).items()],
    )


@lru_cache
def _addresses(api: Any) -> dict[str, list[tuple[str, list[str]]]]:
    """Every address for programs with its method, by what it is about.

    What follows its first two steps stands apart, so that a narrow page breaks between steps.
    """
    found: dict[str, list[tuple[str, list[str]]]] = {}
    for address, methods in api.get_openapi_schema(path_prefix="/api/")["paths"].items():
        for method, operation in methods.items():
            _root, first, second, *steps = address.split("/")
            start = f"{method.upper()}\N{NO-BREAK SPACE}/{first}/{second}"
            found.setdefault(operation["tags"][0], []).append((start, steps))
    return found


@access.public("the page about the interface is public")
def programs(request: HttpRequest) -> HttpResponse:
    """Lead whoever opens the beginning of the addresses for programs to what is said of them."""
    return redirect(reverse("open_data") + "#programs")


@access.public("a register as everybody may read it, whoever asks")
def data_file(request: HttpRequest, name: str, kind: str) -> StreamingHttpResponse:
    """A whole register as a file."""
    register = open_data.REGISTERS.get(name)
    if register is None or kind not in open_data.KINDS:
        raise Http404
    lines = open_data.lines(register, kind)
    answer = StreamingHttpResponse(lines, content_type=open_data.KINDS[kind])
    answer["Content-Disposition"] = f'inline; filename="{name}.{kind}"'
    return answer


@access.public("what the registers hold, the same for everybody")
def data_package(request: HttpRequest) -> JsonResponse:
    """The description of the registers for programs."""
    told = open_data.package(at=timezone.now())
    return JsonResponse(told, json_dumps_params={"ensure_ascii": False, "indent": 1})
