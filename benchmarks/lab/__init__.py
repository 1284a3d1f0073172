"""The lab against other libraries: the same numbers, and how much sooner."""
