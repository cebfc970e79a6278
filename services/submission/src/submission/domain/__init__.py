"""The rules of a dossier as plain values and functions: no I/O, no clock, no ids of their own."""
