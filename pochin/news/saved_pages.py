"""Reading a page saved from another site: title, day, rubric, text, source; nothing is fetched."""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from datetime import date
from html.parser import HTMLParser
from urllib.parse import urlsplit

from django.utils.translation import gettext as _

from pochin.core.lifecycle import Refused
from pochin.news.models import Rubric

LARGEST = 4 * 1024 * 1024
LONGEST = 40_000  # letters of the text that are taken
SILENT = {"script", "style", "noscript", "template", "svg", "iframe", "select", "textarea"}
AROUND = {"nav", "header", "footer", "aside", "form", "button", "figcaption", "menu"}
WHOLE = {"p", "h2", "h3", "h4", "li", "blockquote", "td"}
VOID = {"area", "base", "br", "col", "embed", "hr", "img", "input", "link", "meta", "source",
        "track", "wbr"}  # fmt: skip
MONTHS = ("янв", "фев", "мар", "апр", "ма", "июн", "июл", "авг", "сен", "окт", "ноя", "дек")
WRITTEN_DAY = re.compile(r"\b(\d{1,2})\s+([а-я]{3,8})\s+(\d{4})\b", re.IGNORECASE)
DOTTED_DAY = re.compile(r"\b(\d{1,2})\.(\d{1,2})\.(\d{4})\b")
ISO_DAY = re.compile(r"\b(\d{4})-(\d{2})-(\d{2})")
# By a word in the name of the other site's rubric.
RUBRICS = (
    ("соглаш", Rubric.AGREEMENTS), ("agreement", Rubric.AGREEMENTS), ("пилот", Rubric.PILOTS),
    ("pilot", Rubric.PILOTS), ("экспорт", Rubric.EXPORT), ("export", Rubric.EXPORT),
    ("событи", Rubric.EVENTS), ("мероприят", Rubric.EVENTS), ("event", Rubric.EVENTS),
)  # fmt: skip


@dataclass(slots=True)
class SavedPage:
    """What a saved page says; whatever it does not say is empty."""

    title: str = ""
    text: str = ""
    happened_on: date | None = None
    rubric: str = Rubric.PRESS
    source: str = ""
    source_url: str = ""


def read(data: bytes) -> SavedPage:
    """Read a page from its bytes.

    Raises:
        Refused: It is too large, not a page, or holds no text.
    """
    if len(data) > LARGEST:
        raise Refused(
            _("The page is larger than %(limit)d MB. Save it as HTML only, without pictures.")
            % {"limit": LARGEST // 1024 // 1024}
        )
    if b"\x00" in data[:2000] or b"<" not in data:
        raise Refused(_("This is not a saved page. Save it in the browser as HTML and try again."))
    parser = _Reader()
    parser.feed(_decoded(data))
    parser.close()
    page = parser.page()
    if not page.title or not page.text:
        raise Refused(_("We found no title or no text on this page. Copy them into a draft."))
    return page


def _decoded(data: bytes) -> str:
    named = re.search(rb"charset=[\"']?([\w-]{3,20})", data[:4000], re.IGNORECASE)
    for encoding in (named[1].decode("ascii") if named else "", "utf-8", "cp1251"):
        try:
            return data.decode(encoding)
        except (LookupError, UnicodeDecodeError):
            continue
    return data.decode("utf-8", "replace")


@dataclass(slots=True)
class _Block:
    """A paragraph with the places it stands in, the outermost first."""

    tag: str
    inside: tuple[str, ...]
    words: list[str] = field(default_factory=list)

    @property
    def text(self) -> str:
        return " ".join("".join(self.words).split())


class _Reader(HTMLParser):
    """Collects headings, paragraphs and what the head says of the page."""

    def __init__(self) -> None:
        super().__init__(convert_charrefs=True)
        self.open: list[str] = []
        self.said: dict[str, str] = {}
        self.blocks: list[_Block] = []
        self.times: list[str] = []
        self.headings: list[_Block] = []
        self.titles: list[str] = []
        self.rubrics: list[_Block] = []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        given = {name: value or "" for name, value in attrs}
        if tag == "meta":
            name = (given.get("property") or given.get("name") or given.get("itemprop", "")).lower()
            self.said.setdefault(name, given.get("content", "").strip())
        elif tag == "link" and given.get("rel", "").lower() == "canonical":
            self.said.setdefault("canonical", given.get("href", "").strip())
        elif tag == "time" and given.get("datetime"):
            self.times.append(given["datetime"])
        elif tag == "br" and self.blocks:
            self.blocks[-1].words.append(" ")
        if tag in VOID:
            return
        self.open.append(tag)
        block = _Block(tag, tuple(self.open))
        if tag in WHOLE:
            self.blocks.append(block)
        elif tag == "h1":
            self.headings.append(block)
        css = given.get("class", "").lower()
        if tag in {"a", "span", "div", "li"} and re.search(r"rubric|categor|section-name", css):
            self.rubrics.append(block)

    def handle_endtag(self, tag: str) -> None:
        if tag in self.open:
            while self.open.pop() != tag:
                pass

    def handle_data(self, data: str) -> None:
        inside = set(self.open)
        if inside & SILENT:
            return
        if self.open and self.open[-1] == "title":
            self.titles.append(data)
        for blocks, tags in ((self.blocks, WHOLE), (self.headings, {"h1"})):
            if blocks and inside & tags and blocks[-1].tag in inside:
                blocks[-1].words.append(data)
        if self.rubrics and tuple(self.open)[: len(self.rubrics[-1].inside)] == (
            self.rubrics[-1].inside
        ):
            self.rubrics[-1].words.append(data)

    def page(self) -> SavedPage:
        """What all of it amounts to."""
        texts = self._texts()
        heading = next((block.text for block in self.headings if block.text), "")
        title = heading or self.said.get("og:title", "") or " ".join("".join(self.titles).split())
        url = self._url()
        name = self.said.get("og:site_name", "") or urlsplit(url).netloc.removeprefix("www.")
        return SavedPage(
            title=title[:200],
            text="\n\n".join(texts)[:LONGEST],
            happened_on=self._day(texts),
            rubric=self._rubric(),
            source=name[:200],
            source_url=url,
        )

    def _texts(self) -> list[str]:
        """The paragraphs of the article: inside its own element where the page has one."""
        told = [b for b in self.blocks if b.text and not set(b.inside) & AROUND]
        for place in ("article", "main"):
            within = [b for b in told if place in b.inside]
            if sum(len(b.text) for b in within) > 200:
                return [b.text for b in within]
        return [b.text for b in told]

    def _url(self) -> str:
        for name in ("canonical", "og:url"):
            url = self.said.get(name, "")
            if urlsplit(url).scheme in ("http", "https") and len(url) <= 500:
                return url
        return ""

    def _rubric(self) -> str:
        names = [self.said.get("article:section", ""), *(block.text for block in self.rubrics)]
        said = " ".join(names).lower()
        return next((rubric for word, rubric in RUBRICS if word in said), Rubric.PRESS)

    def _day(self, texts: list[str]) -> date | None:
        named = [self.said.get(n, "") for n in ("article:published_time", "datepublished", "date")]
        for text in [*named, *self.times, *texts[:5]]:
            if (day := day_in(text)) is not None:
                return day
        return None


def day_in(text: str) -> date | None:
    """The first day written in a text.

    >>> day_in("опубликовано 22 октября 2019 года"), day_in("2019-10-22T10:00")
    (datetime.date(2019, 10, 22), datetime.date(2019, 10, 22))
    """
    if found := ISO_DAY.search(text):
        return _day(int(found[1]), int(found[2]), int(found[3]))
    if found := DOTTED_DAY.search(text):
        return _day(int(found[3]), int(found[2]), int(found[1]))
    for found in WRITTEN_DAY.finditer(text):
        word = found[2].lower()
        month = next((n for n, start in enumerate(MONTHS, 1) if word.startswith(start)), 0)
        if month and (month != 5 or word in ("май", "мая")):
            return _day(int(found[3]), month, int(found[1]))
    return None


def _day(year: int, month: int, day: int) -> date | None:
    try:
        return date(year, month, day)
    except ValueError:
        return None
