"""What the frame of every page needs: sections, the reader's menu, the demonstration's mark."""

from __future__ import annotations

from typing import Any

from django.conf import settings
from django.http import HttpRequest
from django.urls import NoReverseMatch, reverse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy as _l

from pochin.participants.policy import Role, organisations, programmes
from pochin.ui.pieces import Link

PUBLIC = [("needs:index", _l("Needs")), ("solutions:index", _l("Solutions"))]
COMPANY = [
    ("home:page", _l("Today")),
    ("needs:index", _l("Needs")),
    ("applications:index", _l("Applications")),
    ("pilots:index", _l("Pilots")),
    ("agreements:index", _l("Agreements")),
    ("solutions:index", _l("Solutions")),
]
STAFF = [
    ("home:page", _l("Today")),
    ("needs:index", _l("Needs")),
    ("applications:index", _l("Applications")),
    ("pilots:index", _l("Pilots")),
    ("agreements:index", _l("Agreements")),
    ("portfolio:page", _l("Portfolio")),
]
EXPERT = [
    ("home:page", _l("Today")),
    ("reviews:index", _l("Reviews")),
    ("needs:index", _l("Needs")),
]
# What stands in the reader's own menu, for whom it is.
MORE = [
    ("participants:profile", _l("My profile"), "all"),
    ("notices:index", _l("Notices"), "all"),
    ("participants:organisations", _l("Organisations"), "all"),
    ("deals:index", _l("Deals"), "all"),
    ("sites:index", _l("Sites"), "all"),
    ("participants:programmes", _l("Programmes"), "all"),
    ("reviews:index", _l("Reviews"), "staff"),
    ("solutions:index", _l("Solutions"), "staff"),
    ("jobs:index", _l("Background work"), "staff"),
    ("home:lifecycles", _l("How things live here"), "all"),
    ("participants:tokens", _l("Tokens for programs"), "all"),
    ("account_change_password", _l("Password"), "all"),
    ("mfa_index", _l("Second factor"), "all"),
]


def frame(request: HttpRequest) -> dict[str, Any]:
    """The frame of a page for this reader; costs no query beyond the hats."""
    user = request.user
    is_staff = bool(programmes(user))
    return {
        "nav": [_link(request, *section) for section in _sections(user) if _exists(section[0])],
        "user_menu": [
            _link(request, name, label)
            for name, label, whom in (MORE if user.is_authenticated else [])
            if _exists(name) and (whom == "all" or is_staff)
        ],
        "user_role": _role(user),
        "demo": settings.DEMO,
        "footer": _footer(request),
    }


def _sections(user: Any) -> list[tuple[str, Any]]:
    if not user.is_authenticated:
        return PUBLIC
    held = {hat.partition("@")[0] for hat in user.hats}
    if held & set(Role) == {Role.EXPERT}:
        return EXPERT
    if programmes(user):
        return STAFF
    return COMPANY if organisations(user) else [("home:page", _l("Today")), *PUBLIC]


def _role(user: Any) -> str:
    """The reader's first role, to stand under the name."""
    held = {hat.partition("@")[0] for hat in user.hats}
    return next((str(role.label) for role in Role if role in held), "")


def _footer(request: HttpRequest) -> list[Link]:
    links = [
        ("home:how", _("How we count")),
        ("home:accessibility", _("Accessibility")),
        ("home:limits", _("What we do not promise")),
    ]
    return [_link(request, name, label) for name, label in links if _exists(name)]


def _link(request: HttpRequest, name: str, label: Any) -> Link:
    url = reverse(name)
    here = request.path == url or (url != "/" and request.path.startswith(url))
    return Link(label=label, url=url, current=here)


def _exists(name: str) -> bool:
    # A room that is not built into this installation has no section.
    try:
        reverse(name)
    except NoReverseMatch:
        return False
    return True
