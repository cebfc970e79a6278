"""The all-in-one process and the simulators of what is outside the city."""
