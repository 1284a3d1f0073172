"""The life of a piece of news, and of a remark about it.

draft → review → (scheduled →) published → withdrawn
"""

from __future__ import annotations

from datetime import datetime
from typing import Any

from django.utils.translation import gettext as _t
from django.utils.translation import gettext_lazy as _

from pochin.core import numbers
from pochin.core.lifecycle import NOW, STAY, Lifecycle, Refused, guard
from pochin.core.policy import system
from pochin.files.models import File
from pochin.news.models import Mention, Piece, Remark, RemarkState, State
from pochin.news.policy import dresser, editor, speaker, teller, writer
from pochin.participants.models import Programme, ProgrammeState
from pochin.participants.policy import Role, person_hat, role_hat

life: Lifecycle[Piece] = Lifecycle(
    "news",
    State,
    ends=frozenset({State.WITHDRAWN}),
    rests={
        State.SCHEDULED: _("It goes out by itself at its time."),
        State.PUBLISHED: _("Everybody reads it."),
    },
)
life.waits(
    State.DRAFT,
    on=lambda piece: person_hat(piece.author_id),
    owner=_("the author"),
    clock="draft",
    days=60,
    words=_("Finish the news and hand it to the editor"),
)
life.waits(
    State.REVIEW,
    on=lambda piece: role_hat(Role.COORDINATOR, piece),
    owner=Role.COORDINATOR.label,
    clock="news check",
    days=3,
    words=_("Check the news and publish it"),
)


@guard(_("The programme is not open."))
def programme_is_open(programme: Programme) -> bool:
    return programme.state == ProgrammeState.OPEN


@guard(_("The material comes from elsewhere: give the address of its source."))
def source_is_named(piece: Piece) -> bool:
    return not piece.is_borrowed or bool(piece.source_url and piece.source)


@guard(_("Say in words what the picture shows, in both languages."))
def cover_is_described(piece: Piece) -> bool:
    return piece.cover_id is None or bool(piece.alt_ru and piece.alt_en)


@guard(_("The title, the lead and the text stand in one language only."))
def stands_in_both_languages(piece: Piece) -> bool:
    return bool(piece.title_en and piece.lead_en and piece.body_en)


@guard(_("The time of publication must be ahead."))
def is_ahead(piece: Piece, *, publish_at: datetime, at: datetime) -> bool:
    return publish_at > at


@guard(_("There is no discussion of this news now."))
def is_open_to_remarks(piece: Piece, *, at: datetime) -> bool:
    return piece.is_discussed(at)


FIT = [source_is_named, cover_is_described, stands_in_both_languages]


@life.birth(
    State.DRAFT,
    who=teller,
    label=_("Write news"),
    done=_("The draft of the news was begun"),
    guards=[programme_is_open],
)
def begin(programme: Programme, *, by: Any, at: datetime = NOW, **fields: Any) -> Piece:
    """Begin a piece of news."""
    return Piece(programme=programme, number=numbers.following("news"), author_id=by.pk, **fields)


@life.move(
    State.DRAFT, to=STAY, who=writer, label=_("Edit"), done=_("The text of the news was changed")
)
def edit(piece: Piece, *, by: Any, at: datetime = NOW, **fields: Any) -> None:
    """Change the text of a draft."""
    _write(piece, fields)


@life.move(
    State.REVIEW,
    State.SCHEDULED,
    to=STAY,
    who=editor,
    label=_("Edit"),
    done=_("The text of the news was changed"),
    guards=[],
)
def revise(piece: Piece, *, by: Any, at: datetime = NOW, **fields: Any) -> None:
    """Change the text while it is checked or waits for its time."""
    _write(piece, fields)
    if piece.state == State.SCHEDULED:
        _demand_fit(piece)


@life.move(
    State.PUBLISHED, to=STAY, who=editor, label=_("Correct"), done=_("The news was corrected")
)
def correct(piece: Piece, *, by: Any, at: datetime = NOW, **fields: Any) -> None:
    """Correct what is already read; the page says that it was corrected, and when."""
    _write(piece, fields)
    _demand_fit(piece)
    piece.corrected_at = at


def _write(piece: Piece, fields: dict[str, Any]) -> None:
    for name, value in fields.items():
        setattr(piece, name, value)


def _demand_fit(piece: Piece) -> None:
    # The guards ask of the thing as it was; here it is asked of what was written now.
    missing = [str(one.sentence) for one in FIT if not one.stands(piece, {})]
    if missing:
        raise Refused(" ".join(missing))


# The picture and the links are put right also under what is already read.
DRESSED = (State.DRAFT, State.REVIEW, State.SCHEDULED, State.PUBLISHED)


@life.move(
    *DRESSED, to=STAY, who=dresser, label=_("Set the picture"), done=_("The picture was changed")
)
def set_cover(
    piece: Piece, *, by: Any, cover: File | None, alt_ru: str, alt_en: str, at: datetime = NOW
) -> None:
    """Put a picture over the news, with words for those who do not see it; or take it away."""
    piece.cover, piece.alt_ru, piece.alt_en = cover, alt_ru, alt_en


@life.move(
    *DRESSED,
    to=STAY,
    who=dresser,
    label=_("Link things"),
    done=_("It was noted what the news is about"),
)
def link(piece: Piece, *, by: Any, things: list[Any], at: datetime = NOW) -> None:
    """Name the things the news is about, instead of those named before."""
    piece.mentions.all().delete()
    Mention.objects.bulk_create(Mention(piece=piece, thing=thing) for thing in things)


@life.move(
    State.DRAFT,
    to=State.REVIEW,
    who=writer,
    label=_("Hand to the editor"),
    done=_("The news was handed to the editor"),
    guards=[source_is_named, cover_is_described],
)
def submit(piece: Piece, *, by: Any, at: datetime = NOW) -> None:
    """Hand the draft to the editors of the centre."""
    piece.reasons = ""


@life.move(
    State.REVIEW,
    to=State.DRAFT,
    who=editor,
    label=_("Return for completion"),
    done=_("The news was returned for completion"),
)
def give_back(piece: Piece, *, by: Any, reason: str, at: datetime = NOW) -> None:
    """Return the news to its author, saying what is missing."""
    piece.reasons = reason


@life.move(
    State.REVIEW,
    to=State.SCHEDULED,
    who=editor,
    label=_("Schedule"),
    done=_("The time of publication was set"),
    guards=[*FIT, is_ahead],
)
def schedule(piece: Piece, *, by: Any, publish_at: datetime, at: datetime = NOW) -> None:
    """Let it go out by itself at a time."""
    piece.publish_at = publish_at


@life.move(
    State.SCHEDULED,
    to=State.REVIEW,
    who=editor,
    label=_("Do not publish it yet"),
    done=_("The publication was called off"),
)
def unschedule(piece: Piece, *, by: Any, at: datetime = NOW) -> None:
    """Take it back before its time."""
    piece.publish_at = None


@life.move(
    State.REVIEW,
    State.SCHEDULED,
    to=State.PUBLISHED,
    who=system | editor,
    label=_("Publish"),
    done=_("The news was published"),
    guards=FIT,
    is_final=True,
)
def publish(piece: Piece, *, by: Any, at: datetime = NOW) -> None:
    """Show the news to everybody."""
    if by.pk is None and (piece.publish_at is None or at < piece.publish_at):
        raise Refused(_t("The time of publication must be ahead."))
    piece.published_at = at


@life.move(
    State.PUBLISHED,
    to=STAY,
    who=editor,
    label=_("Open or close the discussion"),
    done=_("The time of the discussion was changed"),
)
def discuss(piece: Piece, *, by: Any, discussed_until: datetime | None, at: datetime = NOW) -> None:
    """Take remarks until a moment, or no longer."""
    piece.discussed_until = discussed_until


@life.move(
    State.DRAFT,
    State.REVIEW,
    State.SCHEDULED,
    State.PUBLISHED,
    to=State.WITHDRAWN,
    who=editor,
    label=_("Withdraw"),
    done=_("The news was withdrawn"),
    is_final=True,
)
def withdraw(piece: Piece, *, by: Any, reason: str, at: datetime = NOW) -> None:
    """Nobody reads it any more; the reason stays in its history."""
    piece.reasons = reason


remarks: Lifecycle[Remark] = Lifecycle(
    "news.remark",
    RemarkState,
    rests={
        RemarkState.SHOWN: _("Everybody reads it."),
        RemarkState.HIDDEN: _("Only its writer and the editors read it."),
    },
)
remarks.waits(
    RemarkState.WAITING,
    on=lambda remark: role_hat(Role.COORDINATOR, remark),
    owner=Role.COORDINATOR.label,
    clock="remark check",
    days=1,
    words=_("Let the remark through or say why not"),
)


@remarks.birth(
    RemarkState.WAITING,
    who=speaker,
    label=_("Say something"),
    done=_("A remark was sent to the editor"),
    guards=[is_open_to_remarks],
)
def say(piece: Piece, *, by: Any, text: str, at: datetime = NOW) -> Remark:
    """Say something about the news; everybody reads it after the editor has looked."""
    number = numbers.following(f"remark@{piece.pk}")
    return Remark(piece=piece, number=number, by_id=by.pk, at=at, text=text)


@remarks.move(
    RemarkState.WAITING,
    RemarkState.HIDDEN,
    to=RemarkState.SHOWN,
    who=editor,
    label=_("Let through"),
    done=_("The remark was let through"),
)
def show(remark: Remark, *, by: Any, at: datetime = NOW) -> None:
    """Let everybody read it."""
    remark.reasons = ""


@remarks.move(
    RemarkState.WAITING,
    RemarkState.SHOWN,
    to=RemarkState.HIDDEN,
    who=editor,
    label=_("Do not show"),
    done=_("The remark was not let through"),
)
def hide(remark: Remark, *, by: Any, reason: str, at: datetime = NOW) -> None:
    """Keep it from other readers; its writer is told why."""
    remark.reasons = reason
