"""Indexing in bulk, at night: heals what was cut off between a move and its index."""

from __future__ import annotations

from django_tasks import task

from pochin.search import index


@task(cron="20 2 * * *")
def reindex_all() -> dict[str, int]:
    """Index everything that can be found; returns how much there is of each."""
    counts = {model._meta.label: index.reindex(model) for model in index.declared}
    index.gather()
    return counts
