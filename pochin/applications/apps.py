"""Applications as an application of the framework: reactions and search are known at start."""

from django.apps import AppConfig


class ApplicationsConfig(AppConfig):
    name = "pochin.applications"

    def ready(self) -> None:
        """Learn the reactions of this room."""
        from pochin.applications import reactions  # noqa: F401
