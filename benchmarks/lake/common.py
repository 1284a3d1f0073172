"""What the measurements of the lake share: a plan, its units, a clock, the floor of raw bytes."""

from __future__ import annotations

import json
import subprocess
import time
from collections.abc import Callable, Sequence
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

UNITS = [str(101001 + i) for i in range(200)]
PLAN = {
    "schema": "pochin-plan/1",
    "question": "Does the sorter shorten the delay of parcels?",
    "purpose": "prove",
    "estimand": {"target": "unit-average"},
    "unit": "post office",
    "design": {"kind": "parallel", "treated": 100},
    "periods": {"start": "2026-03-16", "length": "week", "baseline": 2, "run": 6},
    "metrics": [
        {"code": "delay", "role": "primary", "kind": "mean", "direction": "lower", "unit": "min",
         "threshold": 1.0, "detectable": 0.8},
        {"code": "complaints", "role": "guardrail", "kind": "proportion", "direction": "lower",
         "unit": "1", "margin": 0.01},
    ],
    "decision": {"scope": "network"},
    "stop_reasons": ["a person was hurt"],
}  # fmt: skip
NOW = datetime(2026, 6, 1, tzinfo=UTC)
BLOCK = 1 << 20
PEERS = Path(__file__).with_name("peers.py")
THEIRS = Path(__file__).resolve().parents[2] / ".venv-oracles" / "bin" / "python"


def plan() -> Any:
    from pochin.lab.protocol import Protocol

    units = [{"unit": unit, "arm": "treatment" if i % 2 else "control"}
             for i, unit in enumerate(UNITS)]  # fmt: skip
    return Protocol.parse({**PLAN, "assignment": {"method": "complete", "units": units}})


def timed(work: Callable[[], Any]) -> tuple[float, Any]:
    began = time.perf_counter()
    found = work()
    return time.perf_counter() - began, found


def raw_read(path: Path) -> int:
    count = 0
    with path.open("rb") as file:
        while block := file.read(BLOCK):
            count += len(block)
    return count


def by_peers(task: str, files: Sequence[str | Path]) -> dict[str, float | str]:
    """How long other libraries take, each in words where it cannot; nothing without them."""
    if not THEIRS.exists():
        return {"other libraries": "not installed (make oracles)"}
    words = [str(THEIRS), str(PEERS), task, *map(str, files)]
    done = subprocess.run(words, check=True, capture_output=True, text=True)
    found: dict[str, float | str] = json.loads(done.stdout.splitlines()[-1])
    return found
