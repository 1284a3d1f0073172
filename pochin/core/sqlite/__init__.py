"""SQLite as the framework knows it, with a memory for the questions it was asked."""
