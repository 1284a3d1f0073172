"""What the mechanisms need once all tables are known."""

import sqlite3
from collections.abc import Callable
from functools import lru_cache
from importlib import import_module
from pkgutil import iter_modules
from typing import Any

from django.apps import AppConfig, apps
from django.db.models.signals import post_migrate
from django.utils.dateparse import parse_date, parse_datetime
from django.utils.module_loading import module_has_submodule


class CoreConfig(AppConfig):
    name = "pochin.core"

    def ready(self) -> None:
        _read_moments_once()
        import_module("pochin.core.lookups")
        # So that a worker and a command know every life, as a page does.
        for room in apps.get_app_configs():
            if module_has_submodule(room.module, "lifecycle"):
                _import_whole(f"{room.name}.lifecycle")
        from pochin.core import tallies

        post_migrate.connect(tallies.after_migration, sender=self, dispatch_uid="tallies")


def _read_moments_once() -> None:
    """SQLite keeps days and moments as texts; the same ones stand in row after row."""
    for kind, read in (("date", parse_date), ("datetime", parse_datetime)):
        sqlite3.register_converter(kind, lru_cache(maxsize=8192)(_decoded(read)))


def _decoded(read: Callable[[str], Any]) -> Callable[[bytes], Any]:
    return lambda text: read(text.decode())


def _import_whole(name: str) -> None:
    """Import a module and, where it is a package, every module in it."""
    module = import_module(name)
    for part in iter_modules(getattr(module, "__path__", [])):
        import_module(f"{name}.{part.name}")
