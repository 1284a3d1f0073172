"""The room as Django knows it."""

from django.apps import AppConfig


class DealsConfig(AppConfig):
    name = "pochin.deals"

    def ready(self) -> None:
        """Let the room react to the journal."""
        from pochin.deals import reactions, tasks  # noqa: F401
