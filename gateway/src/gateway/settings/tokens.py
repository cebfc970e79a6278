"""What access tokens are signed with, and how long they live."""

from pydantic import Field, SecretStr
from pydantic_settings import BaseSettings


class TokenSettings(BaseSettings):
    """What access tokens are signed with, and how long they live."""

    token_issuer: str = Field(default="http://127.0.0.1:8080", description="`iss` of the access tokens made here")
    token_key: SecretStr | None = Field(
        default=None,
        description="Private key that signs access tokens, of Ed25519 (EdDSA) or P-256 (ES256): PEM, or the path of a PEM file",
    )
    token_further_keys: tuple[SecretStr, ...] = Field(
        default=(),
        description="Keys shown in the JWKS beside it, private or public: the one that will sign next, the one that signed "
        "last; JSON list of PEM texts or paths",
    )
    token_seconds: int = Field(default=900, ge=60, le=3600, description="Life of an access token")
