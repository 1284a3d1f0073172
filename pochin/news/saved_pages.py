"""Reading a page saved from another site: title, day, rubric, text, source; nothing is fetched."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import date
from html.parser import HTMLParser
from typing import Any
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
# What holds text of its own where a page has no paragraphs.
HOLDERS = {"div", "section", "article", "main", "body", "span", "td"}
# What ends an open element of these kinds, though its own end is not written.
ENDED_BY = {"td": ("td", "th"), "th": ("td", "th"), "tr": ("tr",), "li": ("li",), "p": ("p",)}
SHORT, LONG_ENOUGH = 25, 60  # letters a heading of a piece has at least, and a first paragraph
FEW = 120  # letters; fewer in paragraphs than this, and the text is looked for outside them
# How browsers note where a page was saved from.
SAVED_FROM = re.compile(r"saved from url=\(\d+\)(\S+)", re.IGNORECASE)
MONTHS = ("янв", "фев", "мар", "апр", "ма", "июн", "июл", "авг", "сен", "окт", "ноя", "дек")
WRITTEN_DAY = re.compile(r"\b(\d{1,2})\s+([а-я]{3,8})\s+(\d{4})\b", re.IGNORECASE)
ENGLISH = ("jan", "feb", "mar", "apr", "may", "jun", "jul", "aug", "sep", "oct", "nov", "dec")
ENGLISH_DAY = re.compile(
    r"\b(?:(\d{1,2})(?:st|nd|rd|th)?\s+([a-z]{3,9})|([a-z]{3,9})\s+(\d{1,2})(?:st|nd|rd|th)?,?)"
    r"\s+(\d{4})\b",
    re.IGNORECASE,
)
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

    @property
    def language(self) -> str:
        """The language of the text, by its letters: Russian or English."""
        russian = len(re.findall(r"[а-яё]", self.text, re.IGNORECASE))
        return "ru" if 2 * russian >= len(re.findall(r"[a-z]", self.text, re.IGNORECASE)) else "en"


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
    if not data.startswith(WIDE) and (b"\x00" in data[:2000] or b"<" not in data):
        raise Refused(_("This is not a saved page. Save it in the browser as HTML and try again."))
    parser = _Reader()
    parser.feed(_decoded(data))
    parser.close()
    page = parser.page()
    if not page.title or not page.text:
        raise Refused(_("We found no title or no text on this page. Copy them into a draft."))
    return page


# What pages in UTF-16 begin with, as some editors save them.
WIDE = (b"\xff\xfe", b"\xfe\xff")


def _decoded(data: bytes) -> str:
    if data.startswith(WIDE):
        return data.decode("utf-16", "replace")
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
    linked: int = 0  # letters that are links

    @property
    def text(self) -> str:
        return " ".join("".join(self.words).split())

    @property
    def is_menu(self) -> bool:
        """Whether it is a link of a menu and no text."""
        return self.tag in {"li", "td"} and self.linked * 10 >= len(self.text) * 9


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
        self.days: list[_Block] = []
        self.holders: list[_Block] = []
        self.around: list[_Block] = []
        self.data: list[str] = []
        self.is_data = False

    def handle_comment(self, data: str) -> None:
        if found := SAVED_FROM.search(data):
            self.said.setdefault("saved from", found[1])

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        given = {name: value or "" for name, value in attrs}
        if tag == "meta":
            name = (given.get("property") or given.get("name") or given.get("itemprop", "")).lower()
            self.said.setdefault(name, given.get("content", "").strip())
        elif tag == "link" and given.get("rel", "").lower() == "canonical":
            self.said.setdefault("canonical", given.get("href", "").strip())
        elif tag == "time" and given.get("datetime"):
            self.times.append(given["datetime"])
        elif tag == "br":
            if self.blocks:
                self.blocks[-1].words.append(" ")
            if self.around:
                self.around[-1].words.append("\n")
        if tag in VOID:
            return
        self._close_before(tag)
        self.open.append(tag)
        self.is_data = tag == "script" and "ld+json" in given.get("type", "").lower()
        block = _Block(tag, tuple(self.open))
        if tag in HOLDERS and tag != "span":
            self.holders.append(block)
            self.around.append(block)
        if tag in WHOLE:
            # A cell holds words of its own too: each list counts them for itself.
            self.blocks.append(_Block(tag, tuple(self.open)))
        elif tag == "h1":
            self.headings.append(block)
        self._mark(tag, f"{given.get('class', '')} {given.get('rel', '')}".lower())

    def _mark(self, tag: str, css: str) -> None:
        """Keep places that by their names tell the rubric or the day."""
        if tag in {"a", "span", "div", "li"} and re.search(r"rubric|categor|section-name", css):
            self.rubrics.append(_Block(tag, tuple(self.open)))
        if tag in {"span", "div", "p", "td", "time"} and re.search(r"date|publi", css):
            self.days.append(_Block(tag, tuple(self.open)))

    def _close_before(self, tag: str) -> None:
        """Close what a page of old leaves open: a cell before a cell, a row before a row."""
        ended = ENDED_BY.get(tag, ())
        for one in reversed(self.open):
            if one in {"table", "ul", "ol"}:
                return
            if one in ended:
                self.handle_endtag(one)
                return

    def handle_endtag(self, tag: str) -> None:
        if tag in self.open:
            while (closed := self.open.pop()) != tag:
                self._leave(closed)
            self._leave(tag)

    def _leave(self, tag: str) -> None:
        if (
            self.around
            and self.around[-1].tag == tag
            and len(self.around[-1].inside) > len(self.open)
        ):
            self.around.pop()

    def handle_data(self, data: str) -> None:
        inside = set(self.open)
        if self.is_data and self.open and self.open[-1] == "script":
            self.data.append(data)
        if inside & SILENT:
            return
        if self.around and not inside & (WHOLE - {"td"}) and not inside & {"h1", "title"}:
            self.around[-1].words.append(" ".join(data.split("\n")))
        if self.open and self.open[-1] == "title":
            self.titles.append(data)
        for blocks, tags in ((self.blocks, WHOLE), (self.headings, {"h1"})):
            if blocks and inside & tags and blocks[-1].tag in inside:
                blocks[-1].words.append(data)
                blocks[-1].linked += len(data.strip()) if "a" in inside else 0
        for blocks in (self.rubrics, self.days):
            if blocks and tuple(self.open)[: len(blocks[-1].inside)] == blocks[-1].inside:
                blocks[-1].words.append(data)

    def page(self) -> SavedPage:
        """What all of it amounts to."""
        article = self._article()
        texts = self._texts()
        body = _paragraphs(_word(article.get("articleBody")))
        if sum(map(len, body)) > 2 * sum(map(len, texts)):
            texts = body
        url = self._url(article)
        publisher = article.get("publisher")
        publisher = publisher.get("name") if isinstance(publisher, dict) else publisher
        name = self.said.get("og:site_name", "") or _word(publisher)
        name = name or urlsplit(url).netloc.removeprefix("www.")
        title = self._title(_word(article.get("headline")))
        texts = [text for text in texts if text != title]
        return SavedPage(
            title=title[:200],
            text="\n\n".join(texts)[:LONGEST],
            happened_on=self._day(texts, _word(article.get("datePublished"))),
            rubric=self._rubric(_word(article.get("articleSection"))),
            source=name[:200],
            source_url=url,
        )

    def _article(self) -> dict[str, Any]:
        """What the page tells search engines of its article (schema.org in JSON-LD)."""
        for written in self.data:
            try:
                said = json.loads(written)
            except ValueError:
                continue
            for thing in _things(said):
                kinds = thing.get("@type", "")
                kinds = " ".join(kinds) if isinstance(kinds, list) else str(kinds)
                if "Article" in kinds or "BlogPosting" in kinds:
                    return thing
        return {}

    def _title(self, headline: str) -> str:
        """The heading of the article; a heading with the name of the site is none."""
        headings = [block.text for block in self.headings if block.text]
        told = headline or self.said.get("og:title", "")
        if told:
            # The heading says it without the name of the site, which stands in the head.
            return next((h for h in headings if h and told.startswith(h)), told)
        return headings[0] if headings else self._lower_heading() or self._head()

    def _head(self) -> str:
        return " ".join("".join(self.titles).split())

    def _lower_heading(self) -> str:
        """A heading of a lower rank that stands over the text, where the page has no first one."""
        head = self._head()
        for block in self.blocks:
            if set(block.inside) & AROUND or not block.text:
                continue
            is_heading = block.tag in {"h2", "h3", "h4"}
            if is_heading and (block.text in head or len(block.text) > SHORT):
                return block.text
            if not is_heading and len(block.text) > LONG_ENOUGH:
                break  # the text has begun: what follows are headings inside it
        return ""

    def _texts(self) -> list[str]:
        """The paragraphs of the article: inside its own element where the page has one."""
        told = [b for b in self.blocks if b.text and not b.is_menu and not set(b.inside) & AROUND]
        for place in ("article", "main"):
            within = [b for b in told if place in b.inside]
            if sum(len(b.text) for b in within) > 200:
                return [b.text for b in within]
        found = [b.text for b in told]
        if sum(map(len, found)) >= FEW:
            return found
        # No paragraphs: the place with the most words of its own, line by line.
        places = [b for b in self.holders if not set(b.inside) & AROUND]
        fullest = max(places, key=lambda b: len(b.text), default=None)
        loose = _paragraphs("".join(fullest.words)) if fullest else []
        return loose if sum(map(len, loose)) > sum(map(len, found)) else found

    def _url(self, article: dict[str, Any]) -> str:
        told = [self.said.get(name, "") for name in ("canonical", "og:url", "saved from")]
        for url in (*told, _word(article.get("url")), _word(article.get("mainEntityOfPage"))):
            if urlsplit(url).scheme in ("http", "https") and len(url) <= 500:
                return url
        return ""

    def _rubric(self, section: str) -> str:
        names = [
            section,
            self.said.get("article:section", ""),
            *(block.text for block in self.rubrics),
        ]
        said = " ".join(names).lower()
        return next((rubric for word, rubric in RUBRICS if word in said), Rubric.PRESS)

    def _day(self, texts: list[str], published: str) -> date | None:
        named = [self.said.get(n, "") for n in ("article:published_time", "datepublished", "date")]
        marked = [block.text for block in self.days if len(block.text) < LONG_ENOUGH]
        for text in [published, *named, *self.times, *marked, *texts[:5]]:
            if (day := day_in(text)) is not None:
                return day
        return None


def _things(said: Any) -> Iterator[dict[str, Any]]:
    """Every thing of a JSON-LD text: alone, in a list or in a graph."""
    if isinstance(said, list):
        for one in said:
            yield from _things(one)
    elif isinstance(said, dict):
        yield said
        if isinstance(said.get("@graph"), list):
            yield from _things(said["@graph"])


def _word(value: Any) -> str:
    """A value of JSON-LD as one text; things are named by their address."""
    if isinstance(value, list):
        return _word(value[0]) if value else ""
    if isinstance(value, dict):
        return _word(value.get("@id", ""))
    return value.strip() if isinstance(value, str) else ""


def _paragraphs(text: str) -> list[str]:
    return [line for part in text.split("\n") if (line := " ".join(part.split()))]


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
    for found in ENGLISH_DAY.finditer(text):
        word, day = (found[2] or found[3]).lower(), found[1] or found[4]
        if word[:3] in ENGLISH:
            return _day(int(found[5]), ENGLISH.index(word[:3]) + 1, int(day))
    return None


def _day(year: int, month: int, day: int) -> date | None:
    try:
        return date(year, month, day)
    except ValueError:
        return None
