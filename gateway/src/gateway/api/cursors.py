"""What the cursors of the gateway's lists hold, read back: a cursor comes from a caller, so it may be anything. Decides nothing."""

from datetime import UTC, datetime


def instant(part: str) -> datetime:
    """An instant that can be compared with. Raises ValueError, TypeError, OverflowError: `decode_cursor` refuses for each."""
    at = datetime.fromisoformat(part)
    if at.tzinfo is None:
        raise ValueError("an instant has its offset")
    return at.astimezone(UTC)
