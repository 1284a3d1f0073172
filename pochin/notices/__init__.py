"""Letters, digests, the list of notices: the journal, told to people."""
