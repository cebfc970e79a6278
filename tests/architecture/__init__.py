"""Tests that look at the house instead of what it does: routes, events, files. They run nothing and need no server."""
