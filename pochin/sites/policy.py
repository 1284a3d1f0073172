"""Who is who around a site."""

from __future__ import annotations

from typing import Any

from django.utils.translation import gettext_lazy as _

from pochin.core.policy import rule
from pochin.participants.policy import Role, programmes


@rule(_("the responsible person of the site"))
def responsible(user: Any, site: Any) -> bool:
    return user.pk is not None and site.responsible_id == user.pk


@rule(_("a deputy of the responsible person"))
def deputy(user: Any, site: Any) -> bool:
    if user.pk is None or site.pk is None:
        return False
    # Over all of them, so that a page that has them at hand asks nothing more.
    return any(d.person_id == user.pk and d.until is None for d in site.deputies.all())


@rule(_("a coordinator of the programme of the site"))
def coordinator(user: Any, site: Any) -> bool:
    if site.programme_id is None:
        return bool(programmes(user, Role.COORDINATOR))
    return f"{Role.COORDINATOR}@{site.programme_id}" in user.hats


@rule(_("the head of the unit, who signs for it"))
def head(user: Any, site: Any) -> bool:
    return f"sign@org-{site.owner_id}" in user.hats


@rule(_("a coordinator or pilot manager of the programme, or those who edit for the unit"))
def nominator(user: Any, site: Any) -> bool:
    roles = {f"{role}@{site.programme_id}" for role in (Role.COORDINATOR, Role.PILOT_MANAGER)}
    return bool(roles & user.hats) or f"edit@org-{site.owner_id}" in user.hats


@rule(_("a coordinator or pilot manager of the programme"))
def may_nominate(user: Any, programme: Any) -> bool:
    wanted = {f"{role}@{programme.pk}" for role in (Role.COORDINATOR, Role.PILOT_MANAGER)}
    return bool(wanted & user.hats)


keeper = responsible | deputy | coordinator
