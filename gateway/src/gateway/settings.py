"""Settings of the gateway beyond those every service has."""

from pathlib import Path

from pydantic import Field, SecretStr

from chassis.service import Runtime
from chassis.settings import Settings


class GatewaySettings(Settings):
    """The LGSP's own: what it signs with, whom it routes to, who may ask it for tokens, where the ministry is."""

    upstreams: dict[str, str] = Field(
        default_factory=dict,
        description="Service → base URL of its API, as JSON; requests under /api/<service> go there",
    )
    upstream_timeout_seconds: float = Field(
        default=30, gt=0, description="Longest silence of a service before the caller gets 504"
    )
    ledger_origin: str = Field(default="lienthong.hanoi/ledger", description="Name of this ledger in its checkpoints")
    ledger_key: SecretStr | None = Field(
        default=None, description="Ed25519 private key that signs checkpoints: PEM, or the path of a PEM file"
    )
    checkpoint_seconds: float = Field(default=1.0, gt=0, description="How often a grown ledger gets a new checkpoint")
    event_bytes: int = Field(default=1_048_576, description="Largest event the router takes, in bytes")
    token_issuer: str = Field(default="http://127.0.0.1:8080", description="`iss` of the access tokens made here")
    token_key: SecretStr | None = Field(
        default=None, description="Ed25519 private key that signs access tokens: PEM, or the path of a PEM file"
    )
    token_seconds: int = Field(default=900, ge=60, le=3600, description="Life of an access token")
    clients_file: Path | None = Field(
        default=None,
        description="Agencies' clients (JSON): id, secret hash, agency, scopes; see `lienthong gateway client`",
    )
    moj_url: str | None = Field(default=None, description="Base URL of the Ministry of Justice's civil-status software")
    moj_token: SecretStr | None = Field(default=None, description="Credential for the Ministry's software")
    moj_token_header: str = Field(default="X-Api-Token", description="Header that carries the Ministry's credential")
    moj_push_path: str = Field(default="/push", description="Where the Ministry takes dossiers, below `moj_url`")
    moj_poll_path: str = Field(default="/poll", description="Where the Ministry tells their state, below `moj_url`")
    moj_agency: str = Field(default="H26", description="maDonVi: who the Ministry is told sends the dossiers")
    moj_province: str = Field(default="01", description="maTinh: the province the dossiers belong to")
    moj_batch: int = Field(default=100, ge=1, le=1000, description="Dossiers asked after in one poll")
    moj_parallel: int = Field(default=8, ge=1, le=64, description="Dossiers pushed at the same time")
    moj_timeout_seconds: float = Field(default=10, gt=0, description="Longest wait for one answer of the Ministry")
    moj_poll_seconds: float = Field(default=30, gt=0, description="Pause between polls for a result")
    moj_retry_delays: tuple[float, ...] = Field(
        default=(1, 5, 30, 120, 600),
        description="Seconds between attempts while the Ministry is away; the last is repeated for as long as it takes",
    )


def settings_of(runtime: Runtime) -> GatewaySettings:
    """The settings of a gateway's runtime."""
    settings = runtime.settings
    if not isinstance(settings, GatewaySettings):
        raise TypeError("not the gateway's runtime")
    return settings
