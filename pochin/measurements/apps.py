"""The room as Django knows it."""

from django.apps import AppConfig


class MeasurementsConfig(AppConfig):
    name = "pochin.measurements"

    def ready(self) -> None:
        from pochin.measurements import tasks  # noqa: F401
