"""The search room listens to the journal: whatever moved is indexed anew."""

from __future__ import annotations

from typing import Any

from django.apps import AppConfig


class SearchConfig(AppConfig):
    name = "pochin.search"

    def ready(self) -> None:
        from pochin.core import journal

        journal.written.connect(follow, dispatch_uid="search")


def follow(sender: Any, *, entry: Any, **_unused: Any) -> None:
    """Index the thing an entry is about, if its kind can be found, and what goes along with it."""
    from pochin.search import index

    model = entry.kind.model_class()
    if model in index.declared:
        index.follow(model, entry.thing_id)
