"""Every route says what it shows or why it is public, and what says nothing does not start."""

from types import ModuleType

from django.core.checks import run_checks
from django.http import HttpResponse
from django.test import override_settings
from django.urls import include, path

from pochin.ui import access


def declared() -> list[tuple[str, access.Access]]:
    return [(address, view.access) for address, view in access.routes() if hasattr(view, "access")]


def faults(*patterns) -> list[str]:
    """What the start-up check says of a house with these addresses."""
    urls = ModuleType("some_urls")
    urls.urlpatterns = list(patterns)
    with override_settings(ROOT_URLCONF=urls):
        return [str(e.msg) for e in access.every_route_is_declared()]


def undeclared_view(request):
    return HttpResponse("anything")


def test_every_route_is_declared():
    assert access.every_route_is_declared() == []
    assert len(declared()) >= 100


def test_the_check_runs_at_start_up():
    assert [e for e in run_checks() if e.id == "pochin.E001"] == []
    urls = ModuleType("other_urls")
    urls.urlpatterns = [path("loose/", undeclared_view)]

    with override_settings(ROOT_URLCONF=urls):
        assert [e.id for e in run_checks() if e.id == "pochin.E001"] == ["pochin.E001"]


def test_a_route_that_declares_nothing_is_named():
    open_to_all = access.public("a page for the test")(undeclared_view)

    found = faults(
        path("good/", open_to_all),
        path("loose/", undeclared_view),
        path("room/", include([path("inner/<int:number>/", undeclared_view)])),
    )

    assert found == [
        "The route loose/ does not declare its access.",
        "The route room/inner/<int:number>/ does not declare its access.",
    ]


def test_every_declaration_has_a_model_or_a_reason():
    assert [address for address, said in declared() if not said.model and not said.words] == []


def test_every_exemption_has_a_reason_and_still_leads_somewhere():
    addresses = [address for address, _view in access.routes()]
    # The files of the look are served before any route is asked.
    elsewhere = {"static/"}

    assert [start for start, reason in access.EXEMPT.items() if len(reason) < 20] == []
    assert [
        start
        for start in sorted(set(access.EXEMPT) - elsewhere)
        if not any(address.startswith(start) for address in addresses)
    ] == []


def test_what_is_exempt_is_not_ours():
    ours = [
        address
        for address, view in access.routes()
        if address.startswith("accounts/") and view.__module__.startswith("pochin.")
    ]

    assert ours == []
