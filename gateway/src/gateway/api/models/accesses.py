"""What a person is shown of who saw their data. Shapes only."""

from datetime import datetime
from typing import Self
from uuid import UUID

from pydantic import ConfigDict, Field

from gateway.api.models.shape import Model
from gateway.queries.accesses import SeenAccess


class DataAccessView(Model):
    """One time that another agency's system asked for the caller's data through the city's exchange."""

    model_config = ConfigDict(
        json_schema_extra={
            "examples": [
                {
                    "at": "2026-10-12T03:10:00Z",
                    "by": "VN/GOV/G15/hotich",
                    "userId": "officer-7",
                    "service": "VN/GOV/H26/lienthong/civil-records",
                    "dossier": "H26-20261012-0000042",
                    "legalBasis": "NĐ 278/2025",
                    "fields": ["fullName", "dateOfBirth"],
                    "requestId": "01927f5e-0000-7000-8000-0000000000aa",
                }
            ]
        }
    )

    at: datetime
    by: str = Field(description="The information system that asked, as X-Road names it")
    user_id: str | None = Field(default=None, description="The person who used it, by that system's word")
    service: str = Field(description="What was asked")
    dossier: str = Field(description="The dossier that was given as the reason")
    legal_basis: str = Field(description="The law that the right to ask was granted by")
    fields: list[str] | None = Field(default=None, description="What was shown; absent: all that the service shows")
    request_id: UUID = Field(description="Of the exchange in the message log")

    @classmethod
    def of(cls, access: SeenAccess) -> Self:
        """The view of a row."""
        return cls(
            at=access.at, by=access.client, user_id=access.user_id, service=access.service, dossier=access.dossier,
            legal_basis=access.legal_basis, fields=list(access.fields) if access.fields is not None else None,
            request_id=access.request_id,
        )  # fmt: skip
