"""One page for every move of every room: a button, a confirmation or a form, by one address.

A room says once which moves need which form; what is shown on its page and what may be done
here are asked of the same lifecycle.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from typing import Any

from django import forms
from django.contrib import messages
from django.db import models, transaction
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from pochin.core.lifecycle import STAY, Action, Lifecycle, Move, Refused, obstacles
from pochin.core.policy import Forbidden
from pochin.ui import access
from pochin.ui.shortcuts import page, visible_or_404


class MoveForm(forms.Form):
    """What a move needs to be told. Knows the thing and the person, for its choices."""

    def __init__(self, *args: Any, thing: Any = None, user: Any = None, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.thing = thing
        self.user = user

    def given(self) -> dict[str, Any]:
        """The arguments of the move."""
        return self.cleaned_data


class ReasonForm(MoveForm):
    """Why; the other side reads it."""

    reason = forms.CharField(
        label=gettext_lazy("Why"),
        max_length=4000,
        widget=forms.Textarea(attrs={"rows": 5}),
        help_text=gettext_lazy("The other side will read these words."),
    )


@dataclass(frozen=True, slots=True)
class Offer:
    """Which moves of a life may be made for several things at once, each with its form, if any."""

    life: Lifecycle[Any]
    moves: Mapping[str, type[MoveForm] | None]


# What the rooms offer for several things at once, by the model.
OFFERS: dict[type[models.Model], Offer] = {}


# By these somebody puts their name under words: those they read must be those that stand there.
SIGNING = frozenset({"sign", "sign_first", "countersign", "approve"})


def words_read(move: str, thing: Any) -> str:
    """The fingerprint of the words a move puts a name under; empty for all other moves."""
    told = getattr(thing, "fingerprint", None)
    return str(told()) if move in SIGNING and told else ""


def _demand_same_words(name: str, thing: Any, read: str) -> None:
    """Refuse to sign what was changed after it was read. Must be inside a transaction."""
    if read and name in SIGNING:
        now = type(thing)._base_manager.select_for_update().get(pk=thing.pk)
        if words_read(name, now) not in ("", read):
            raise Refused(_changed_since())


def _changed_since() -> str:
    return _("The words were changed after you had opened them. Read them anew, then sign.")


def beside(offered: Iterable[Action], places: Mapping[str, tuple[str, ...]]) -> dict[str, Any]:
    """The moves on offer, each beside what it is about; the others under “actions”.

    Args:
        offered: `life.actions(user, thing)`.
        places: The names of the moves of each card, in their order.
    """
    left = {action.move.name: action for action in offered}
    placed = {
        place: [left.pop(name) for name in names if name in left] for place, names in places.items()
    }
    return {**placed, "actions": list(left.values())}


def leading(offered: Iterable[Action], names: Iterable[str]) -> str:
    """Which move leads on: the first of these names that can be made now, else the first at all.

    Its button is the strong one, so that who has a turn finds the next step at once.
    """
    ready = {action.move.name: action.is_ready for action in offered}
    known = [name for name in names if name in ready]
    return next((name for name in known if ready[name]), next(iter(known), ""))


def acting(
    life: Lifecycle[Any],
    model: type[models.Model],
    *,
    forms: dict[str, type[MoveForm]] | None = None,
    lookup: str = "number",
    is_public: bool = False,
    find: Callable[..., Any] | None = None,
    many: Iterable[str] = (),
    told: Mapping[str, Callable[[Any], Iterable[Any]]] | None = None,
) -> Callable[..., HttpResponse]:
    """The view behind ``<thing>/<move>/``: shows what the move asks, then makes it.

    Args:
        life: Whose moves these are.
        model: What they happen to; found through its `visible_to`.
        forms: The form of each move that needs more than the thing.
        lookup: The field by which the address names the thing.
        is_public: Whether guests may see some of the things.
        find: How to find the thing from the words of the address, where `lookup` is not enough.
        many: The moves that may also be made for several things at once, from the list of whose
            turn it is: those that need no reading of each thing.
        told: What the page of a move says before it is made: sentences or pairs of a word and a
            value, so that nobody signs or confirms a bare name.
    """
    asked, words_before = forms or {}, told or {}
    if many:
        OFFERS[model] = Offer(life, {name: asked.get(name) for name in many})

    @access.shows(model, public=is_public)
    def act(request: HttpRequest, name: str, **words: Any) -> HttpResponse:
        """Make one move."""
        thing: Any = (
            find(request.user, **words)
            if find
            else visible_or_404(model, request.user, **{lookup: next(iter(words.values()))})
        )
        # Whoever comes too late, or may not, is led back to the thing.
        request.back = thing.get_absolute_url()  # type: ignore[attr-defined]
        move = life.moves.get(name)
        if move is None or not move.starts or not (move.is_button or name in asked):
            raise Http404
        if not move.who(request.user, thing):
            _say_no(move, request.user, thing)
        form = _form(asked.get(name), request, thing)
        read = request.POST.get("read") or request.GET.get("read", "")
        if request.method == "POST" and (form is None or form.is_valid()):
            try:
                with transaction.atomic():
                    _demand_same_words(name, thing, read)
                    life.make(name, thing, by=request.user, **(form.given() if form else {}))
            except Refused as refusal:
                if form is None:
                    raise
                # Meanwhile somebody moved the thing, say: what was typed stays on the page.
                form.add_error(None, str(refusal))
                return page(
                    request, "ui/act.html", thing=thing, move=move, form=form,
                    read=words_read(name, thing), status=409, **_before(words_before, name, thing),
                )  # fmt: skip
            messages.success(request, _made(move, thing))
            return redirect(thing.get_absolute_url())
        _refuse_late(life, move, thing)
        now = {"by": request.user, "at": timezone.now()}
        missing, stands = obstacles(move, thing, now), words_read(name, thing)
        if stands and read and read != stands:
            missing = [_changed_since(), *missing]
        return page(
            request, "ui/act.html", thing=thing, move=move, form=form, obstacles=missing,
            read=stands, status=422 if form is not None and form.is_bound else 200,
            **_before(words_before, name, thing),
        )  # fmt: skip

    return act


def _made(move: Move, thing: Any) -> str:
    """What the page says after a move: what happened, else where the thing stands now."""
    if move.done:
        return f"{move.done}."
    if move.leads_to == STAY:
        return _("Done: %(move)s.") % {"move": move.label}
    return _("Done. Now: %(state)s.") % {"state": thing.get_state_display()}


def _before(
    told: Mapping[str, Callable[[Any], Iterable[Any]]], name: str, thing: Any
) -> dict[str, Any]:
    """The sentences and the facts that stand above the button of a move."""
    lines = list(told[name](thing)) if name in told else []
    return {
        "sentences": [line for line in lines if not isinstance(line, tuple)],
        "facts_list": [line for line in lines if isinstance(line, tuple) and line[1]],
    }


def _say_no(move: Move, user: Any, thing: Any) -> None:
    if user.is_authenticated:
        move.who.demand(user, thing)
    raise Forbidden(_("Sign in first."))


def _refuse_late(life: Lifecycle[Any], move: Move, thing: Any) -> None:
    if thing.state not in move.starts:
        raise Refused(
            _("“%(move)s” is not possible: it is already “%(state)s”.")
            % {"move": move.label, "state": thing.get_state_display()}
        )


def _form(kind: type[MoveForm] | None, request: HttpRequest, thing: Any) -> MoveForm | None:
    if kind is None:
        return None
    data = (request.POST, request.FILES) if request.method == "POST" else (None, None)
    return kind(*data, thing=thing, user=request.user)
