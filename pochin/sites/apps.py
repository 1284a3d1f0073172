"""The room as Django knows it."""

from django.apps import AppConfig


class SitesConfig(AppConfig):
    name = "pochin.sites"

    def ready(self) -> None:
        """Let the room react to the journal."""
        from pochin.sites import reactions  # noqa: F401
