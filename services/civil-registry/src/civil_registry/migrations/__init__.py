"""The database of the civil registry, step by step."""
