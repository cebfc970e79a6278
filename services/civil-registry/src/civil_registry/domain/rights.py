"""Who may see what of a record or case: a pure decision about a caller that the route's guard let in. It reads nothing."""

from collections.abc import Collection
from enum import StrEnum

from chassis.auth import Kind, Principal


class View(StrEnum):
    """How much is shown."""

    FULL = "full"
    STATUS = "status"  # number, book and dates; no personal data


def view_of(caller: Principal, *, unit: str, people: Collection[str]) -> View | None:
    """What the caller may see of something of this unit that concerns these people (personal IDs); None: not even that."""
    match caller.kind:
        case Kind.CITIZEN:
            return View.FULL if caller.subject in people else None
        case Kind.OFFICER:
            return View.FULL if caller.serves(unit) else None
        case Kind.AGENCY:
            return View.STATUS
