"""The `pochin` command."""
