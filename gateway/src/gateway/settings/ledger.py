"""What the event ledger is signed with, and what the router takes."""

from pydantic import Field, SecretStr
from pydantic_settings import BaseSettings


class LedgerSettings(BaseSettings):
    """What the event ledger is signed with, and what the router takes."""

    ledger_origin: str = Field(default="lienthong.hanoi/ledger", description="Name of this ledger in its checkpoints")
    ledger_key: SecretStr | None = Field(
        default=None, description="Ed25519 private key that signs checkpoints: PEM, or the path of a PEM file"
    )
    checkpoint_seconds: float = Field(default=1.0, gt=0, description="How often a grown ledger gets a new checkpoint")
    event_bytes: int = Field(default=1_048_576, description="Largest event the router takes, in bytes")
    events_in_batch: int = Field(
        default=100, ge=1, le=1000, description="Most events an agency publishes in one request"
    )
    events_ahead_seconds: int = Field(
        default=300, ge=0, description="How far the time of an agency's event may lie ahead of this machine's clock"
    )
    events_behind_hours: int = Field(
        default=168, ge=1, description="How far back it may lie: beyond, an event counts as replayed and is refused"
    )
