"""The database of submission, step by step."""
