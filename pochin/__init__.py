"""Pochin: the operating platform of an innovation centre."""

__version__ = "0.1.0"
