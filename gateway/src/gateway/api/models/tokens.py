"""What is asked of the places where tokens are given out, and what they answer. Shapes only."""

from typing import Annotated

from pydantic import BaseModel, ConfigDict, Field

Word = Annotated[str, Field(min_length=1, max_length=200, pattern=r"^[\x21-\x7e]+$")]
"""What keys and codes are written with: visible ASCII."""


class TokenView(BaseModel):
    """An access token (RFC 6749 §5.1). Names as the RFC has them."""

    model_config = ConfigDict(
        json_schema_extra={
            "examples": [
                {
                    "access_token": "eyJhbGciOiJFZERTQSJ9…",
                    "token_type": "Bearer",
                    "expires_in": 900,
                    "scope": "submission:read",
                }
            ]
        }
    )

    access_token: str
    token_type: str = "Bearer"  # noqa: S105 - a kind of token, not one
    expires_in: int
    scope: str


class TokenRefusal(BaseModel):
    """Why there is no token (RFC 6749 §5.2)."""

    model_config = ConfigDict(
        json_schema_extra={
            "examples": [{"error": "invalid_scope", "error_description": "The client was not granted this scope"}]
        }
    )

    error: str
    error_description: str


class TokenStateView(BaseModel):
    """Whether a token counts (RFC 7662 §2.2). Where it does not, that is all that is said."""

    model_config = ConfigDict(
        json_schema_extra={
            "examples": [
                {
                    "active": True,
                    "token_type": "Bearer",
                    "client_id": "g15-civil-status",
                    "agency": "G15",
                    "subsystem": "VN/GOV/G15/civil-status",
                    "scope": "submission:read",
                    "exp": 1791774900,
                }
            ]
        }
    )

    active: bool
    token_type: str | None = None
    client_id: str | None = None
    agency: str | None = None
    subsystem: str | None = None
    scope: str | None = None
    iss: str | None = None
    sub: str | None = None
    aud: str | None = None
    iat: int | None = None
    exp: int | None = None
    jti: str | None = None
    cnf: dict[str, str] | None = None


class LgspCredentials(BaseModel):
    """What a city LGSP issues to a connected system. Names as that contract has them."""

    model_config = ConfigDict(
        extra="forbid",
        json_schema_extra={
            "examples": [
                {
                    "AppName": "g15-civil-status",
                    "AccessKey": "6f0c8a41d29b7e53a1f4c2d8",
                    "SecretKey": "kH3w0tYp1c6m",
                    "PartnerCode": "G15",
                }
            ]
        },
    )

    app_name: Word = Field(alias="AppName", description="The subsystem's client id")
    access_key: Word = Field(alias="AccessKey")
    secret_key: Word = Field(alias="SecretKey")
    partner_code: Word = Field(alias="PartnerCode", description="Code of its agency, in either notation")
