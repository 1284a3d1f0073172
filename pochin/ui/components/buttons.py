"""What is pressed: buttons, confirmations, the key by which a press counts once."""

from __future__ import annotations

import uuid
from collections.abc import Mapping, Sequence
from typing import Any

from django import template
from django.forms import BaseForm
from django.utils.html import conditional_escape
from django.utils.safestring import SafeString, mark_safe

from pochin.ui import addresses, icons, parts

register = template.Library()

REQUEST_KEY = "request_key"


def with_request(context: template.Context, **more: Any) -> dict[str, Any]:
    """Hand the request and its token to a component that holds a form."""
    kept = {name: context.get(name) for name in ("request", "csrf_token", REQUEST_KEY)}
    return {**kept, **more}


@register.simple_tag(takes_context=True)
def request_key(context: template.Context) -> SafeString:
    """The key of the page's form in a hidden input: pressed twice, done once."""
    return _key_input(context.get(REQUEST_KEY) or uuid.uuid4().hex)


@register.simple_tag
def fresh_key() -> SafeString:
    """A key of its own, for the small forms of a page that holds several."""
    return _key_input(uuid.uuid4().hex)


def _key_input(key: str) -> SafeString:
    return mark_safe(
        f'<input type="hidden" name="{REQUEST_KEY}" value="{conditional_escape(key)}">'
    )


@register.inclusion_tag("ui/action.html", takes_context=True)
def action_button(
    context: template.Context, label: Any, *, url: str, tone: str = "", why_not: Any = "",
    icon: str = "", small: bool = False, hidden: Mapping[str, Any] | None = None,
) -> dict[str, Any]:  # fmt: skip
    """A button that does something at once; with `why_not` it cannot be pressed and says why."""
    return with_request(
        context, label=label, url=url, tone=tone, why_not=why_not, icon_name=icon, small=small,
        hidden=(hidden or {}).items(), uid=uuid.uuid4().hex[:8] if why_not else "",
    )  # fmt: skip


@register.simple_tag
def begin_in(
    programmes: Sequence[Any], address: str, label: Any, *, tone: str = "", icon: str = "plus"
) -> SafeString:
    """The button that begins something; where several programmes take it, a list of them."""
    links = [(addresses.address(address, one.code), one) for one in programmes]
    inside = (icons.icon(icon) if icon else "") + conditional_escape(label)
    if len(links) < 2:
        return mark_safe(
            "".join(f'<a class="btn {tone}" href="{to}">{inside}</a>' for to, _one in links)
        )
    panel = "".join(f'<a href="{to}">{parts.said(str(one))}</a>' for to, one in links)
    return mark_safe(
        f'<details class="menu"><summary class="btn {tone}">{inside}'
        f'{icons.icon("chevron-down", size=16)}</summary><div class="panel">{panel}</div></details>'
    )


@register.inclusion_tag("ui/confirm.html", takes_context=True)
def confirm(
    context: template.Context, title: Any, *, url: str, label: Any, back: str,
    consequences: Sequence[Any] = (), tone: str = "seal", form: BaseForm | None = None,
) -> dict[str, Any]:  # fmt: skip
    """A page of its own before what cannot be undone: what will happen, then the button."""
    return with_request(
        context, title=title, url=url, label=label, back=back, consequences=consequences,
        tone=tone, form=form,
    )  # fmt: skip


@register.inclusion_tag("ui/toast.html", takes_context=True)
def toast(context: template.Context, text: Any, *, undo: str = "") -> dict[str, Any]:
    """A short word about what was done, with ten seconds to take it back."""
    return with_request(context, text=text, undo=undo)
