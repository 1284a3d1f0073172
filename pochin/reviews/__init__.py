"""What experts say: assignments, conflicts, reviews, the decision of the committee."""
