"""A solution tried against a promise: plan, sites, log, from the idea to the decision."""
