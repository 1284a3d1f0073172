"""The real application, with two yardsticks beside it: an empty view and an empty page."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from typing import Any

from django.conf import settings
from django.core.handlers.wsgi import WSGIHandler

from pochin.cli.wsgi import application as whole

settings.ROOT_URLCONF = "benchmarks.web.addresses"
# The same framework with nothing around the view.
_chain, settings.MIDDLEWARE = settings.MIDDLEWARE, []
bare = WSGIHandler()
settings.MIDDLEWARE = _chain


def application(environ: dict[str, Any], start_response: Callable[..., Any]) -> Iterable[bytes]:
    """Answer the empty view without middleware, everything else as the product does."""
    handler = bare if environ["PATH_INFO"] == "/bench/empty/" else whole
    return handler(environ, start_response)
