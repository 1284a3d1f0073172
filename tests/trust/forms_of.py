"""The forms of a page as a browser sends them, and what nobody in their senses writes there."""

from __future__ import annotations

from dataclasses import dataclass, field
from html.parser import HTMLParser
from typing import Any
from urllib.parse import quote_plus

# Never sent by a person: tokens, keys, and what only a file may be.
UNSENT = {"submit", "button", "reset", "image"}


@dataclass
class Field:
    """One control: what it is, what stands in it, what may be chosen."""

    name: str
    kind: str
    value: str = ""
    choices: list[str] = field(default_factory=list)
    is_sent: bool = True


@dataclass
class Form:
    """Where it is sent to, how, and its controls in their order."""

    method: str
    action: str
    fields: list[Field] = field(default_factory=list)

    @property
    def written(self) -> list[Field]:
        """What a person can change; not the tokens around it."""
        wrapping = {"csrfmiddlewaretoken", "request_key", "read"}
        return [one for one in self.fields if one.name not in wrapping]


class _Reader(HTMLParser):
    def __init__(self) -> None:
        super().__init__()
        self.forms: list[Form] = []
        self.by_id: dict[str, Form] = {}
        self.open: Form | None = None
        self.chosen: Field | None = None
        self.area: Field | None = None

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        at = {name: value or "" for name, value in attrs}
        if tag == "form":
            self.open = Form(at.get("method", "get").lower(), at.get("action", ""))
            self.forms.append(self.open)
            self.by_id[at.get("id", "")] = self.open
        elif tag == "option" and self.chosen is not None:
            self.chosen.choices.append(at.get("value", ""))
            if "selected" in at:
                self.chosen.value = at.get("value", "")
        elif tag in ("input", "select", "textarea", "button") and at.get("name"):
            self._control(tag, at)

    def _control(self, tag: str, at: dict[str, str]) -> None:
        kind = at.get("type", "text") if tag == "input" else tag
        home = self.by_id.get(at["form"]) if at.get("form") else self.open
        if home is None or kind in UNSENT:
            return
        ticked = kind not in ("checkbox", "radio") or "checked" in at
        one = Field(at["name"], kind, at.get("value", ""), is_sent=ticked)
        home.fields.append(one)
        self.chosen = one if tag == "select" else self.chosen
        self.area = one if tag == "textarea" else None

    def handle_endtag(self, tag: str) -> None:
        if tag == "form":
            self.open = None
        elif tag == "select":
            self.chosen = None
        elif tag == "textarea":
            self.area = None

    def handle_data(self, data: str) -> None:
        if self.area is not None:
            self.area.value += data


def forms_of(page: str) -> list[Form]:
    """Every form of a page."""
    reader = _Reader()
    reader.feed(page)
    return reader.forms


DAYS = {"date": "2026-06-01", "datetime-local": "2026-06-01T12:00", "time": "12:00",
        "month": "2026-06", "number": "1", "email": "somebody@example.org",
        "url": "https://example.org/"}  # fmt: skip


def plausible(one: Field) -> str:
    """What somebody would write there."""
    if one.value:
        return one.value
    if one.kind in DAYS:
        return DAYS[one.kind]
    if one.kind == "select":
        return next((choice for choice in one.choices if choice), "")
    if one.kind in ("text", "textarea", "search"):
        lowered = one.name.lower()
        if lowered.endswith(("_on", "day", "date", "from", "to", "until", "_by")):
            return DAYS["date"]
        if lowered.endswith("_at"):
            return DAYS["datetime-local"]
        return "12"
    return one.value


FAR_DAYS = ["0001-01-01", "9999-12-31", "10000-01-01", "01.01.0001"]
FAR_MOMENTS = ["0001-01-01T00:00", "9999-12-31T23:59"]
NUMBERS = ["9" * 19, "9" * 40, "-1", "0", "1e400", "NaN", "Infinity", "9" * 5000, "²"]
TEXTS = ["a\x00b", "\ud800", "я" * 30_000, "\r\n\t ", "%s %(x)s {} {{ x }}"]
KEYS = ["9" * 19, "-1", "nowhere", "\x00"]


def absurd(one: Field) -> list[str]:
    """What nobody in their senses writes there, each worth a sentence and no more."""
    if one.kind in ("date", "month"):
        return [*FAR_DAYS, "\x00"]
    if one.kind in ("datetime-local", "time"):
        return [*FAR_MOMENTS, *FAR_DAYS[:2], "\x00"]
    if one.kind == "number":
        return NUMBERS
    if one.kind in ("select", "radio", "checkbox", "hidden"):
        return KEYS
    return [*TEXTS, *FAR_DAYS[:2], *FAR_MOMENTS[:1], "9" * 40, "1e400", "NaN"]


def sent(form: Form, changed: dict[str, str]) -> list[tuple[str, str]]:
    """Pairs as a browser sends them, with some of them changed."""
    pairs, ticked = [], set()
    for one in form.written:
        if one.kind == "file":
            continue
        if one.name in changed:
            if one.name not in ticked:
                pairs.append((one.name, changed[one.name]))
                ticked.add(one.name)
        elif one.kind == "radio":
            if one.name not in ticked:
                pairs.append((one.name, one.value))
                ticked.add(one.name)
        elif one.kind == "checkbox":
            pairs += [(one.name, one.value or "on")] if one.is_sent else []
        else:
            pairs.append((one.name, plausible(one)))
    return pairs


def encoded(pairs: list[tuple[Any, Any]]) -> str:
    """A query with everything a wire can carry, lone surrogates too."""

    def one(value: str) -> str:
        return quote_plus(value.encode("utf-8", "surrogatepass"))

    return "&".join(f"{one(name)}={one(value)}" for name, value in pairs)
