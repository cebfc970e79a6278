"""Changes of dossiers as agencies pull them. No personal data; values only."""

from typing import Any, Self

from pydantic import AwareDatetime, ConfigDict, Field
from sqlalchemy import Row

from contracts.codes import Channel, DossierStatus
from submission.api.models.dossiers import SUMMARY_EXAMPLE
from submission.api.models.wire import StatusView, Wire
from submission.domain.dossier import FeeState

_LINE: dict[str, Any] = SUMMARY_EXAMPLE | {"changedAt": "2026-10-12T02:55:00.012345Z"}


class ChangedDossier(Wire):
    """A dossier as it stands after its last change."""

    model_config = ConfigDict(json_schema_extra={"example": _LINE})

    code: str
    status: StatusView
    version: int
    procedure: str
    case: str | None = None
    unit: str
    channel: Channel
    received_at: AwareDatetime
    due_at: AwareDatetime
    finished_at: AwareDatetime | None = None
    returned_at: AwareDatetime | None = None
    fee_state: FeeState
    changed_at: AwareDatetime

    @classmethod
    def of(cls, row: Row[Any]) -> Self:
        """A row of the list."""
        return cls(
            code=row.code,
            status=StatusView.of(DossierStatus(row.status)),
            version=row.version,
            procedure=row.procedure,
            case=row.case_code,
            unit=row.unit,
            channel=Channel(row.channel),
            received_at=row.received_at,
            due_at=row.due_at,
            finished_at=row.finished_at,
            returned_at=row.returned_at,
            fee_state=FeeState(row.fee_state),
            changed_at=row.changed_at,
        )


class ChangesPage(Wire):
    """Changes in their order. Keep `nextCursor` and ask with it again: at once while there is `more`, else when you like."""

    model_config = ConfigDict(
        json_schema_extra={"example": {"items": [_LINE], "nextCursor": "WyIyMDI2LTEwLTEyVDAy…", "more": False}}
    )

    items: list[ChangedDossier]
    next_cursor: str = Field(description="Always there: it is the place reached, also where nothing was found")
    more: bool
