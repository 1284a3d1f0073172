"""Pages of decisions, certificates and published results."""
