"""How operators sign in to the console."""

from pydantic import Field, SecretStr
from pydantic_settings import BaseSettings


class ConsoleSettings(BaseSettings):
    """How operators sign in to the console."""

    console_issuer: str | None = Field(
        default=None, description="OIDC issuer that operators sign in at; absent: the console is closed"
    )
    console_issuer_url: str | None = Field(
        default=None,
        description="Where this process reaches that issuer, if not at its public address (inside a deployment's network)",
    )
    console_client_id: str = Field(
        default="lienthong-console", description="The console's client id at its issuer; `aud` of its ID tokens"
    )
    console_client_secret: SecretStr | None = Field(
        default=None, description="The console's client secret at its issuer; absent: a public client, by PKCE alone"
    )
    console_acr: str | None = Field(
        default=None,
        description="Authentication class asked of the issuer and demanded in the ID token (`acr`), e.g. the issuer's name"
        " for multi-factor sign-in, which level 3 demands of administrators",
    )
    console_idle_seconds: int = Field(
        default=300,
        ge=30,
        le=900,
        description="Idle time after which an operator's session is locked: 5 minutes for administrators at security level"
        " 3 (TCVN 11930, 14423:2026)",
    )
    console_session_seconds: int = Field(
        default=8 * 3600, ge=300, le=24 * 3600, description="Longest life of an operator's session, idle or not"
    )
    console_refresh_seconds: int = Field(
        default=5, ge=2, le=300, description="How often the console's live parts are read anew"
    )
