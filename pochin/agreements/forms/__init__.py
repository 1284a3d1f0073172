"""What people fill in about agreements and what is promised in them."""
