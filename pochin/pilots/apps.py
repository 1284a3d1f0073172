"""The room as Django knows it: how pilots are found, and what they react to."""

from typing import Any

from django.apps import AppConfig


class PilotsConfig(AppConfig):
    name = "pochin.pilots"

    def ready(self) -> None:
        from pochin.pilots import reactions  # noqa: F401
        from pochin.pilots.models import Pilot
        from pochin.search.index import declare

        declare(
            Pilot,
            title=lambda pilot: f"{pilot.title_ru} {pilot.title_en}",
            text=_said,
            number=lambda pilot: pilot.number,
            fetch=lambda pilots: pilots.select_related("organisation", "need"),
        )


def _said(pilot: Any) -> str:
    """What the public register shows; nothing else, for everybody searches the same words."""
    vendor, need = pilot.organisation, pilot.need
    found = [pilot.summary_ru, pilot.summary_en]
    found += [vendor.name_ru, vendor.name_en] if vendor else []
    found += [need.title_ru, need.title_en] if need else []
    return " ".join(found)
