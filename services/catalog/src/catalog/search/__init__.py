"""Search the way people type: an index in memory over the whole catalogue, its ranking, and how it is kept fresh."""
