"""Structured logs, one JSON object a line. Only fields named in `ALLOWED` are written: personal data cannot slip in."""

import logging
import sys
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
                _only_allowed,
                structlog.processors.JSONRenderer(ensure_ascii=False),
            ],
        )
    )
    root = logging.getLogger()
    root.handlers[:] = [handler]
    root.setLevel(level)
    logging.getLogger("uvicorn.access").disabled = True  # the middleware writes its own line, without query strings
    logging.getLogger("aiormq").disabled = True  # it logs whole messages; what matters reaches us as exceptions


def get_logger(name: str) -> structlog.stdlib.BoundLogger:
    """The logger of a module."""
    logger: structlog.stdlib.BoundLogger = structlog.stdlib.get_logger(name)
    return logger


def places(error: BaseException) -> str:
    """Where an error came from, as `file:line function`, innermost last, without any value."""
    places = []
    trace = error.__traceback__
    while trace is not None:
        code = trace.tb_frame.f_code
        places.append(f"{code.co_filename.rsplit('/', 1)[-1]}:{trace.tb_lineno} {code.co_name}")
        trace = trace.tb_next
    return " < ".join(reversed(places[-8:]))
