"""Readings: how fast files come in and rows are reduced, beside floors measured in the same run."""
