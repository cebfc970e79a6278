"""Civil-status records, numbering, certificates."""
