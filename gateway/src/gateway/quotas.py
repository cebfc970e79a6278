"""How often a client may call a service: rates and daily quotas, counted with the library `limits`. It knows no right.

Each process counts for itself, in memory (docs/adr/0017-quotas.md). The library's store for threads is used and not the
one for asyncio: nothing here waits, and that one looks through all its keys in a task of its own for every call.
"""

import math
import threading
import time
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import Self, cast

from limits import RateLimitItem, RateLimitItemPerDay, RateLimitItemPerMinute, RateLimitItemPerSecond
from limits.storage import MemoryStorage
from limits.strategies import FixedWindowRateLimiter, MovingWindowRateLimiter, RateLimiter

from gateway.domain.partners import Service
from gateway.settings.quotas import QuotaSettings

_SECOND, _DAY, _TOKENS = "second", "day", "tokens"
_SWEEP_SECONDS = 1.0


class _SweptSeldom(MemoryStorage):
    """The library's store, which would start a thread for every call to sweep out what is over: here once a second.

    Measured: 0.5 ms a call with a thread each time, 0.02 ms without.
    """

    @property
    def timer(self) -> threading.Timer:  # what the store asks whether a sweep is under way, and hands its next one to
        return cast("threading.Timer", self)

    @timer.setter
    def timer(self, sweep: threading.Timer) -> None:
        self._sweep = sweep
        self._swept_at = time.monotonic()

    def is_alive(self) -> bool:
        """Whether it is too early for the next sweep."""
        return time.monotonic() - self._swept_at < _SWEEP_SECONDS

    def start(self) -> None:
        """Sweep, in a thread."""
        self._sweep.daemon = True
        self._sweep.start()


@dataclass(frozen=True)
class Allowance:
    """Whether one more call is allowed; `headers` are `RateLimit`, `RateLimit-Policy` and, refused, `Retry-After`."""

    allowed: bool
    headers: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class _Policy:
    """One bound: its name in the headers, how much in which time, and how it is counted."""

    name: str
    item: RateLimitItem
    limiter: RateLimiter


class Quotas:
    """Counts the calls of each client to each service. A call that is refused does not count for the day."""

    def __init__(self, *, per_second: int = 100, per_day: int = 1_000_000, tokens_per_minute: int = 60) -> None:
        storage = _SweptSeldom()
        # Any second, not that of the clock: at the turn of a fixed one twice as many could pass. A day's calls one by one
        # would be a million times to remember for each client, and nobody minds the turn of a day.
        self._moving = MovingWindowRateLimiter(storage)
        self._fixed = FixedWindowRateLimiter(storage)
        self._per_second = per_second
        self._per_day = per_day
        self._tokens = _Policy(_TOKENS, RateLimitItemPerMinute(tokens_per_minute), self._moving)
        self._policies: dict[tuple[int, int], tuple[_Policy, ...]] = {}

    @classmethod
    def of(cls, settings: QuotaSettings) -> Self:
        """With the defaults of the settings."""
        return cls(
            per_second=settings.quota_per_second,
            per_day=settings.quota_per_day,
            tokens_per_minute=settings.quota_tokens_per_minute,
        )

    async def take(self, client_id: str, service: Service) -> Allowance:
        """Count one call, and say whether it may be made."""
        bounds = service.per_second or self._per_second, service.per_day or self._per_day
        policies = self._policies.get(bounds) or self._made(bounds)
        return _taken(policies, client_id, str(service.id))

    async def take_token(self, client_id: str) -> Allowance:
        """The same for a token that the client asks for."""
        return _taken((self._tokens,), client_id, _TOKENS)

    def _made(self, bounds: tuple[int, int]) -> tuple[_Policy, ...]:
        second, day = bounds
        policies = (
            _Policy(_SECOND, RateLimitItemPerSecond(second), self._moving),
            _Policy(_DAY, RateLimitItemPerDay(day), self._fixed),
        )
        self._policies[bounds] = policies
        return policies


def _taken(policies: tuple[_Policy, ...], *who: str) -> Allowance:
    refusing = next((policy for policy in policies if not policy.limiter.hit(policy.item, *who)), None)
    now = time.time()
    remaining, waits = [], {}
    for policy in policies:
        window = policy.limiter.get_window_stats(policy.item, *who)
        waits[policy.name] = seconds = max(1, math.ceil(window.reset_time - now))
        remaining.append(f'"{policy.name}";r={max(0, window.remaining)};t={seconds}')
    headers = {"RateLimit-Policy": _policy_header(policies), "RateLimit": ", ".join(remaining)}
    if refusing is not None:
        headers["Retry-After"] = str(waits[refusing.name])
    return Allowance(refusing is None, headers)


def _policy_header(policies: Iterable[_Policy]) -> str:
    return ", ".join(f'"{policy.name}";q={policy.item.amount};w={policy.item.get_expiry()}' for policy in policies)
