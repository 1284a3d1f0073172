"""The room as Django knows it."""

from django.apps import AppConfig


class ExportsConfig(AppConfig):
    name = "pochin.exports"

    def ready(self) -> None:
        """Let the room react to the journal."""
        from pochin.exports import reactions  # noqa: F401
