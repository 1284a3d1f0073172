"""Counting what the rooms hold: pilots against their thresholds, funnel, clocks."""
