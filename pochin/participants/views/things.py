"""The page of a small thing: what it is, where it stands, what may be done, what happened."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from django.http import HttpRequest, HttpResponse

from pochin.core import journal
from pochin.core.lifecycle import Lifecycle
from pochin.ui.pieces import Link
from pochin.ui.shortcuts import page
from pochin.ui.tones import state_badge


def thing_page(
    request: HttpRequest,
    thing: Any,
    life: Lifecycle[Any],
    *,
    title: Any,
    facts: Sequence[tuple[Any, Any]],
    crumbs: Sequence[Link],
    words: Sequence[tuple[Any, str]] = (),
    main: str = "",
    notice: str = "",
) -> HttpResponse:
    """Show a thing that needs no page of its own shape.

    Args:
        thing: What is shown; its address and the name of a move make the move's address.
        life: The lifecycle its moves come from.
        title: The head of the page.
        facts: Pairs of a word and a value; pairs without a value are left out.
        crumbs: The way here.
        words: Longer texts people wrote: pairs of a heading and a text.
        main: The move that is the next step.
        notice: What must be read before anything is done.
    """
    return page(
        request,
        "participants/thing.html",
        thing=thing,
        title=title,
        facts_list=[(word, value) for word, value in facts if value not in (None, "")],
        words=[(word, text) for word, text in words if text],
        crumbs=[*crumbs, Link(label=title)],
        actions=life.actions(request.user, thing),
        main=main,
        notice=notice,
        state_tag=state_badge(thing),
        story=journal.of(thing),
    )
