"""Whoever comes in by the doors stands where the framework alone would have led."""

import pytest
from django.http import HttpResponse
from django.urls import Resolver404, URLResolver, include, path, re_path, reverse
from django.urls.resolvers import RoutePattern

from pochin.ui.doors import Doors


def _view(_request, **_words):
    return HttpResponse()


inside = (
    [path("", _view, name="index"), path("<int:number>/", _view, name="page")],
    "rooms",
)
ENTRIES = [
    path("needs/<int:number>/cases/", _view, name="cases"),
    path("needs/", include(inside, namespace="needs")),
    path("<slug:word>/any/", _view, name="any"),
    path("needs-of-many/", _view, name="many"),
    path("mark", _view, name="mark"),
    re_path(r"^old/(?P<number>[0-9]+)$", _view, name="old"),
    path("", include(([path("", _view, name="home"), path("find/", _view, name="find")], "hall"))),
    path("needs/late/", _view, name="late"),
]
urlpatterns = [Doors(ENTRIES)]
PATHS = [
    "", "needs/", "needs/7/", "needs/7/cases/", "needs/any/", "needs/late/", "needs-of-many/",
    "mark", "find/", "old/12", "else/any/",
]  # fmt: skip


@pytest.mark.parametrize("address", PATHS)
def test_every_address_leads_where_it_led(address):
    found = urlpatterns[0].resolve(address)
    alone = URLResolver(RoutePattern(""), ENTRIES).resolve(address)

    assert (found.view_name, found.kwargs) == (alone.view_name, alone.kwargs)
    assert (found.namespaces, found.route) == (alone.namespaces, alone.route)


@pytest.mark.parametrize("address", ["needs", "needs/x/", "else/", "marks", "old/", "find"])
def test_an_address_of_nothing_leads_nowhere(address):
    with pytest.raises(Resolver404):
        urlpatterns[0].resolve(address)


@pytest.mark.urls("pochin.ui.tests.test_doors")
def test_addresses_are_made_by_their_names():
    assert reverse("needs:page", args=[7]) == "/needs/7/"
    assert (reverse("hall:find"), reverse("mark")) == ("/find/", "/mark")


def test_other_rooms_are_not_asked(monkeypatch):
    asked = []
    resolve = URLResolver.resolve
    monkeypatch.setattr(
        URLResolver, "resolve", lambda self, path: (asked.append(self), resolve(self, path))[1]
    )

    urlpatterns[0].resolve("needs/7/cases/")

    assert not set(asked) & set(ENTRIES)
