"""What payment decides, as pure functions over plain values: no I/O, clock and ids come in."""
