"""Statistics for pilots; pure: no database, clock, settings or files."""
