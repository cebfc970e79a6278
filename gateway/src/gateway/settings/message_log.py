"""What the message log signs with and keeps, where archives go, and which witnesses see the ledger."""

from pathlib import Path

from pydantic import Field, SecretStr
from pydantic_settings import BaseSettings


class MessageLogSettings(BaseSettings):
    """What the message log signs with and keeps, where archives go, and which witnesses see the ledger."""

    exchange_key: SecretStr | None = Field(
        default=None,
        description="Ed25519 private key that signs each exchange: PEM, or the path of a PEM file."
        " Without it every exchange that must be logged is refused",
    )
    message_log_batch: int = Field(default=256, ge=1, le=5000, description="Most records committed in one transaction")
    message_log_wait_seconds: float = Field(
        default=10, gt=0, description="Longest wait for the database before exchanges are refused for want of a log"
    )
    message_log_body_bytes: int = Field(
        default=10_485_760, ge=0, description="Largest body kept whole; of a larger one only its hash is kept"
    )
    message_log_memory_bytes: int = Field(
        default=33_554_432, ge=65_536, description="Bodies that may wait in memory to be committed, in bytes"
    )
    exchange_unfinished_minutes: int = Field(
        default=15, ge=1, description="After how long an exchange without an end is recorded as unfinished"
    )
    archive_folder: Path | None = Field(
        default=None, description="Where the archive of each day goes; without it nothing is archived or deleted"
    )
    archive_body_days: int = Field(
        default=90, ge=1, description="Days that bodies stay in the database after the archive of their day was written"
    )
    witnesses: dict[str, str] = Field(
        default_factory=dict,
        description="Witnesses of the ledger, as JSON: vkey (type 0x04) → base URL of its API,"
        " or an empty text for one that sends cosignatures itself",
    )
    witness_seconds: float = Field(
        default=10, gt=0, description="Pause between offers of a new checkpoint to witnesses"
    )
    witness_timeout_seconds: float = Field(default=10, gt=0, description="Longest wait for a witness's answer")
