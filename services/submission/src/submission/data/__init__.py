"""Dated rules that come with the package, as JSON; read by submission.rules."""
