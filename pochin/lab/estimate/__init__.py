"""Effects: what the readings say the solution changed."""
