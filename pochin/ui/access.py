"""Every route declares what it shows, or why it is public; start-up fails otherwise."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from functools import wraps
from typing import Any, TypeVar

from django.contrib.auth.views import redirect_to_login
from django.core.checks import CheckMessage, Error, register
from django.db import models
from django.http import HttpRequest, HttpResponse
from django.urls import URLPattern, URLResolver, get_resolver
from django.utils.translation import gettext as _

from pochin.ui import kept

View = TypeVar("View", bound=Callable[..., Any])


@dataclass(frozen=True, slots=True)
class Access:
    """What a route shows. Without a model it is public, for the reason in `words`."""

    model: type[models.Model] | None = None
    words: str = ""
    sign_in: bool = False


def shows(model: type[models.Model], *, public: bool = False) -> Callable[[View], View]:
    """This route shows things of `model`, each found through its `visible_to`.

    A guest is sent to sign in, unless guests may see some of them (`public`).
    """
    if not hasattr(model._default_manager.all(), "visible_to"):
        raise TypeError(f"{model.__name__} has no visible_to; a route may not show it.")
    return _declare(Access(model, sign_in=not public))


def personal(words: str) -> Callable[[View], View]:
    """This route shows the signed-in reader's own things; `words` say which."""
    return _declare(Access(words=words, sign_in=True))


def public(words: str) -> Callable[[View], View]:
    """Anybody may see this route; `words` say why."""
    return _declare(Access(words=words))


def _declare(access: Access) -> Callable[[View], View]:
    def declare(view: View) -> View:
        @wraps(view)
        def guarded(request: HttpRequest, *args: Any, **kwargs: Any) -> Any:
            if access.sign_in and not request.user.is_authenticated:
                return _ask_to_sign_in(request)
            return view(request, *args, **kwargs)

        guarded.access = access  # type: ignore[attr-defined]
        return guarded  # type: ignore[return-value]

    return declare


def _ask_to_sign_in(request: HttpRequest) -> HttpResponse:
    """Send a guest to sign in and then back; what was typed under a session that ended stays."""
    if kept.has_words(request):
        return signed_out(request)
    back = kept.came_from(request) if request.method == "POST" else ""
    answer: HttpResponse = redirect_to_login(back or request.get_full_path())
    return answer


def signed_out(request: HttpRequest) -> HttpResponse:
    """Give back what was typed by somebody who is no longer signed in."""
    words = _(
        "You are no longer signed in, so this was not sent. Sign in in a new tab, come back to"
        " this one and send it again."
    )
    sign_in = redirect_to_login(kept.came_from(request) or "/").url
    return kept.give_back(request, words, status=403, sign_in=sign_in)


# Routes of libraries, by the start of their name or address, each with the reason.
EXEMPT = {
    "accounts/": "sign-in, sign-up and second factor by allauth: each shows only one's own account",
    "static/": "files of the look, the same for everybody",
    "api/": "declares and checks its own access in pochin.api",
}


def routes(resolver: Any = None, start: str = "") -> Iterator[tuple[str, Any]]:
    """Every route of the house as (address pattern, view)."""
    for entry in (resolver or get_resolver()).url_patterns:
        address = start + str(entry.pattern)
        if isinstance(entry, URLResolver):
            yield from routes(entry, address)
        elif isinstance(entry, URLPattern):
            yield address, entry.callback


@register()
def every_route_is_declared(**_unused: Any) -> list[CheckMessage]:
    """Refuse to start while a route says neither what it shows nor why it is public."""
    return [
        Error(f"The route {address} does not declare its access.", id="pochin.E001")
        for address, view in routes()
        if not hasattr(view, "access") and not address.startswith(tuple(EXEMPT))
    ]
