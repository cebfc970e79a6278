"""OpenTelemetry traces: spans follow a dossier from HTTP through the bus to the last consumer, by W3C trace context."""

from collections.abc import Iterator
from contextlib import contextmanager

from opentelemetry import trace
from opentelemetry.context import Context
from opentelemetry.sdk.resources import Resource
from opentelemetry.sdk.trace import TracerProvider
from opentelemetry.sdk.trace.export import BatchSpanProcessor, SpanExporter
from opentelemetry.sdk.trace.id_generator import RandomIdGenerator
from opentelemetry.sdk.trace.sampling import ParentBased, TraceIdRatioBased
from opentelemetry.trace import NonRecordingSpan, Span, SpanContext, SpanKind, Status, StatusCode
from opentelemetry.trace.propagation.tracecontext import TraceContextTextMapPropagator

_PROPAGATOR = TraceContextTextMapPropagator()


class Tracing:
    """One service's tracer. With no endpoint spans still carry context through the bus, but are not exported."""

    def __init__(
        self, service: str, *, endpoint: str | None = None, ratio: float = 1.0, exporter: SpanExporter | None = None
    ) -> None:
        sampler = ParentBased(TraceIdRatioBased(ratio))
        self.provider = TracerProvider(sampler=sampler, resource=Resource.create({"service.name": service}))
        if endpoint is not None:
            from opentelemetry.exporter.otlp.proto.http.trace_exporter import (  # noqa: PLC0415 - costs 80 ms, rarely used
                OTLPSpanExporter,
            )

            exporter = OTLPSpanExporter(endpoint=endpoint)
        if exporter is not None:
            self.provider.add_span_processor(BatchSpanProcessor(exporter))
        self._ids = RandomIdGenerator()
        # Where nobody will read a span, only its context is made: a recorded one cost an exchange under /r1 5% of its time.
        self._tracer = self.provider.get_tracer("lienthong") if exporter is not None else None

    @contextmanager
    def span(
        self,
        name: str,
        *,
        kind: SpanKind = SpanKind.INTERNAL,
        parent: str | None = None,
        attributes: dict[str, str | int] | None = None,
    ) -> Iterator[Span]:
        """A span around a step; `parent` is a `traceparent` that came from outside, else the current span is the parent."""
        context: Context | None = _PROPAGATOR.extract({"traceparent": parent}) if parent else None
        if self._tracer is None:
            with trace.use_span(self._unread(context), record_exception=False, set_status_on_exception=False) as unread:
                yield unread
            return
        # OpenTelemetry would export the text of an exception, which may quote a row or a payload: only its type is said.
        with self._tracer.start_as_current_span(
            name,
            context=context,
            kind=kind,
            attributes=attributes,
            record_exception=False,
            set_status_on_exception=False,
        ) as span:
            try:
                yield span
            except Exception as error:
                span.set_status(Status(StatusCode.ERROR, type(error).__name__))
                raise

    def _unread(self, context: Context | None) -> Span:
        """A span that carries the trace on and records nothing."""
        before = trace.get_current_span(context).get_span_context()
        trace_id = before.trace_id if before.is_valid else self._ids.generate_trace_id()
        return NonRecordingSpan(
            SpanContext(
                trace_id,
                self._ids.generate_span_id(),
                is_remote=False,
                trace_flags=before.trace_flags,
                trace_state=before.trace_state,
            )
        )

    def close(self) -> None:
        """Send what is still waiting to be exported."""
        self.provider.shutdown()


def current_traceparent() -> str | None:
    """W3C `traceparent` of the step that is running, to be carried by what it causes."""
    context = trace.get_current_span().get_span_context()
    if not context.is_valid:
        return None
    return f"00-{context.trace_id:032x}-{context.span_id:016x}-{int(context.trace_flags):02x}"


def current_trace_id() -> str | None:
    """The trace id as 32 hex digits: printed in problems and logs, so that one can be found from the other."""
    context = trace.get_current_span().get_span_context()
    return f"{context.trace_id:032x}" if context.is_valid else None


__all__ = ["SpanKind", "Tracing", "current_trace_id", "current_traceparent"]
