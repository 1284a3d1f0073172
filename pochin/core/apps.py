"""What the mechanisms need once all tables are known."""

from django.apps import AppConfig
from django.utils.module_loading import autodiscover_modules


class CoreConfig(AppConfig):
    name = "pochin.core"

    def ready(self) -> None:
        # So that a worker and a command know every life, as a page does.
        autodiscover_modules("lifecycle")
