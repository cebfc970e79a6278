"""Data of reporting, each row with its source. No code."""
