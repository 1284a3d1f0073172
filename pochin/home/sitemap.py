"""What search engines are told: the public pages, and where their list is."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any
from xml.sax.saxutils import escape

from django.conf import settings
from django.http import Http404, HttpRequest, HttpResponse, StreamingHttpResponse
from django.urls import reverse

from pochin.decisions.models import PublishedResult
from pochin.needs.models import Need
from pochin.news.models import Piece
from pochin.participants.models import Guest
from pochin.pilots.models import Pilot
from pochin.solutions.models import Solution
from pochin.ui import access

XML = '<?xml version="1.0" encoding="UTF-8"?>\n'
SCHEMA = "http://www.sitemaps.org/schemas/sitemap/0.9"
MOST = 40_000  # of one kind; a file may hold 50,000 addresses
FIXED = (
    "home:page",
    "needs:index",
    "solutions:index",
    "pilots:index",
    "decisions:results",
    "news:index",
    "home:how",
    "open_data",
)
# What is public, the latest first, with the field that says when it last changed.
KINDS: tuple[tuple[Any, str], ...] = (
    (Piece, "published_at"),
    (Need, "published_at"),
    (Pilot, ""),
    (Solution, "confirmed_at"),
    (PublishedResult, "published_at"),
)


@access.public("the addresses of the public pages, the same for everybody")
def sitemap(request: HttpRequest) -> HttpResponse:
    """The index: one file for the fixed pages and one for each kind of thing."""
    names = ["pages", *(model._meta.model_name for model, _field in KINDS)]
    files = "".join(
        f"<sitemap><loc>{_whole(reverse('home:sitemap_of', args=[name]))}</loc></sitemap>"
        for name in names
    )
    start = f'{XML}<sitemapindex xmlns="{SCHEMA}">'
    return HttpResponse(f"{start}{files}</sitemapindex>\n", content_type="application/xml")


@access.public("the addresses of what a guest may open")
def sitemap_of(request: HttpRequest, name: str) -> StreamingHttpResponse:
    """The addresses of one kind."""
    found = next((kind for kind in KINDS if kind[0]._meta.model_name == name), None)
    if found is None and name != "pages":
        raise Http404
    lines = _things(*found) if found else _pages()

    def told() -> Iterator[str]:
        yield f'{XML}<urlset xmlns="{SCHEMA}">\n'
        yield from lines
        yield "</urlset>\n"

    return StreamingHttpResponse(told(), content_type="application/xml")


def _pages() -> Iterator[str]:
    for name in FIXED:
        yield f"<url><loc>{_whole(reverse(name))}</loc></url>\n"


def _things(model: Any, field: str) -> Iterator[str]:
    # What a guest sees, whoever asks: the answer is kept by strangers.
    things = model.objects.visible_to(Guest()).order_by("-pk")
    for thing in things.only("number", *([field] if field else []))[:MOST].iterator():
        moment = getattr(thing, field) if field else None
        when = f"<lastmod>{moment.date().isoformat()}</lastmod>" if moment else ""
        yield f"<url><loc>{_whole(thing.get_absolute_url())}</loc>{when}</url>\n"


@access.public("what programs that walk the site are asked to leave alone")
def robots(request: HttpRequest) -> HttpResponse:
    """Where the list of pages is, and what is of no use to search engines."""
    lines = [
        "User-agent: *",
        "Disallow: /accounts/",
        "Disallow: /find/",
        "Disallow: /api/",
        f"Sitemap: {_whole(reverse('home:sitemap'))}",
        "",
    ]
    return HttpResponse("\n".join(lines), content_type="text/plain; charset=utf-8")


def _whole(path: str) -> str:
    return escape(settings.SITE_URL.rstrip("/") + path)
