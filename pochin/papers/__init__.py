"""Papers: what a room knows, laid out by typst as PDF for archives and desks."""

from pochin.papers.drawings import drawings
from pochin.papers.printing import pdf

__all__ = ["drawings", "pdf"]
