"""Settings every service shares, read from the environment (prefix LIENTHONG_). Each field says what it is for."""

from pathlib import Path
from typing import Literal

from pydantic import Field, SecretStr
from pydantic_settings import BaseSettings, SettingsConfigDict


class Settings(BaseSettings):
    """A service adds its own fields in its settings.py; `docs/settings.md` is made from the descriptions."""

    model_config = SettingsConfigDict(env_prefix="LIENTHONG_", extra="ignore", frozen=True)

    database_url: SecretStr = Field(
        default=SecretStr("postgresql+asyncpg:///lienthong"),
        description="SQLAlchemy URL of this service's own database",
    )
    database_pool_size: int = Field(
        default=10, ge=3, description="Database connections kept by one process; a worker's pump holds one for itself"
    )
    database_wait_seconds: float = Field(
        default=5, gt=0, description="Longest wait for a free connection before a request is answered 503"
    )
    statement_seconds: int = Field(
        default=30,
        ge=1,
        description="Longest a statement may run, or a transaction stand idle, before PostgreSQL ends it",
    )
    amqp_url: SecretStr | None = Field(
        default=None, description="RabbitMQ, as this service's own broker user; absent only in the all-in-one process"
    )
    issuers: dict[str, str] = Field(
        default_factory=dict,
        description="Token issuers trusted here: JSON object of issuer → JWKS (an https/http URL, or a file path)",
    )
    issuer_kinds: dict[str, tuple[Literal["citizen", "officer", "agency"], ...]] = Field(
        default_factory=dict,
        description="Which kinds of caller an issuer may speak for: JSON object of issuer → list of citizen, officer, agency; "
        "an issuer that is not in it may speak for all",
    )
    audience: str = Field(default="lienthong", description="`aud` that bearer tokens must carry")
    public_url: str = Field(
        default="http://127.0.0.1:8080", description="Public origin, as citizens and QR codes see it"
    )
    request_bytes: int = Field(
        default=1024 * 1024, ge=1024, description="Most bytes of one request's body; more is refused with 413"
    )
    trusted_proxies: str = Field(
        default="",
        description="Addresses (comma-separated, or *) of what stands in front of this process and whose X-Forwarded-* is "
        "believed: the gateway for a service, a TLS proxy for the gateway",
    )
    proxy_sends_certificate: bool = Field(
        default=False,
        description="Whether a trusted proxy ends TLS and says in `Client-Cert` (RFC 9440) which certificate the client has; "
        "else that header is dropped, as it is from everyone who is not a trusted proxy",
    )
    relay_batch: int = Field(default=500, ge=1, le=5000, description="Outbox rows published in one go")
    poll_seconds: float = Field(default=1.0, gt=0, description="How often the outbox is looked at when nobody wakes it")
    retry_delays: tuple[float, ...] = Field(
        default=(1, 5, 30, 120, 600, 1800, 3600),
        description="Seconds between attempts at an event that failed; after the last one it is parked",
    )
    inbox_days: int = Field(default=90, ge=1, description="Days a handled event's id is remembered")
    idempotency_hours: int = Field(default=24, ge=1, description="Hours an Idempotency-Key keeps its answer")
    otlp_endpoint: str | None = Field(default=None, description="OTLP/HTTP endpoint for traces; absent: not exported")
    trace_ratio: float = Field(default=1.0, ge=0, le=1, description="Share of traces recorded when exporting")
    log_level: str = Field(default="INFO", description="Lowest level written to the log")
    data_dir: Path = Field(default=Path(".sandbox"), description="Where this process keeps files of its own")
