"""The application that web servers load."""

from __future__ import annotations

import gc
import os

from django.core.wsgi import get_wsgi_application
from django.urls import get_resolver

# Things made before the collector of cycles looks at the young ones; a list makes some thousands.
YOUNG = 20_000


def settle() -> None:
    """Load what the first request would, and take it all out of the collector's sight.

    What is loaded stays for good. To go through it took a quarter of a second each time, and
    that was once in a hundred lists.
    """
    get_resolver().url_patterns  # noqa: B018 - loads every view
    gc.collect()
    gc.freeze()
    gc.set_threshold(YOUNG)


os.environ.setdefault("DJANGO_SETTINGS_MODULE", "pochin.settings")
application = get_wsgi_application()
settle()
