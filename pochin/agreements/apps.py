"""The room as Django knows it."""

from django.apps import AppConfig


class AgreementsConfig(AppConfig):
    name = "pochin.agreements"

    def ready(self) -> None:
        """Let the room react to the journal."""
        from pochin.agreements import reactions  # noqa: F401
