"""The life of a thing as a drawing: its states in layers, its moves as roads between them."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from django.utils.safestring import SafeString
from django.utils.translation import gettext as _
from django.utils.translation import pgettext

from pochin.ui.charts.frame import figure, figures
from pochin.ui.parts import escaped

NODE_W, NODE_H = 156, 48
GAP_X, GAP_Y = 74, 30
MARGIN = 14
LANE = 15  # between roads that run back or over layers


@dataclass(frozen=True, slots=True)
class Node:
    """A state. `waits` says whose turn it is; `note` stands under the name."""

    key: str
    name: Any
    note: Any = ""
    waits: bool = False
    end: bool = False
    now: bool = False


@dataclass(frozen=True, slots=True)
class Road:
    """A move: from a state (empty: it brings the thing into being) to a state."""

    start: str
    to: str
    name: Any
    who: Any = ""


@dataclass(frozen=True, slots=True)
class Life:
    """All states and moves of a thing, in the order in which they are told."""

    nodes: Sequence[Node]
    roads: Sequence[Road]


@dataclass(frozen=True, slots=True)
class Spot:
    layer: int
    place: int

    @property
    def x(self) -> float:
        return MARGIN + self.layer * (NODE_W + GAP_X)

    @property
    def y(self) -> float:
        return MARGIN + self.place * (NODE_H + GAP_Y)


def lifecycle(life: Life, *, title: Any = "", measure: Any = "") -> SafeString:
    """Draw a life; the same as a table of moves stands under it."""
    spots = layout(life)
    names = {node.key: node.name for node in life.nodes}
    below = 1 + max((spot.place for spot in spots.values()), default=0)
    floor = MARGIN + below * (NODE_H + GAP_Y)
    pairs = _pairs(life)
    over = [pair for pair in pairs if spots[pair[1]].layer - spots[pair[0]].layer != 1]
    lanes = {pair: n for n, pair in enumerate(sorted(over, key=lambda p: _length(p, spots)))}
    drawn = [_road(pair, spots, lanes, floor) for pair in pairs]
    drawn += [_node(node, spots[node.key]) for node in life.nodes]
    width = max(spot.x for spot in spots.values()) + NODE_W + MARGIN
    height = floor + len(lanes) * LANE + MARGIN
    label = _("Life: %(states)s.") % {"states": ", ".join(str(node.name) for node in life.nodes)}
    named = title or _("Life")
    picture = SafeString(
        f'<div class="scroll" tabindex="0" role="group" aria-label="{escaped(named)}">'
        f'<svg class="chart life" width="{width:g}" height="{height:g}" role="img" '
        f'aria-label="{escaped(label)}">{_ARROW}{"".join(drawn)}</svg></div>'
    )
    rows = [
        (road.name, names.get(road.start, _("(beginning)")), names.get(road.to, ""), road.who)
        for road in life.roads
    ]
    table = figures(
        (_("Move"), pgettext("states", "From"), _("To"), _("By whom")),
        rows,
        summary=_("The moves as a table"),
    )
    return figure(picture, title=title, measure=measure, table=table)


_ARROW = (
    '<defs><marker id="arrow" viewBox="0 0 8 8" refX="7" refY="4" markerWidth="7" '
    'markerHeight="7" orient="auto"><path class="arrow" d="M0 0L8 4L0 8Z"/></marker></defs>'
)


def layout(life: Life) -> dict[str, Spot]:
    """Give every state a layer and a place in it.

    A layer is the longest way from a beginning that never turns back; places are then chosen
    so that neighbours stand near each other.
    """
    layers = _layers(life)
    ahead: dict[str, list[str]] = defaultdict(list)
    for start, to in _pairs(life):
        if layers[start] < layers[to]:
            ahead[to].append(start)
    spots: dict[str, Spot] = {}
    for layer in range(max(layers.values(), default=0) + 1):
        held = [node.key for node in life.nodes if layers[node.key] == layer]
        known = {key: n for n, key in enumerate(held)}
        held.sort(key=lambda key: (_middle(ahead[key], spots, known[key]), known[key]))
        spots |= {key: Spot(layer, place) for place, key in enumerate(held)}
    return spots


def _middle(parents: list[str], spots: dict[str, Spot], otherwise: int) -> float:
    placed = [spots[parent].place for parent in parents if parent in spots]
    return sum(placed) / len(placed) if placed else otherwise


def _pairs(life: Life) -> list[tuple[str, str]]:
    """Roads between two different states, each pair once, in the order of the moves."""
    found = dict.fromkeys((r.start, r.to) for r in life.roads if r.start and r.start != r.to)
    known = {node.key for node in life.nodes}
    return [pair for pair in found if set(pair) <= known]


def _layers(life: Life) -> dict[str, int]:
    forward = _without_returns(life)
    layers = {node.key: 0 for node in life.nodes}
    for _round in life.nodes:
        moved = False
        for start, to in forward:
            if layers[to] < layers[start] + 1:
                layers[to] = layers[start] + 1
                moved = True
        if not moved:
            break
    return layers


def _without_returns(life: Life) -> list[tuple[str, str]]:
    """Leave out the roads that lead back to a state one has come through."""
    ways: dict[str, list[str]] = defaultdict(list)
    for start, to in _pairs(life):
        ways[start].append(to)
    done: set[str] = set()
    trail: set[str] = set()
    kept: list[tuple[str, str]] = []

    def visit(key: str) -> None:
        trail.add(key)
        for to in ways[key]:
            if to in trail:
                continue
            kept.append((key, to))
            if to not in done:
                visit(to)
        trail.discard(key)
        done.add(key)

    for key in [r.to for r in life.roads if not r.start] + [node.key for node in life.nodes]:
        if key not in done:
            visit(key)
    return kept


def _length(pair: tuple[str, str], spots: dict[str, Spot]) -> int:
    return abs(spots[pair[1]].layer - spots[pair[0]].layer)


def _road(
    pair: tuple[str, str], spots: dict[str, Spot], lanes: dict[tuple[str, str], int], floor: float
) -> str:
    start, to = spots[pair[0]], spots[pair[1]]
    if pair not in lanes:
        x1, y1, x2, y2 = start.x + NODE_W, start.y + NODE_H / 2, to.x, to.y + NODE_H / 2
        bend = (x1 + x2) / 2
        return (
            f'<path class="edge" marker-end="url(#arrow)" '
            f'd="M{x1:g} {y1:g}C{bend:g} {y1:g} {bend:g} {y2:g} {x2 - 1:g} {y2:g}"/>'
        )
    lane = floor + lanes[pair] * LANE
    back = to.layer <= start.layer
    out, into = start.x + NODE_W + 12, to.x - 14
    shift = 3 * lanes[pair] % 27
    out, into = out + shift, into - shift
    y1, y2 = start.y + NODE_H * 0.72, to.y + NODE_H * 0.72
    return (
        f'<path class="edge{" back" if back else ""}" marker-end="url(#arrow)" '
        f'd="M{start.x + NODE_W:g} {y1:g}H{out:g}V{lane:g}H{into:g}V{y2:g}H{to.x - 1:g}"/>'
    )


def _node(node: Node, spot: Spot) -> str:
    css = "node"
    for flag in ("waits", "end", "now"):
        css += f" {flag}" if getattr(node, flag) else ""
    name, note = _cut(str(node.name), 20), _cut(str(node.note), 25)
    middle = spot.x + NODE_W / 2
    lines = [f'<text class="v" x="{middle:g}" y="{spot.y + (20 if note else 29):g}" '
             f'text-anchor="middle">{escaped(name)}</text>']  # fmt: skip
    if note:
        lines.append(
            f'<text class="under" x="{middle:g}" y="{spot.y + 38:g}" text-anchor="middle">'
            f"{escaped(note)}</text>"
        )
    full = " · ".join(filter(None, [str(node.name), str(node.note)]))
    radius = NODE_H / 2 if node.end else 8
    return (
        f'<g><title>{escaped(full)}</title><rect class="{css}" x="{spot.x:g}" y="{spot.y:g}" '
        f'width="{NODE_W}" height="{NODE_H}" rx="{radius:g}"/>{"".join(lines)}</g>'
    )


def _cut(text: str, letters: int) -> str:
    return text if len(text) <= letters else f"{text[: letters - 1].rstrip()}…"
