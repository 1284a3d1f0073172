"""Print how every thing lives: its states, whose turn it is, its moves and who makes them."""

from __future__ import annotations

import argparse
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import Any

from pochin.cli import Fault, ready
from pochin.home.lives import title_of

HEAD = """\
# How things live here

Written by `pochin lifecycles --write docs/lifecycles.md` from the rules the product works by.
Days are working days of the Russian production calendar; a programme may set its own for every
clock. A clock stands still while the other side owes an answer. On the due day, five and ten
working days after it the next one up is told: who holds the turn, the coordinator, the decision
owner.
"""


def add(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("name", nargs="?", help="only this lifecycle, for example pilots")
    parser.add_argument("--write", metavar="FILE", help="write all of them into a file instead")


def run(args: argparse.Namespace) -> int:
    ready()
    from pochin.core.lifecycle import LIVES

    if args.name and args.name not in LIVES:
        raise Fault(f"There is no lifecycle {args.name}; there are {', '.join(sorted(LIVES))}.")
    if args.name:
        print(told(LIVES[args.name]))
        return 0
    if args.write:
        Path(args.write).write_text(document(), encoding="utf-8")
        print(f"{args.write}: {len(LIVES)} lifecycles")
        return 0
    print(document(), end="")
    return 0


def document() -> str:
    """All lives as one page, in English, in the order of their names."""
    from django.utils import translation

    from pochin.core.lifecycle import LIVES

    with translation.override("en"):
        return "\n".join([HEAD, *(told(LIVES[name]) for name in sorted(LIVES))])


def told(life: Any) -> str:
    """One life: its diagram in the notation that code hosts draw, its states, its moves."""
    return "\n".join(
        [
            f"## {title_of(life.name)} (`{life.name}`)",
            "",
            *diagram(life),
            "",
            *table(("state", "in Russian", "whose turn", "working days", "what for"), states(life)),
            "",
            *table(("move", "from", "to", "only by", "refused while"), moves(life)),
            "",
        ]
    )


def diagram(life: Any) -> Iterator[str]:
    """The states and the roads between them."""
    yield from ("```mermaid", "stateDiagram-v2")
    yield from (f"  {value}: {label}" for value, label in life.states.choices)
    for move in life.moves.values():
        for start in sorted(move.starts) or ["[*]"]:
            if move.leads_to and start != move.leads_to:
                yield f"  {start} --> {move.leads_to}: {move.label}"
    yield from (f"  {end} --> [*]" for end in sorted(life.ends))
    yield "```"


def states(life: Any) -> Iterator[tuple[str, ...]]:
    """Each state with its owner and its clock, or why nobody is waited for."""
    from django.utils import translation

    for value, label in life.states.choices:
        with translation.override("ru"):
            russian = str(label)
        if wait := life.waiting.get(value):
            stops = ", ".join(str(life.states(state).label) for state in sorted(wait.pauses))
            days = f"{wait.days} ({wait.clock})" + (f"; stops the clock of {stops}" * bool(stops))
            yield str(label), russian, str(wait.owner), days, str(wait.words)
        else:
            why = "the end" if value in life.ends else str(life.rests[value])
            yield str(label), russian, "nobody", "–", why


def moves(life: Any) -> Iterator[tuple[str, ...]]:
    """Each move: where it starts and leads, who may make it, what must hold."""
    for move in life.moves.values():
        starts = ", ".join(str(life.states(state).label) for state in sorted(move.starts))
        target = str(life.states(move.leads_to).label) if move.leads_to else "stays"
        refusals = " ".join(str(guard.sentence) for guard in move.guards)
        yield str(move.label), starts or "–", target, str(move.who.words), refusals or "–"


def table(heads: tuple[str, ...], rows: Iterable[tuple[str, ...]]) -> Iterator[str]:
    """A table as the pages of code hosts draw it."""
    yield f"| {' | '.join(heads)} |"
    yield f"|{'---|' * len(heads)}"
    for row in rows:
        yield f"| {' | '.join(cell.replace('|', '/') for cell in row)} |"
