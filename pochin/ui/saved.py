"""Keeping a view of a list under a name, and dropping it: pressed on the list itself.

`listing` is a `lists.Listing`, which calls what stands here.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any, NamedTuple

from django.contrib import messages
from django.core.exceptions import BadRequest
from django.db import transaction
from django.http import HttpResponse
from django.shortcuts import redirect
from django.utils.translation import gettext as _

from pochin.ui.models import SavedView

# So many views of one list a person may keep; more would not be found among each other.
MOST = 30
LABEL, QUERY = 60, 2000


class Kept(NamedTuple):
    """A saved view as the page needs it."""

    listing: str
    label: str
    query: str
    is_default: bool


def of(listing: Any) -> list[Kept]:
    """The views that the reader keeps of this list, by name."""
    kept: Iterable[Kept] = getattr(listing.user, "kept_views", ())
    return sorted((view for view in kept if view.listing == listing.kind), key=lambda v: v.label)


def press(listing: Any) -> HttpResponse | None:
    """Do what a button of the panel asks; None where no such button was pressed."""
    asked = listing.request.POST
    if listing.request.method != "POST" or "view" not in asked:
        return None
    if listing.user is None or not listing.user.is_authenticated:
        raise BadRequest("unknown parameter")
    label = " ".join(asked.get("view_label", "").split())
    if "\x00" in label:
        raise BadRequest("unknown parameter")
    if asked["view"] == "keep":
        return _keep(listing, label, is_default=asked.get("view_default") == "yes")
    if asked["view"] == "drop":
        return _drop(listing, label)
    raise BadRequest("unknown parameter")


def _keep(listing: Any, label: str, *, is_default: bool) -> HttpResponse:
    here, query = listing.here, listing.query
    mine = SavedView.objects.visible_to(listing.user).filter(listing=listing.kind)
    labels = set(mine.values_list("label", flat=True))
    if refused := _why_not(label, query, labels):
        messages.warning(listing.request, refused)
        return redirect(here)
    with transaction.atomic():
        if is_default:
            mine.filter(is_default=True).update(is_default=False)
        SavedView.objects.update_or_create(
            person=listing.user,
            listing=listing.kind,
            label=label,
            defaults={"query": query, "is_default": is_default},
        )
    messages.success(listing.request, _("The view “%(name)s” is kept.") % {"name": label})
    return redirect(here)


def _why_not(label: str, query: str, kept: set[str]) -> str:
    """Why a view is not kept beside the others, in a sentence; empty where it is."""
    if not label or len(label) > LABEL:
        return _("Name the view in up to %(n)d characters; nothing was changed.") % {"n": LABEL}
    if not query:
        return _("This is the list as it always is. Choose a filter or an order, then keep it.")
    if len(query) > QUERY:
        return _("So many filters at once cannot be kept. Take some away and keep it then.")
    if label not in kept and len(kept) >= MOST:
        return _("You keep %(n)d views of this list. Delete one to keep another.") % {"n": MOST}
    return ""


def _drop(listing: Any, label: str) -> HttpResponse:
    mine = SavedView.objects.visible_to(listing.user).filter(listing=listing.kind, label=label)
    if mine.delete()[0]:
        messages.success(listing.request, _("The view “%(name)s” is deleted.") % {"name": label})
    return redirect(listing.bare)
