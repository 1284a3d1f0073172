"""What was taken out of a document, and what was not."""

from __future__ import annotations

from dataclasses import dataclass, field


@dataclass(slots=True)
class Account:
    """Sentences for who sends the copy on and who hands it out, each once, to be translated."""

    removed: list[str] = field(default_factory=list)
    left: list[str] = field(default_factory=list)

    def note_removed(self, words: str) -> None:
        if words not in self.removed:
            self.removed.append(words)

    def note_left(self, words: str) -> None:
        if words not in self.left:
            self.left.append(words)
