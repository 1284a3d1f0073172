"""Exports: a proven solution goes to another market: code, country, papers, contract, post."""
