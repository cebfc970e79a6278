"""Facts as data: rows with their validity and source. No code."""
