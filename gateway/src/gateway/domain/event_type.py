"""The life of an event type that an agency owns, as one table. Pure; what its events must say is its schema's."""

from collections.abc import Mapping
from enum import StrEnum

from gateway.domain.partners import State


class Step(StrEnum):
    """What an operator may do with a type."""

    APPROVE = "approve"
    REFUSE = "refuse"
    SUSPEND = "suspend"
    CLOSE = "close"


TRANSITIONS: Mapping[tuple[State, Step], State] = {
    (State.REQUESTED, Step.APPROVE): State.APPROVED,
    (State.REQUESTED, Step.REFUSE): State.CLOSED,
    (State.APPROVED, Step.SUSPEND): State.SUSPENDED,
    (State.SUSPENDED, Step.APPROVE): State.APPROVED,
    (State.APPROVED, Step.CLOSE): State.CLOSED,
    (State.SUSPENDED, Step.CLOSE): State.CLOSED,
}
"""Every legal step."""
