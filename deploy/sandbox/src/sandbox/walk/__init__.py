"""A walk through the public APIs, as a citizen and a desk see them: in the demo, and against any deployment."""
