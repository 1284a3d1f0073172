"""Background work: a queue in the database, and workers that may die at any moment."""
