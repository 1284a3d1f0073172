"""What is measured against what, re-runnable."""
