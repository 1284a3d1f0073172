"""A list and the way through its pages."""

from __future__ import annotations

from django import template
from django.utils.safestring import SafeString

from pochin.ui.lists import Listing

register = template.Library()


@register.simple_tag
def listing(found: Listing) -> SafeString:
    """A whole list: search, filters, table, pages, files."""
    return found.markup


@register.simple_tag
def pagination(found: Listing) -> SafeString:
    """Which rows of how many, and the way to the others."""
    return found.ways
