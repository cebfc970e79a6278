"""A document exchanged with other agencies (văn bản điện tử): where it stands, as one table. Pure; what it says is edxml's."""

from collections.abc import Mapping
from enum import StrEnum


class State(StrEnum):
    """Where a document stands. One that goes out begins as queued, one that came in as received."""

    QUEUED = "queued"
    SENT = "sent"  # the document exchange has it
    DELIVERED = "delivered"
    REFUSED = "refused"
    RECEIVED = "received"
    ACKNOWLEDGED = "acknowledged"  # the document exchange knows that we have it


class News(StrEnum):
    """What moves a document. All of it is heard from the document exchange."""

    TAKEN = "taken"
    NOT_TAKEN = "not-taken"
    ARRIVED = "arrived"
    TURNED_DOWN = "turned-down"
    THANKED = "thanked"


TRANSITIONS: Mapping[tuple[State, News], State] = {
    (State.QUEUED, News.TAKEN): State.SENT,
    (State.QUEUED, News.NOT_TAKEN): State.REFUSED,
    (State.SENT, News.ARRIVED): State.DELIVERED,
    (State.SENT, News.TURNED_DOWN): State.REFUSED,
    (State.RECEIVED, News.THANKED): State.ACKNOWLEDGED,
}
"""Every legal step."""
