"""People, organisations, programmes, membership, conflicts: who is who."""
