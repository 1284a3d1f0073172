"""News: what is told to everybody, in both languages, with its sources and its discussion."""
