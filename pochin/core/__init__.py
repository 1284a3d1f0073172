"""The mechanisms: who may, what happens, what happened, whose turn, whose signature."""
