"""The lifecycle of a birth case at the Ministry of Justice, as one table. Pure; no I/O."""

from collections.abc import Mapping
from enum import StrEnum


class State(StrEnum):
    """Where a case stands, as we know it."""

    TO_PUSH = "TO_PUSH"  # to be sent to the Ministry
    PUSHED = "PUSHED"  # taken by the Ministry, which is at work on it
    ANSWERED = "ANSWERED"  # the personal ID is there
    DECLINED = "DECLINED"  # the Ministry refused it

    @property
    def ends(self) -> bool:
        """Whether nothing more happens to the case."""
        return self in (State.ANSWERED, State.DECLINED)


class News(StrEnum):
    """What the Ministry can say that moves a case."""

    TAKEN = "taken"
    REGISTERED = "registered"  # trangThai 4
    REFUSED = "refused"  # trangThai 6, or not taken at all
    UNKNOWN_THERE = (
        "unknown-there"  # it acknowledged the case once and does not know it now: restored from an older state
    )


TRANSITIONS: Mapping[tuple[State, News], State] = {
    (State.TO_PUSH, News.TAKEN): State.PUSHED,
    (State.TO_PUSH, News.REFUSED): State.DECLINED,
    (State.PUSHED, News.REGISTERED): State.ANSWERED,
    (State.PUSHED, News.REFUSED): State.DECLINED,
    (State.PUSHED, News.UNKNOWN_THERE): State.TO_PUSH,
}
"""Every legal step. Waiting (trangThai 1, 2, 3) is no step; an ended case hears nothing."""
