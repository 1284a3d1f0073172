"""Pages of organisations, people and programmes."""
