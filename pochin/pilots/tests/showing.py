"""How a test says which guard it shows, and how it expects to be refused."""

from __future__ import annotations

import re
from collections.abc import Callable
from typing import Any

import pytest

from pochin.core.lifecycle import Guard, Refused


def shows(guard: Guard, *sides: str, room: str = "pilots") -> Callable[[Any], Any]:
    """Mark a test: it shows that the guard refuses, that it lets pass, or (unsaid) both."""

    def mark(test: Any) -> Any:
        for side in sides or ("refuses", "passes"):
            test = pytest.mark.guard(f"{room}.{guard.name}", side)(test)
        return test

    return mark


def refused(guard: Guard) -> Any:
    """The move inside is refused with the sentence of this guard."""
    return pytest.raises(Refused, match=re.escape(str(guard.sentence)))
