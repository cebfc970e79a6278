"""What `make demo` shows: one dossier walked through, August 2016 replayed, the statistics pulled. All by the public APIs."""
