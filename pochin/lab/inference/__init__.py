"""Tests and intervals that the estimators share."""
