"""What the post seeks: a need, its owner, its metric, its window."""
