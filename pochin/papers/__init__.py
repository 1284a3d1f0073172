"""Papers: what a room knows, laid out by typst as PDF for archives and desks."""

from pochin.papers.drawings import captions, drawings, plain
from pochin.papers.printing import pdf

__all__ = ["captions", "drawings", "pdf", "plain"]
