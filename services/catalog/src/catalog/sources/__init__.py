"""Where the catalogue's first content comes from: the data files and two libraries. Read only; writes no table."""
