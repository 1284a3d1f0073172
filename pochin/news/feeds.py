"""The news for feed readers: RSS and Atom, in one language each."""

from __future__ import annotations

from typing import Any

from django.conf import settings
from django.http import Http404, HttpRequest, HttpResponse
from django.urls import reverse
from django.utils import feedgenerator, translation
from django.utils.html import linebreaks
from django.utils.translation import gettext as _

from pochin.news.models import Piece
from pochin.participants.models import Guest
from pochin.ui import access

LATEST = 50
KINDS: dict[str, Any] = {"rss": feedgenerator.Rss201rev2Feed, "atom": feedgenerator.Atom1Feed}


@access.public("the latest of the published news, the same for everybody")
def feed(request: HttpRequest, language: str, kind: str) -> HttpResponse:
    """The latest news in one language."""
    if language not in dict(settings.LANGUAGES) or kind not in KINDS:
        raise Http404
    with translation.override(language):
        drawn = _drawn(request, language, kind)
    answer = HttpResponse(drawn, content_type=KINDS[kind].content_type)
    answer["Content-Language"] = language
    return answer


def _drawn(request: HttpRequest, language: str, kind: str) -> str:
    site = settings.SITE_URL.rstrip("/")
    out = KINDS[kind](
        title=_("News of the innovation centre"),
        link=site + reverse("news:index"),
        description=_("What the centre has to tell: needs, pilots, results, agreements."),
        language=language,
        feed_url=site + request.path,
    )
    # A feed is kept by strangers: it holds what a guest sees, whoever fetches it.
    published = Piece.objects.visible_to(Guest()).order_by("-published_at", "-id")
    published = published.select_related("cover")
    for piece in published[:LATEST]:
        address = site + piece.get_absolute_url()
        out.add_item(
            title=piece.title,
            link=address,
            unique_id=address,
            unique_id_is_permalink=True,
            description=piece.told("lead"),
            content=linebreaks(piece.told("body"), autoescape=True),
            pubdate=piece.published_at,
            updateddate=piece.corrected_at or piece.published_at,
            categories=[str(piece.get_rubric_display())],
            enclosures=_picture(site, piece),
        )
    return out.writeString("utf-8")


def _picture(site: str, piece: Piece) -> list[feedgenerator.Enclosure]:
    """The picture over the news, as feed readers take it."""
    if piece.cover is None:
        return []
    url = site + reverse("news:picture", args=[piece.number])
    return [feedgenerator.Enclosure(url, str(piece.cover.size), f"image/{piece.cover.kind}")]
