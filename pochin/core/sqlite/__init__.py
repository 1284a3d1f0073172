"""SQLite as Django knows it, which turns the marks of a question once and not each time it is asked."""
