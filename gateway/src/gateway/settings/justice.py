"""Where the Ministry of Justice's civil-status software is, and how it is spoken with."""

from pydantic import Field, SecretStr
from pydantic_settings import BaseSettings


class JusticeSettings(BaseSettings):
    """Where the Ministry of Justice's civil-status software is, and how it is spoken with."""

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
