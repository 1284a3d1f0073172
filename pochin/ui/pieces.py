"""What components are filled with: small values that a view or a room's part hands over."""

from __future__ import annotations

import datetime as dt
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any


@dataclass(frozen=True, kw_only=True)
class Link:
    """A tab, a section of the top bar, a crumb or an entry of a menu."""

    label: Any
    url: str = ""
    current: bool = False
    count: int | None = None


@dataclass(frozen=True, kw_only=True)
class Step:
    """A stage of a thing's way. `state`: done, now, next or stopped; `tone`: primary or seal."""

    title: Any
    note: Any = ""
    state: str = "next"
    href: str = ""
    tone: str = "primary"


@dataclass(frozen=True, kw_only=True)
class Attention:
    """One thing that waits for the reader. Tones: waiting, bad, seal, good, primary, neutral.

    Args:
        title: What to do, a verb first.
        href: Where it is done; the whole row leads there.
        about: The thing it is to be done to.
        note: What else to know.
        due: Until when, or how late.
        action: The words of a button that shows where the row leads.
        tone: How urgent it is.
        icon: The mark before it.
    """

    title: Any
    href: str
    about: Any = ""
    note: Any = ""
    due: Any = ""
    action: Any = ""
    tone: str = "waiting"
    icon: str = "clock"


@dataclass(frozen=True, kw_only=True)
class Task:
    """A part of a long form. `done` is plain words with a tick; `why_not` closes the task."""

    title: Any
    href: str = ""
    status: Any = ""
    done: bool = False
    tone: str = "neutral"
    note: Any = ""
    why_not: Any = ""


@dataclass(frozen=True, kw_only=True)
class Answer:
    """A question and what was answered; `href` leads to where it can be changed."""

    question: Any
    answer: Any = ""
    href: str = ""
    wrong: Any = ""


@dataclass(frozen=True, kw_only=True)
class Reader:
    """Somebody who may see a thing, and why."""

    name: Any
    why: Any = ""
    at: dt.datetime | None = None


@dataclass(frozen=True, kw_only=True)
class Event:
    """A line of history: who did what, when and for what reason."""

    what: Any
    who: Any = ""
    at: dt.datetime | None = None
    reason: Any = ""
    tone: str = ""
    href: str = ""


@dataclass(frozen=True, kw_only=True)
class Signature:
    """A line of a decision: signed (`at`), waited for, the reader's own, or abstaining (`note`).

    `state`: signed, waiting (its `note` says for what), yours or abstains.
    """

    name: Any
    role: Any = ""
    state: str = "waiting"
    at: dt.datetime | None = None
    note: Any = ""
    fingerprint: str = ""


@dataclass(frozen=True, kw_only=True)
class Option:
    """One of the decisions that can be taken."""

    value: str
    label: Any
    note: Any = ""
    picked: bool = False


@dataclass(frozen=True, kw_only=True)
class Commitment:
    """Who promised what by when, and where it stands."""

    what: Any
    who: Any = ""
    on: dt.date | None = None
    state: Any = ""
    tone: str = "plain"
    href: str = ""
    proof: Any = ""


@dataclass(frozen=True, kw_only=True)
class Comment:
    """What somebody wrote, and who reads it: the audience is named beside every word."""

    text: Any
    who: Any = ""
    role: Any = ""
    at: dt.datetime | None = None
    audience: Any = ""
    answers: Sequence[Comment] = ()


@dataclass(frozen=True, kw_only=True)
class FileLine:
    """A file and its state: waiting, checking, ready or refused (with the reason in `note`)."""

    name: str
    state: str = "waiting"
    size: int = 0
    note: Any = ""
    href: str = ""
    done: int = 0


@dataclass(frozen=True, kw_only=True)
class Check:
    """A check of data: passed, to be looked at, or failed. Tones: good, waiting, bad."""

    text: Any
    note: Any = ""
    tone: str = "good"


Pairs = Sequence[tuple[Any, Any]]
