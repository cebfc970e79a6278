"""How `/r1` exchanges: its profile, its limits, its patience."""

from typing import Literal

from pydantic import Field
from pydantic_settings import BaseSettings


class ExchangeSettings(BaseSettings):
    """How `/r1` exchanges: its profile, its limits, its patience."""

    exchange_instance: str = Field(
        default="VN", description="X-Road instance of this installation; begins the `X-Road-Id` made here"
    )
    exchange_profile: Literal["http", "xroad-7.8"] = Field(
        default="http",
        description="Statuses of the exchange's own errors: `http` (403 denied, 404 unknown, 400 malformed …) or "
        "`xroad-7.8` (500 where the type begins `server.`, else 400); the types are the same",
    )
    exchange_request_bytes: int = Field(
        default=100 * 1024 * 1024,
        ge=1024,
        description="Most bytes of one request's body where the service says nothing",
    )
    exchange_silence_seconds: float = Field(
        default=30,
        gt=0,
        description="Longest silence of a provider, or of a caller that sends, where the service says nothing",
    )
    exchange_total_seconds: float = Field(
        default=600, gt=0, description="Longest an exchange may take from its first byte to its last"
    )
    exchange_breaker_failures: int = Field(
        default=5, ge=1, description="Failures in a row after which a provider is left alone for a while"
    )
    exchange_breaker_delays: tuple[float, ...] = Field(
        default=(5, 15, 60),
        min_length=1,
        description="Seconds a failing provider is left alone, longer with each probe that fails",
    )
