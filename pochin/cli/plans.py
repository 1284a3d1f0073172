"""What the commands about plans have in common."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from pochin.cli import Fault, named


def read(path: str) -> Any:
    """The plan in a file; every fault of it in one sentence with its place."""
    from pochin.lab.protocol import Protocol
    from pochin.lab.result import LabError

    text = named.text(Path(path))
    try:
        return Protocol.from_json(text)
    except LabError as error:
        raise Fault(f"{path} is not a plan that can be used: {error}") from error
