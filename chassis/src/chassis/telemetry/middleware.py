"""One pass around every HTTP request: span, metric, log line, and the answer to anything unforeseen. Pure ASGI for speed."""

import time
from collections.abc import Callable

from opentelemetry.trace import SpanKind
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from chassis.problems import Problem, problem_response
from chassis.telemetry.logging import get_logger, places
from chassis.telemetry.metrics import Metrics
from chassis.telemetry.tracing import Tracing

_log = get_logger("http")
_METHODS = frozenset({"GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS"})


class TelemetryMiddleware:
    """Outermost layer of every service's app. Routes appear by their template, never by the path that was called."""

    def __init__(
        self, app: ASGIApp, *, metrics: Metrics, tracing: Tracing, answer_to: Callable[[Exception], Problem]
    ) -> None:
        self.app = app
        self.metrics = metrics
        self.tracing = tracing
        self.answer_to = answer_to

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            await self.app(scope, receive, send)
            return
        started = time.perf_counter()
        status = 0

        async def send_and_see(message: Message) -> None:
            nonlocal status
            if message["type"] == "http.response.start":
                status = message["status"]
            await send(message)

        # A method is any word a caller likes: as a label it would make a time series for each.
        method: str = scope["method"] if scope["method"] in _METHODS else "other"
        parent = next((value.decode("latin-1") for name, value in scope["headers"] if name == b"traceparent"), None)
        with self.tracing.span(method, kind=SpanKind.SERVER, parent=parent) as span:
            try:
                await self.app(scope, receive, send_and_see)
            except Exception as error:
                if status:
                    raise
                problem = self.answer_to(error)
                log = _log.error if problem.status == 500 else _log.warning
                # The text of an error may quote what a caller sent: only its type and place are written.
                log("request failed", error_type=type(error).__name__, exception=places(error), method=method)
                response = problem_response(problem, scope)
                await response(scope, receive, send_and_see)
            finally:
                route = getattr(scope.get("route"), "path", "unmatched")
                seconds = time.perf_counter() - started
                self.metrics.requests.labels(self.metrics.service, method, route, status).observe(seconds)
                if span.is_recording():
                    span.update_name(f"{method} {route}")
                    span.set_attribute("http.response.status_code", status)
                if status >= 500 or route != "unmatched":
                    _log.debug(
                        "request", method=method, route=route, status=status, duration_ms=round(seconds * 1000, 1)
                    )
