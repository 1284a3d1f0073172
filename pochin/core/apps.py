"""What the mechanisms need once all tables are known."""

from importlib import import_module
from pkgutil import iter_modules

from django.apps import AppConfig, apps
from django.db.models.signals import post_migrate
from django.utils.module_loading import module_has_submodule


class CoreConfig(AppConfig):
    name = "pochin.core"

    def ready(self) -> None:
        # So that a worker and a command know every life, as a page does.
        for room in apps.get_app_configs():
            if module_has_submodule(room.module, "lifecycle"):
                _import_whole(f"{room.name}.lifecycle")
        from pochin.core import tallies

        post_migrate.connect(tallies.after_migration, sender=self, dispatch_uid="tallies")


def _import_whole(name: str) -> None:
    """Import a module and, where it is a package, every module in it."""
    module = import_module(name)
    for part in iter_modules(getattr(module, "__path__", [])):
        import_module(f"{name}.{part.name}")
