"""The only words the rooms share: events, code lists and the envelope. No behaviour, no I/O, pydantic only."""
