"""Notices as an application of the framework: its one reaction is known from the start."""

from django.apps import AppConfig


class NoticesConfig(AppConfig):
    name = "pochin.notices"

    def ready(self) -> None:
        """Learn the reactions of this room."""
        from pochin.notices import reactions, tasks  # noqa: F401
