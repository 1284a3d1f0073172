"""keeping: whether the installation runs, what waits and failed, how old its copies are."""
