"""Chapters of other rooms on one page, each with a context of its own."""

from __future__ import annotations

from typing import Any

from django import template
from django.template.loader import render_to_string
from django.utils.safestring import SafeString

register = template.Library()


@register.simple_tag(takes_context=True)
def chapter(context: template.Context, name: str, words: dict[str, Any]) -> SafeString:
    """A part that another room offers, filled with what that room answered for this reader."""
    return render_to_string(name, {**words, "user": context["request"].user}, context["request"])
