"""The conditions of a pilot's moves, chapter by chapter, each a row of the guard table."""
