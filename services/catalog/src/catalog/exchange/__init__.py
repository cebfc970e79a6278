"""The catalogue to and from others: the national record, and a sheet for many small edits at once."""
