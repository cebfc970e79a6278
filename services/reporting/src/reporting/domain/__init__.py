"""What a fact is, how it is counted, and what the counts say. No I/O."""
