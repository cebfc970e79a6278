"""Prometheus metrics of one service, in a registry of its own so that several services can live in one process."""

from prometheus_client import CollectorRegistry, Counter, Gauge, Histogram, generate_latest
from prometheus_client.exposition import CONTENT_TYPE_LATEST

_LATENCY = (0.002, 0.005, 0.01, 0.02, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10)


class Metrics:
    """The few numbers an operator watches; labels never carry identities."""

    def __init__(self, service: str) -> None:
        self.registry = CollectorRegistry()
        self.requests = Histogram(
            "http_request_duration_seconds",
            "HTTP requests by route and status",
            ("service", "method", "route", "status"),
            registry=self.registry,
            buckets=_LATENCY,
        )
        self.events_sent = Counter(
            "events_sent_total", "Events handed to the bus", ("service",), registry=self.registry
        )
        self.events_handled = Counter(
            "events_handled_total", "Events by type and outcome", ("service", "type", "outcome"), registry=self.registry
        )
        self.event_age = Histogram(
            "event_age_seconds",
            "From the fact to its being handled here",
            ("service",),
            registry=self.registry,
            buckets=_LATENCY,
        )
        self.outbox_waiting = Gauge(
            "outbox_waiting", "Events not yet handed to the bus", ("service",), registry=self.registry
        )
        self.deferred = Gauge(
            "deferred_events", "Events waiting or parked", ("service", "state"), registry=self.registry
        )
        self.service = service

    def exposition(self) -> tuple[bytes, str]:
        """The text Prometheus scrapes and its content type."""
        return generate_latest(self.registry), CONTENT_TYPE_LATEST
