"""The rules of the catalogue: versions, what a case needs, what changed, codes of agencies, how one searches. No I/O."""
