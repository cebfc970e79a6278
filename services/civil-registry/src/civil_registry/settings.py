"""What the civil registry needs to know of its installation, besides what every service does."""

from pathlib import Path
from typing import Annotated

from pydantic import Field, SecretStr, StringConstraints

from chassis.settings import Settings

UnitYear = Annotated[str, StringConstraints(pattern=r"^[0-9]{5}/[0-9]{4}$")]


class CivilRegistrySettings(Settings):
    """Settings of the civil registry (hộ tịch)."""

    record_signing_key: SecretStr | None = Field(
        default=None, description="Ed25519 private key that signs records, as PEM (PKCS #8); or give its file"
    )
    record_signing_key_file: Path | None = Field(
        default=None, description="File that holds the Ed25519 private key as PEM, e.g. a mounted secret"
    )
    retired_record_keys: tuple[Path, ...] = Field(
        default=(), description="PEM files of public keys that signed earlier: what they signed stays genuine"
    )
    number_starts: dict[UnitYear, Annotated[int, Field(ge=1)]] = Field(
        default_factory=dict,
        description='First book number by "unit/year" where the office begins in mid-book, e.g. {"00004/2026": 45}',
    )
    volume_size: int | None = Field(
        default=None, ge=1, description="Records to a volume of the book; absent: one volume a year"
    )
    issuing_offices: dict[str, str] = Field(
        default_factory=dict,
        description="Name of the issuing office by unit code, where it is not Ủy ban nhân dân and the unit's name",
    )
