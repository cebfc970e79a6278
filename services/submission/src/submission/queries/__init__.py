"""The SQL of this service: dossiers, and the copies of what the catalogue published. Nothing is decided here."""
