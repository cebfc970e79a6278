"""Dossiers: intake, the one-stop desk, deadlines, papers."""
