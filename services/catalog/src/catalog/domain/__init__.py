"""The rules of the catalogue: which versions may stand beside each other, and how one searches. No I/O."""
