"""One case told whole, from need to decision: the pages that show several chapters at once."""
