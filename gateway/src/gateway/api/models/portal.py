"""What the API shows of the synchronisation with the national portal and EMC. Nothing in it speaks of a person."""

from datetime import date, datetime
from typing import Any
from uuid import UUID

from pydantic import ConfigDict, Field
from sqlalchemy import Row

from contracts.codes import DossierStatus
from gateway.api.models.shape import Model
from gateway.domain.feed import Kind
from gateway.domain.portal import State

_RUN: dict[str, Any] = {
    "id": "01927f5e-0000-7000-8000-0000000000d1",
    "askedBy": "daily",
    "since": "2026-10-05T17:00:00Z",
    "state": "DONE",
    "asked": 1840,
    "missing": 2,
    "stale": 1,
    "mended": 3,
    "failed": 0,
    "startedAt": "2026-10-12T17:00:01Z",
    "finishedAt": "2026-10-12T17:00:09Z",
}


class PortalSummary(Model):
    """How far the portal is behind. `lagSeconds`: how long the dossier that waits longest has waited; absent: none waits.

    `partial`: dossiers whose submission was not heard, so that they cannot be told.
    """

    model_config = ConfigDict(
        json_schema_extra={"example": {"changed": 12, "refused": 0, "partial": 0, "lagSeconds": 4}}
    )

    changed: int
    refused: int
    partial: int
    lag_seconds: int | None = None


class PortalDossierView(Model):
    """How one dossier stands with the portal. `error`: why the last attempt failed, in the portal's words or ours."""

    model_config = ConfigDict(
        json_schema_extra={
            "example": {
                "dossierCode": "H26-20261012-0000042",
                "status": 2,
                "state": "CHANGED",
                "attempts": 3,
                "movedAt": "2026-10-12T03:00:00Z",
                "waitingSince": "2026-10-12T03:00:01Z",
                "lagSeconds": 152,
                "nextAttemptAt": "2026-10-12T03:02:01Z",
                "error": "ConnectError",
            }
        }
    )

    dossier_code: str
    status: DossierStatus | None = None
    state: State
    attempts: int
    moved_at: datetime
    synced_at: datetime | None = None
    waiting_since: datetime | None = None
    lag_seconds: int | None = None
    next_attempt_at: datetime | None = None
    error: str | None = None

    @classmethod
    def of(cls, row: Row[Any]) -> "PortalDossierView":
        """As shown."""
        lag = None if row.waiting_since is None else int((row.machine_now - row.waiting_since).total_seconds())
        return cls(
            dossier_code=row.dossier_code,
            status=None if row.status is None else DossierStatus(row.status),
            state=State(row.state),
            attempts=row.attempts,
            moved_at=row.happened_at,
            synced_at=row.synced_at,
            waiting_since=row.waiting_since,
            lag_seconds=lag,
            next_attempt_at=row.next_attempt_at,
            error=row.last_error,
        )


class ReconciliationWanted(Model):
    """Đối soát: dossiers that moved since the beginning of that Hanoi day are looked up; absent: as the daily one does."""

    model_config = ConfigDict(json_schema_extra={"example": {"since": "2026-10-01"}})

    since: date | None = Field(default=None, ge=date(2000, 1, 1), le=date(9000, 1, 1))


class ReconciliationView(Model):
    """One reconciliation: how many were asked after, what the portal lacked or had otherwise, and what came of it.

    `failed` of those are still told again by themselves.
    """

    model_config = ConfigDict(from_attributes=True, json_schema_extra={"example": _RUN})

    id: UUID
    asked_by: str
    since: datetime
    state: str
    asked: int
    missing: int
    stale: int
    mended: int
    failed: int
    started_at: datetime
    finished_at: datetime | None = None
    error: str | None = None

    @classmethod
    def of(cls, row: Row[Any]) -> "ReconciliationView":
        """As shown."""
        return cls.model_validate(row).model_copy(update={"error": row.last_error})


class FeedView(Model):
    """What EMC was told of a day or quarter. `correction`: how often the figures were sent again since they had changed."""

    model_config = ConfigDict(
        from_attributes=True,
        json_schema_extra={
            "example": {
                "kind": "usage",
                "firstDay": "2026-10-11",
                "lastDay": "2026-10-11",
                "correction": 0,
                "digest": "9f86d081884c7d659a2feaa0c55ad015a3bf4f1b2b0b822cd15d6c15b0f00a08",
                "sentAt": "2026-10-11T17:00:31Z",
                "attempts": 0,
                "nextAttemptAt": "2026-10-11T23:00:31Z",
            }
        },
    )

    kind: Kind
    first_day: date
    last_day: date
    correction: int
    digest: str | None = None
    sent_at: datetime | None = None
    attempts: int
    next_attempt_at: datetime
    error: str | None = None

    @classmethod
    def of(cls, row: Row[Any]) -> "FeedView":
        """As shown."""
        return cls.model_validate(row).model_copy(update={"error": row.last_error})
