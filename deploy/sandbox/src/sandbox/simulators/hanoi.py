"""Time as the outside world writes it: Hanoi dates and times in text. It never asks the machine for the time."""

from collections.abc import Callable
from datetime import date, datetime, timedelta, timezone

Now = Callable[[], datetime]
"""Tells the present instant, aware. Given to every simulator, so that tests and the sandbox choose the day."""

HANOI = timezone(timedelta(hours=7))  # no summer time, so a fixed offset needs no time-zone files

DAY = "%d/%m/%Y"
DAY_AND_TIME = "%d/%m/%Y %H:%M:%S"
COMPACT = "%Y%m%d%H%M%S"


def hanoi_day(instant: datetime) -> date:
    """The calendar day in Hanoi on which an instant falls."""
    return instant.astimezone(HANOI).date()


def compact(instant: datetime) -> str:
    """An instant as yyyyMMddHHmmss in Hanoi, VNPAY's notation."""
    return instant.astimezone(HANOI).strftime(COMPACT)


def parse_compact(text: str) -> datetime:
    """The instant that a yyyyMMddHHmmss text means in Hanoi. Raises ValueError."""
    if len(text) != 14 or not text.isascii() or not text.isdigit():
        raise ValueError("not yyyyMMddHHmmss")
    return datetime.strptime(text, COMPACT).replace(tzinfo=HANOI)


def parse_day(text: str) -> date:
    """The date that a dd/MM/yyyy text means. Raises ValueError, also where a digit is missing."""
    parsed = datetime.strptime(text, DAY).replace(tzinfo=HANOI).date()
    if parsed.strftime(DAY) != text:
        raise ValueError("not dd/MM/yyyy")
    return parsed
