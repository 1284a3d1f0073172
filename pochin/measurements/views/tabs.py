"""The pages of a pilot's readings, side by side."""

from __future__ import annotations

from django.urls import reverse
from django.utils.translation import gettext as _

from pochin.pilots.models import Pilot
from pochin.ui.pieces import Link


def tabs(pilot: Pilot, here: str) -> list[Link]:
    """What arrived, how good it is, the rows themselves, the folder that is watched."""
    pages = (
        ("index", _("Files")),
        ("quality", _("Completeness and quality")),
        ("slice", _("Rows")),
        ("folder", _("Watched folder")),
    )
    return [
        Link(label=label, url=reverse(f"measurements:{name}", args=[pilot.number]),
             current=name == here)
        for name, label in pages
    ]  # fmt: skip
