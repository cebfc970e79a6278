"""The database of reporting, step by step."""
