"""The forms of export projects."""
