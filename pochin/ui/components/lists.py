"""A list and the way through its pages."""

from __future__ import annotations

from django import template
from django.template import Context
from django.utils.safestring import SafeString

from pochin.ui.lists import Listing

register = template.Library()


@register.simple_tag(takes_context=True)
def listing(context: Context, found: Listing) -> SafeString:
    """A whole list: search, filters, table, pages, files."""
    found.token = str(context.get("csrf_token", ""))
    return found.markup


@register.simple_tag
def pagination(found: Listing) -> SafeString:
    """Which rows of how many, and the way to the others."""
    return found.ways
