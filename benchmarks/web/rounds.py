"""Every page at every scale, burst by burst: what is compared was measured within a second.

A machine is faster in one minute than in the next, by a fifth and more. So the servers of all
scales run beside each other, and a page is asked in short bursts: at one scale the empty page and
the page, at the next scale the same, and again. Costs are compared within such a turn, and of
the turns the middle one counts.
"""

from __future__ import annotations

import sys
from dataclasses import dataclass, field

from benchmarks.web.load import FRAME, Load
from benchmarks.web.scales import Scale

# Turns of a page in a round, and what part of its seconds a burst lasts.
TURNS, BURST = 6, 1 / 10


@dataclass(slots=True)
class Taken:
    """All that was measured on one page at one scale.

    Attributes:
        loads: How fast it was answered, a figure for each round.
        frames: What the empty page cost the server in each turn, in milliseconds.
        costs: What the page cost right after it.
    """

    loads: list[Load] = field(default_factory=list)
    frames: list[float] = field(default_factory=list)
    costs: list[float] = field(default_factory=list)


def taken(scales: list[Scale], rounds: int, seconds: float) -> list[dict[str, Taken]]:
    """Measure every page; answers what was measured at each scale, by the name of the page."""
    everything = [{name: Taken() for name in scale.pages} for scale in scales]
    beside = list(zip(scales, everything, strict=True))
    for n in range(rounds):
        print(f"Round {n + 1} of {rounds} …", file=sys.stderr, flush=True)
        for name in scales[0].pages:
            for scale, found in beside:
                found[name].loads.append(scale.press(name, seconds))
            for _turn in range(TURNS):
                for scale, found in beside:
                    found[name].frames.append(scale.cost(FRAME, seconds * BURST))
                    found[name].costs.append(scale.cost(name, seconds * BURST))
                beside.reverse()  # neither scale is always the first
    return everything
