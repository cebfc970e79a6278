"""The lifecycle of a case at a ministry, of whatever kind, as one table. Pure; no I/O."""

from collections.abc import Mapping
from enum import StrEnum


class State(StrEnum):
    """Where a case stands, as we know it."""

    TO_PUSH = "TO_PUSH"  # to be sent to the ministry
    PUSHED = "PUSHED"  # taken by the ministry, which is at work on it
    SUPPLEMENT_AWAITED = "SUPPLEMENT_AWAITED"  # the ministry wants more (chờ bổ sung hồ sơ)
    TO_SUPPLEMENT = "TO_SUPPLEMENT"  # the supplement is here and to be sent
    ANSWERED = "ANSWERED"  # the result is there
    DECLINED = "DECLINED"  # the ministry refused it
    WITHDRAWN = "WITHDRAWN"  # taken back before it was ever sent

    @property
    def ends(self) -> bool:
        """Whether nothing more happens to the case."""
        return self in (State.ANSWERED, State.DECLINED, State.WITHDRAWN)


TO_SEND = (State.TO_PUSH, State.TO_SUPPLEMENT)
ASKED_AFTER = (State.PUSHED, State.SUPPLEMENT_AWAITED)
"""Also while a supplement is awaited: it may be given at the ministry itself, and refused when its time is over."""


class News(StrEnum):
    """What moves a case. The first two come from here, the others from the ministry."""

    WITHDRAWN = "withdrawn"
    SUPPLEMENTED = "supplemented"
    TAKEN = "taken"
    NOT_TAKEN = "not-taken"  # it answers the push with a refusal
    REGISTERED = "registered"  # trangThai 4
    REFUSED = "refused"  # trangThai 6
    SUPPLEMENT_WANTED = "supplement-wanted"  # trangThai 2
    WORK_GOES_ON = "work-goes-on"  # trangThai 1 or 3 after 2: the supplement reached it by another way
    UNKNOWN_THERE = (
        "unknown-there"  # it acknowledged the case once and does not know it now: restored from an older state
    )


TRANSITIONS: Mapping[tuple[State, News], State] = {
    (State.TO_PUSH, News.TAKEN): State.PUSHED,
    (State.TO_PUSH, News.NOT_TAKEN): State.DECLINED,
    (State.TO_PUSH, News.WITHDRAWN): State.WITHDRAWN,
    (State.PUSHED, News.REGISTERED): State.ANSWERED,
    (State.PUSHED, News.REFUSED): State.DECLINED,
    (State.PUSHED, News.SUPPLEMENT_WANTED): State.SUPPLEMENT_AWAITED,
    (State.PUSHED, News.UNKNOWN_THERE): State.TO_PUSH,
    (State.SUPPLEMENT_AWAITED, News.SUPPLEMENTED): State.TO_SUPPLEMENT,
    (State.SUPPLEMENT_AWAITED, News.WORK_GOES_ON): State.PUSHED,
    (State.SUPPLEMENT_AWAITED, News.REGISTERED): State.ANSWERED,
    (State.SUPPLEMENT_AWAITED, News.REFUSED): State.DECLINED,
    (State.SUPPLEMENT_AWAITED, News.UNKNOWN_THERE): State.TO_PUSH,
    (State.TO_SUPPLEMENT, News.TAKEN): State.PUSHED,
    # A supplement that is not taken ends nothing: the ministry still waits for a good one.
    (State.TO_SUPPLEMENT, News.NOT_TAKEN): State.SUPPLEMENT_AWAITED,
}
"""Every legal step. Waiting (trangThai 1, 3) is no step; an ended case hears nothing.

Nothing that was sent can be withdrawn: no ministry's interchange that we know has a message for it.
"""


def may_be(news: News, state: State) -> bool:
    """Whether the table has this step."""
    return (state, news) in TRANSITIONS
