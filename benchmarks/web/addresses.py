"""The addresses of the product and those of the yardsticks."""

from django.http import HttpRequest, HttpResponse
from django.template import engines
from django.urls import include, path

from pochin.ui import access

EMPTY = engines["django"].from_string(
    '{% extends "ui/base.html" %}{% block title %}–{% endblock %}'
)


@access.public("nothing")
def empty(request: HttpRequest) -> HttpResponse:
    """Nothing at all."""
    return HttpResponse(b"")


@access.public("nothing in the layout of every page")
def frame(request: HttpRequest) -> HttpResponse:
    """A page without content, in the layout of every page."""
    return HttpResponse(EMPTY.render({}, request))


urlpatterns = [
    path("bench/empty/", empty),
    path("bench/through/", empty),
    path("bench/page/", frame),
    path("", include("pochin.urls")),
]
handler404 = "pochin.ui.views.missing"
