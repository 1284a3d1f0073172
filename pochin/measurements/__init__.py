"""The readings a pilot sends in: taken in, checked, kept in a store, counted."""
