"""The room as Django knows it."""

from django.apps import AppConfig


class PilotsConfig(AppConfig):
    name = "pochin.pilots"

    def ready(self) -> None:
        from pochin.pilots import reactions  # noqa: F401
