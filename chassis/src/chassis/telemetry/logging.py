"""Structured logs, one JSON object a line. Only fields named in `ALLOWED` are written: personal data cannot slip in."""

import logging
import sys
import traceback
from collections.abc import MutableMapping
from pathlib import Path
from typing import Any

import structlog

from chassis.telemetry.tracing import current_trace_id

ALLOWED = frozenset(
    {
        "event", "level", "timestamp", "logger", "service", "trace_id", "error", "error_type", "exception",
        "method", "route", "status", "duration_ms", "client", "caller_kind", "agency",
        "event_id", "event_type", "attempts", "state", "reason", "queue", "count", "position", "delay_seconds", "port",
        "adapter", "upstream", "version", "size", "job", "signal",
    }
)  # fmt: skip


def _only_allowed(_: Any, __: str, entry: MutableMapping[str, Any]) -> MutableMapping[str, Any]:
    dropped = [key for key in entry if key not in ALLOWED]
    for key in dropped:
        del entry[key]
    if dropped:
        entry["reason"] = (
            f"{entry.get('reason', '')} [fields not allowed in logs: {', '.join(sorted(dropped))}]".strip()
        )
    return entry


def _first_line(_: Any, __: str, entry: MutableMapping[str, Any]) -> MutableMapping[str, Any]:
    """What libraries say beyond one line is an object's repr (asyncio's of a failed task), with the error's text in it."""
    entry["event"] = str(entry.get("event", "")).split("\n", 1)[0]
    return entry


def _add_trace(_: Any, __: str, entry: MutableMapping[str, Any]) -> MutableMapping[str, Any]:
    if trace_id := current_trace_id():
        entry["trace_id"] = trace_id
    return entry


def _where_not_what(_: Any, __: str, entry: MutableMapping[str, Any]) -> MutableMapping[str, Any]:
    """An exception as its type and places: its text may quote a row or a payload."""
    info = entry.pop("exc_info", None)
    error = (
        info[1]
        if isinstance(info, tuple)
        else info
        if isinstance(info, BaseException)
        else sys.exception()
        if info
        else None
    )
    if error is not None:
        entry["error_type"] = type(error).__name__
        entry["exception"] = places(error)
    return entry


def configure_logging(level: str = "INFO", *, file: Path | None = None) -> None:
    """Send every log line of this process, the libraries' too, to standard error or `file` as JSON. Safe to call twice."""
    shared: list[structlog.types.Processor] = [
        structlog.stdlib.add_log_level,
        structlog.stdlib.add_logger_name,
        structlog.processors.TimeStamper(fmt="iso", utc=True),
        _add_trace,
    ]
    structlog.configure(
        processors=[*shared, structlog.stdlib.ProcessorFormatter.wrap_for_formatter],
        logger_factory=structlog.stdlib.LoggerFactory(),
        wrapper_class=structlog.stdlib.BoundLogger,
        cache_logger_on_first_use=True,
    )
    handler = logging.FileHandler(file, encoding="utf-8") if file is not None else logging.StreamHandler(sys.stderr)
    handler.setFormatter(
        structlog.stdlib.ProcessorFormatter(
            foreign_pre_chain=shared,
            processors=[
                structlog.stdlib.ProcessorFormatter.remove_processors_meta,
                _where_not_what,
                _first_line,
                _only_allowed,
                structlog.processors.JSONRenderer(ensure_ascii=False),
            ],
        )
    )
    root = logging.getLogger()
    root.handlers[:] = [handler]
    root.setLevel(level)
    logging.getLogger("uvicorn.access").disabled = True  # the middleware writes its own line, without query strings
    for talkative in ("httpx", "httpcore", "aio_pika"):  # below warnings they log addresses, query strings and messages
        logging.getLogger(talkative).setLevel(logging.WARNING)
    # By level, because `disabled` does not reach aiormq.connection and the like.
    logging.getLogger("aiormq").setLevel(
        logging.CRITICAL + 1
    )  # it logs whole messages; what matters reaches us as exceptions


def get_logger(name: str) -> structlog.stdlib.BoundLogger:
    """The logger of a module."""
    logger: structlog.stdlib.BoundLogger = structlog.stdlib.get_logger(name)
    return logger


def places(error: BaseException) -> str:
    """Where an error came from, as `file:line function`, innermost first, without any value.

    Of a library only the innermost place is said: a driver's own eight frames would hide which statement of ours it was.
    """
    frames = list(traceback.walk_tb(error.__traceback__))
    told = [frame for frame in frames[:-1] if "site-packages" not in frame[0].f_code.co_filename][-8:] + frames[-1:]
    return " < ".join(
        f"{frame.f_code.co_filename.rsplit('/', 1)[-1]}:{line} {frame.f_code.co_name}" for frame, line in reversed(told)
    )
