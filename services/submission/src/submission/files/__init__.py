"""Bytes that people bring: where they are kept, what they are, whether they are safe. Ports and adapters; no dossier here."""
