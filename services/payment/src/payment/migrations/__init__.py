"""The database of payment, step by step."""
