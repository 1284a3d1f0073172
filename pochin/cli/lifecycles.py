"""Print how every thing lives: its states, its moves and who makes them, as diagrams in text."""

from __future__ import annotations

import argparse

from pochin.cli import ready


def add(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("name", nargs="?", help="only this lifecycle, for example pilots")


def run(args: argparse.Namespace) -> int:
    ready()
    from django.utils import translation

    from pochin.cli import Fault
    from pochin.core.lifecycle import LIVES

    if args.name and args.name not in LIVES:
        raise Fault(f"There is no lifecycle {args.name}; there are {', '.join(sorted(LIVES))}.")
    with translation.override("en"):
        for name in [args.name] if args.name else sorted(LIVES):
            print(mermaid(LIVES[name]))
    return 0


def mermaid(life) -> str:
    """A state diagram in the notation that code hosts draw."""
    lines = [f"## {life.name}", "", "```mermaid", "stateDiagram-v2"]
    lines += [f"  {value}: {label}" for value, label in life.states.choices]
    for move in life.moves.values():
        for start in sorted(move.starts) or ["[*]"]:
            if move.leads_to and start != move.leads_to:
                lines.append(f"  {start} --> {move.leads_to}: {move.label} ({move.who.words})")
    lines += [f"  {end} --> [*]" for end in sorted(life.ends)]
    return "\n".join([*lines, "```", ""])
