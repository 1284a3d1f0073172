"""What the numbers say about the promise: the plan's own analysis over frozen data."""
