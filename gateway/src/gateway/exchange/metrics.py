"""What an operator watches of the exchange. Labels never carry an identity."""

from prometheus_client import CollectorRegistry, Counter, Histogram

_SECONDS = (0.001, 0.002, 0.005, 0.01, 0.02, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30, 60)


class ExchangeMetrics:
    """Exchanges by outcome (`ok`, or the type of our own error), how long they took, and the provider's share."""

    def __init__(self, registry: CollectorRegistry) -> None:
        self._outcomes = Counter("exchanges_total", "Exchanges under /r1 by outcome", ("outcome",), registry=registry)
        self._seconds = Histogram(
            "exchange_duration_seconds", "From the first byte in to the last out", registry=registry, buckets=_SECONDS
        )
        self._upstream = Histogram(
            "exchange_upstream_seconds", "Until the provider's first byte", registry=registry, buckets=_SECONDS
        )

    def ended(self, outcome: str, seconds: float, upstream_seconds: float | None) -> None:
        """One exchange is over."""
        self._outcomes.labels(outcome).inc()
        self._seconds.observe(seconds)
        if upstream_seconds is not None:
            self._upstream.observe(upstream_seconds)
