"""Carries events to agencies: which go to whom, by webhook or by being asked for, and what became of each."""
