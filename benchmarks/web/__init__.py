"""How fast the pages are, and whether they stay as fast when the tables grow."""
