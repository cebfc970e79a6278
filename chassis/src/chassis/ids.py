"""Identities: UUIDv7, so that keys sort by the time they were made. No other kind of id is made in the house."""

from uuid import UUID

from uuid_utils.compat import uuid7


def new_id() -> UUID:
    """A new time-ordered UUID (RFC 9562 version 7)."""
    return uuid7()


__all__ = ["new_id"]
