"""Pages of the room: agreements, their words and papers, commitments and amendments."""
