"""The HTTP side of the catalogue: routes and the models they speak. No SQL, no rule."""
