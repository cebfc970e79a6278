"""What is asked of and answered about subsystems' credentials. Shapes only."""

from datetime import datetime
from typing import Annotated, Any, Self

from pydantic import AwareDatetime, ConfigDict, Field, JsonValue, model_validator

from chassis.text import CleanText
from gateway.api.models.shape import Model
from gateway.domain.credentials import Credential, Kind, Standing

_ID = "01927f5e-0000-7000-8000-000000000001"
_CREDENTIAL: dict[str, Any] = {
    "id": _ID,
    "client": "g15-civil-status",
    "kind": "jwk",
    "name": "2026-q4",
    "keyId": "kPrK_qmxVWaYVA9wwBF6Iuo3vVzz7TxHCTwXBygrS4k",
    "standing": "valid",
    "validFrom": "2026-10-12T03:00:00Z",
    "createdAt": "2026-10-12T03:00:00Z",
}
_CLIENT_PATTERN = r"^[A-Za-z0-9._~-]{1,100}$"
ClientId = Annotated[str, Field(pattern=_CLIENT_PATTERN, description="Client id of a subsystem; without it one's own")]
# A certificate counts from the year it was made, and a clock beyond these years is a mistake.
_EARLIEST, _LATEST = "2000-01-01T00:00:00Z", "2200-01-01T00:00:00Z"
Moment = Annotated[
    AwareDatetime,
    Field(ge=datetime.fromisoformat(_EARLIEST), le=datetime.fromisoformat(_LATEST), description="RFC 3339"),
]


class _New(Model):
    """What all new credentials may say."""

    client: ClientId | None = None
    name: Annotated[CleanText, Field(max_length=100)] = Field(default="", description="The owner's own name for it")
    valid_from: Moment | None = Field(default=None, description="Without it, from now on")
    valid_to: Moment | None = Field(default=None, description="Without it, until it is revoked")

    @model_validator(mode="after")
    def _in_order(self) -> Self:
        if self.valid_from is not None and self.valid_to is not None and self.valid_to <= self.valid_from:
            raise ValueError("validTo must be after validFrom / validTo phải sau validFrom")
        return self


class NewPublicKey(_New):
    """A public key or a certificate to be added: exactly one of them."""

    model_config = ConfigDict(
        extra="forbid",
        json_schema_extra={
            "examples": [
                {
                    "name": "2026-q4",
                    "jwk": {"kty": "OKP", "crv": "Ed25519", "x": "11qYAYKxCrfVS_7TyWQHOg7hcvPapiMlrwIaaPcHURo"},
                }
            ]
        },
    )

    jwk: dict[Annotated[str, Field(max_length=20)], JsonValue] | None = Field(
        default=None, max_length=20, description="Public key (RFC 7517) of Ed25519 or P-256, for private_key_jwt"
    )
    certificate: str | None = Field(
        default=None, max_length=20_000, description="Client certificate in PEM, or its SHA-256 thumbprint in base64url"
    )

    @model_validator(mode="after")
    def _one(self) -> Self:
        if (self.jwk is None) is (self.certificate is None):
            raise ValueError("give either jwk or certificate / chỉ gửi một trong hai: jwk hoặc certificate")
        return self


class NewSecret(_New):
    """A secret to be made: a client secret for OAuth 2.0, or an AccessKey with its SecretKey."""

    model_config = ConfigDict(extra="forbid", json_schema_extra={"examples": [{"name": "2026-q4"}]})

    access_key: bool = Field(default=False, description="True: an AccessKey and its SecretKey, for /lgsp/v1/token")


class CredentialView(Model):
    """A credential. A secret's hash is never shown."""

    model_config = ConfigDict(json_schema_extra={"examples": [_CREDENTIAL]})

    id: str
    client: str
    kind: Kind
    name: str = Field(description="Of an access key: the AccessKey")
    key_id: str | None = Field(
        default=None, description="Thumbprint of a key (RFC 7638) or of a certificate (x5t#S256)"
    )
    standing: Standing
    valid_from: datetime
    valid_to: datetime | None = None
    created_at: datetime
    revoked_at: datetime | None = None

    @classmethod
    def of(cls, credential: Credential, now: datetime) -> Self:
        """As it stands now."""
        return cls(
            id=str(credential.id),
            client=credential.client_id,
            kind=credential.kind,
            name=credential.name,
            key_id=credential.key_id,
            standing=credential.standing(now),
            valid_from=credential.valid_from,
            valid_to=credential.valid_to,
            created_at=credential.created_at,
            revoked_at=credential.revoked_at,
        )


class SecretView(CredentialView):
    """A new secret with what it is. `secret` is in this answer only, and in no repetition of it."""

    model_config = ConfigDict(
        json_schema_extra={
            "examples": [
                {key: value for key, value in _CREDENTIAL.items() if key != "keyId"}
                | {"kind": "secret", "secret": "kH3…"}
            ]
        }
    )

    secret: str | None = None
