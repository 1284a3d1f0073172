"""The room as Django knows it."""

from django.apps import AppConfig


class PortfolioConfig(AppConfig):
    name = "pochin.portfolio"

    def ready(self) -> None:
        """Let the room react to the journal."""
        from pochin.portfolio import reactions  # noqa: F401
