"""Which pages are measured, each as the reader it is made for."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any
from urllib.parse import quote

from django.conf import settings
from django.contrib.auth import BACKEND_SESSION_KEY, HASH_SESSION_KEY, SESSION_KEY
from django.db import models
from django.test import RequestFactory

from benchmarks.web.fill import COMPANY, STAFF
from benchmarks.web.load import EMPTY, FRAME, THROUGH
from pochin.applications.listing import ApplicationListing
from pochin.applications.models import Application
from pochin.needs.models import Need
from pochin.participants.listing import OrganisationListing
from pochin.participants.models import Guest, Organisation, Person
from pochin.participants.sessions import SessionStore
from pochin.pilots.listing import InsideListing
from pochin.pilots.models import Pilot
from pochin.sites.listing import SiteListing
from pochin.sites.models import Site
from pochin.solutions.models import Solution
from pochin.ui import lists
from pochin.ui.lists import paging


@dataclass(frozen=True, slots=True)
class Page:
    """One page: what it is called, its address, who reads it."""

    name: str
    address: str
    reader: str = ""

    @property
    def is_list(self) -> bool:
        return self.name.startswith("list")


def readers() -> dict[str, str]:
    """The session of each reader, as a browser would send it."""
    return {"": "", "staff": _session(STAFF), "company": _session(COMPANY)}


def _session(email: str) -> str:
    person = Person.objects.get(email=email)
    session = SessionStore()
    session[SESSION_KEY] = str(person.pk)
    session[BACKEND_SESSION_KEY] = settings.AUTHENTICATION_BACKENDS[0]
    session[HASH_SESSION_KEY] = person.get_session_auth_hash()
    session.save()
    return str(session.session_key)


def pages() -> list[Page]:
    """Every page that is measured, the yardsticks first."""
    words = quote("сортировка зимой")
    return [
        Page(EMPTY, "/bench/empty/"),
        Page(THROUGH, "/bench/through/"),
        Page(FRAME, "/bench/page/", "staff"),
        Page("home, guest", "/"),
        Page("home, company", "/", "company"),
        Page("home, staff", "/", "staff"),
        *_list("applications", "/applications/", "state=in_review", words,
               _deep(ApplicationListing, Application, "staff")),
        Page("list own applications", "/applications/", "company"),
        *_list("organisations", "/participants/organisations/", "region=77", words,
               _deep(OrganisationListing, Organisation, "staff")),
        *_list("sites", "/sites/", "state=has_status", quote("Омск"),
               _deep(SiteListing, Site, "staff")),
        *_list("pilots", "/pilots/", "state=running", words,
               _deep(InsideListing, Pilot, "staff")),
        *_list("reviews", "/reviews/", "state=submitted", "", ""),
        *_list("turns", "/portfolio/turns/", "clock=screening", "", ""),
        Page("portfolio", "/portfolio/", "staff"),
        Page("find everywhere", f"/find/?q={words}", "staff"),
        Page("catalogue needs", "/needs/"),
        Page("catalogue needs, open", "/needs/?open=yes"),
        Page("catalogue needs, searched", f"/needs/?q={words}"),
        Page("catalogue solutions", "/solutions/"),
        Page("catalogue solutions, filtered", "/solutions/?category=sorting"),
        Page("catalogue solutions, searched", f"/solutions/?q={words}"),
        Page("catalogue organisations", "/participants/organisations/"),
        Page("catalogue pilots", "/pilots/"),
        *_details(),
    ]  # fmt: skip


def _list(name: str, start: str, filtered: str, words: str, after: str) -> list[Page]:
    found = [
        Page(f"list {name}", start, "staff"),
        Page(f"list {name}, filtered", f"{start}?{filtered}", "staff"),
    ]
    if words:
        found.append(Page(f"list {name}, searched", f"{start}?q={words}", "staff"))
    if after:
        found.append(Page(f"list {name}, deep", f"{start}?after={after}", "staff"))
    return found


def _deep(kind: type[lists.Listing], model: Any, reader: str) -> str:
    """The mark of the row in the middle of the list, as the link to the next page carries it."""
    request = RequestFactory().get("/")
    request.user = Person.objects.get(email=STAFF) if reader else Guest()
    things: models.QuerySet = model.objects.visible_to(request.user)
    listing = kind(request, things.with_reach(request.user) if model is Pilot else things)
    place = listing.found.count() // 2
    return quote(paging.mark_of(listing, listing.ordered[place], place))


def _details() -> list[Page]:
    application = Application.objects.filter(state="in_review", versions__isnull=False).first()
    application = application or Application.objects.filter(state="in_review").first()
    need, solution = Need.objects.first(), Solution.objects.filter(state="listed").first()
    organisation = Organisation.objects.filter(is_public=True).last()
    pilot, site = Pilot.objects.filter(state="proposed").first(), Site.objects.first()
    return [
        Page("application", application.get_absolute_url(), "staff"),
        Page("need", need.get_absolute_url(), "staff"),
        Page("need, guest", need.get_absolute_url()),
        Page("solution, guest", solution.get_absolute_url()),
        Page("organisation", organisation.get_absolute_url(), "staff"),
        Page("pilot", pilot.get_absolute_url(), "staff"),
        Page("site", site.get_absolute_url(), "staff"),
    ]
