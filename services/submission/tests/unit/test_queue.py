"""The colours of the queue: what is late, what soon will be, and what stands still."""

from datetime import UTC, datetime, timedelta
from importlib import import_module

import pytest

from submission.domain.queue import OPEN, Colour, colour

DUE = datetime(2026, 10, 15, 10, tzinfo=UTC)
SOON = timedelta(hours=8)


def seen_at(now: datetime, stopped_at: datetime | None = None, finished_at: datetime | None = None) -> Colour:
    return colour(DUE, now, soon=SOON, stopped_at=stopped_at, finished_at=finished_at)


@pytest.mark.parametrize(
    ("before", "expected"),
    [
        (timedelta(hours=9), Colour.ON_TIME),
        (timedelta(hours=8), Colour.DUE_SOON),
        (timedelta(0), Colour.DUE_SOON),
        (timedelta(seconds=-1), Colour.OVERDUE),
    ],
)
def test_the_colour_follows_the_due_time(before: timedelta, expected: Colour) -> None:
    assert seen_at(DUE - before) is expected


def test_while_the_clock_stands_nothing_becomes_late() -> None:
    assert seen_at(DUE + timedelta(days=9), stopped_at=DUE - timedelta(hours=1)) is Colour.ON_TIME


def test_what_was_late_when_the_clock_stopped_stays_late() -> None:
    assert seen_at(DUE + timedelta(days=9), stopped_at=DUE + timedelta(hours=1)) is Colour.OVERDUE


def test_a_result_in_time_stays_in_time_while_it_waits_to_be_fetched() -> None:
    assert seen_at(DUE + timedelta(days=9), finished_at=DUE - timedelta(hours=1)) is Colour.ON_TIME


def test_the_indexes_of_the_queue_hold_what_the_domain_calls_open() -> None:
    whole = "\n".join(import_module("submission.migrations.versions.0007_desk").STATEMENTS)
    assert whole.count(f"status IN ({', '.join(str(status.value) for status in OPEN)})") == 2
