"""The demonstration: invented companies, real post offices, one click to be anybody."""
