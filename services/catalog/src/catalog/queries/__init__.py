"""The catalogue's SQL. It decides nothing; each function runs one statement."""
