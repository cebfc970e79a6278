"""What the cursors of this service's lists hold, read back. A cursor comes from a caller, so each part may be anything."""

from datetime import datetime

from chassis.paging import decode_cursor
from submission.domain.codes import looks_like_code

_LAST_POSITION = 2**63 - 1


def instant(part: object) -> datetime:
    """An instant; raises ValueError for what is none, as for one without its offset."""
    at = datetime.fromisoformat(str(part))
    if at.tzinfo is None:
        raise ValueError("not an instant")
    return at


def after_dossier(cursor: str | None) -> tuple[datetime, str] | None:
    """The last row of a list of dossiers that is ordered by a time and their code."""
    key = decode_cursor(cursor, 2, (instant, _code))
    return (key[0], key[1]) if key is not None else None


def below_position(cursor: str | None) -> int:
    """Under which position a list goes on that shows the newest rows first."""
    key = decode_cursor(cursor, 1, (_position,))
    return _LAST_POSITION if key is None else int(key[0])


def _code(part: object) -> str:
    if not isinstance(part, str) or not looks_like_code(part):
        raise ValueError("no dossier's code")
    return part


def _position(part: object) -> int:
    if type(part) is not int or part < 0:
        raise ValueError("no position")
    return part
