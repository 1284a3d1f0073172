"""Coordination: meetings, minutes, resolutions, tasks, conversations, whose turn it is."""
