"""Use cases of the gateway, and the only place that commits: a module for each feature."""
