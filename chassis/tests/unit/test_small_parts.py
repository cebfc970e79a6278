"""Clock, ids, text, wake-ups, settings and log lines: what everything else takes for granted."""

import asyncio
import json
import logging
import unicodedata
from datetime import UTC, date, datetime, timedelta
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st
from opentelemetry.sdk.trace.export.in_memory_span_exporter import InMemorySpanExporter
from pydantic import TypeAdapter, ValidationError

from chassis.clock import SettableClock, hanoi_day
from chassis.database import Wakeup
from chassis.ids import new_id
from chassis.telemetry.logging import get_logger
from chassis.telemetry.tracing import Tracing, current_traceparent
from chassis.text import CleanText, folded

SECRET = "001190000001"
CLEAN = TypeAdapter(CleanText)


def test_a_hanoi_day_begins_at_17_utc() -> None:
    """R-096"""
    assert hanoi_day(datetime(2026, 12, 31, 16, 59, 59, 999999, tzinfo=UTC)) == date(2026, 12, 31)
    assert hanoi_day(datetime(2026, 12, 31, 17, tzinfo=UTC)) == date(2027, 1, 1)


def test_a_set_clock_stands_until_it_is_moved_or_freed() -> None:
    clock = SettableClock(datetime(2016, 8, 1, tzinfo=UTC))
    assert clock.now() == clock.now()
    clock.advance(timedelta(hours=1))
    assert clock.now() == datetime(2016, 8, 1, 1, tzinfo=UTC)
    clock.set(datetime.fromisoformat("2016-08-02T00:00:00+07:00"))
    assert clock.now() == datetime(2016, 8, 1, 17, tzinfo=UTC)
    assert clock.now().tzinfo is UTC
    clock.set(None)
    assert clock.now().year >= 2025


def test_ids_are_uuid_version_7_and_sort_by_the_order_they_were_made_in() -> None:
    ids = [new_id() for _ in range(20_000)]
    assert {made.version for made in ids} == {7}
    assert ids == sorted(ids)
    assert len(set(ids)) == len(ids)


@pytest.mark.parametrize(
    ("typed", "searched"),
    [
        ("Đặng Thị Hường", "dang thi huong"),
        (unicodedata.normalize("NFD", "Đặng Thị Hường"), "dang thi huong"),
        ("  Nguyễn \t\n  VĂN  ", "nguyen van"),
        ("d\u0323\u0302", "d"),
        ("", ""),
    ],
)
def test_folded_text_is_what_people_without_a_vietnamese_keyboard_type(typed: str, searched: str) -> None:
    assert folded(typed) == searched


@given(st.text())
def test_folding_twice_is_folding_once_and_does_not_care_how_marks_are_composed(typed: str) -> None:
    assert folded(folded(typed)) == folded(typed)
    assert folded(unicodedata.normalize("NFC", typed)) == folded(unicodedata.normalize("NFD", typed))


def test_clean_text_is_nfc_and_trimmed() -> None:
    assert CLEAN.validate_python(unicodedata.normalize("NFD", "  Hường\n")) == unicodedata.normalize("NFC", "Hường")


@pytest.mark.parametrize(
    "typed", ["a\x00", "a\x1b[2J", "a\x7f", "a\r\nSet-Cookie: x", "a\x85", "\ud800", "Lan\u202egnaL", "a\u2066b"]
)
def test_clean_text_holds_nothing_that_moves_a_cursor_or_turns_the_reading_direction(typed: str) -> None:
    with pytest.raises(ValidationError):
        CLEAN.validate_python(typed)


async def test_a_bell_rung_while_nobody_waits_is_heard_by_the_next_wait_and_only_by_that() -> None:
    bell = Wakeup()
    bell.ring()
    bell.ring()
    async with asyncio.timeout(5):
        await bell.wait(60)
    waiting = asyncio.create_task(bell.wait(60))
    await asyncio.sleep(0)
    assert not waiting.done()
    bell.ring()
    async with asyncio.timeout(5):
        await waiting


def test_only_allowed_fields_are_logged_and_what_was_dropped_is_named_without_its_value(log: Path) -> None:
    get_logger("x").info("said", status=200, personal_id=SECRET, reason="late")
    (line,) = log.read_text(encoding="utf-8").splitlines()
    assert SECRET not in line
    entry = json.loads(line)
    assert entry["status"] == 200
    assert entry["reason"] == "late [fields not allowed in logs: personal_id]"


def test_an_exception_is_logged_by_its_kind_and_place_whoever_logs_it(log: Path) -> None:
    for logger in (get_logger("x"), logging.getLogger("uvicorn.error")):
        try:
            int(SECRET + "x")
        except ValueError:
            logger.exception("went wrong")
    lines = log.read_text(encoding="utf-8")
    assert SECRET not in lines
    for entry in map(json.loads, lines.splitlines()):
        assert entry["error_type"] == "ValueError"
        assert "test_small_parts.py:" in entry["exception"]


async def test_asyncio_speaking_of_a_failed_task_does_not_repeat_its_words(log: Path) -> None:
    asyncio.get_running_loop().call_exception_handler(
        {"message": "Task failed", "exception": ValueError(SECRET), "task": SECRET}
    )
    assert SECRET not in log.read_text(encoding="utf-8")
    assert "Task failed" in log.read_text(encoding="utf-8")


@pytest.mark.parametrize("name", ["httpx", "httpcore.http11", "aio_pika.queue", "aiormq.connection", "uvicorn.access"])
def test_libraries_that_log_addresses_and_messages_are_silent(log: Path, name: str) -> None:
    logging.getLogger(name).info("HTTP Request: GET https://ministry.test/people?id=%s", SECRET)
    assert log.read_text(encoding="utf-8") == ""


def test_a_span_says_that_it_failed_and_not_with_what_words() -> None:
    exporter = InMemorySpanExporter()
    tracing = Tracing("toy", exporter=exporter)
    with pytest.raises(ValueError, match=SECRET), tracing.span("step"):
        raise ValueError(SECRET)
    tracing.close()
    (span,) = exporter.get_finished_spans()
    assert span.status.description == "ValueError"
    assert SECRET not in span.to_json()


def test_a_trace_goes_on_from_what_the_caller_gave_and_a_bad_one_begins_anew() -> None:
    tracing = Tracing("toy")
    given = f"00-{'a' * 32}-{'b' * 16}-01"
    with tracing.span("step", parent=given):
        assert str(current_traceparent()).split("-")[1] == "a" * 32
    for bad in ("", "x", "00-" + "0" * 32 + "-" + "b" * 16 + "-01", f"00-{'A' * 32}-x-01"):
        with tracing.span("step", parent=bad):
            assert str(current_traceparent()).split("-")[1] not in {"a" * 32, "0" * 32}
    tracing.close()
