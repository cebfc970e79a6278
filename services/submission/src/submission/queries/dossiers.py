"""SQL of dossiers and their history: written whole, counted, one statement a function. No rule and no right lives here."""

import json
from collections.abc import Iterable
from dataclasses import asdict, dataclass
from datetime import UTC, datetime
from typing import Any

from sqlalchemy import Row, text

from chassis.database import UnitOfWork
from contracts.codes import ApplicantClass, ApplicantKind, Channel, DossierStatus
from submission.domain.dossier import Actor, ActorKind, Applicant, Dossier, FeeState, Filing
from submission.domain.lifecycle import Step

_FILE = text("""
WITH filed AS (
    INSERT INTO dossiers (
        code, status, version, procedure, procedure_version, handled_by, unit, channel, owner, applicant, applicant_class,
        quantity, form, typed_by_kind, typed_by, received_at, occurrence_is_late, due_at, fee_state)
    VALUES (
        :code, :status, :version, :procedure, :procedure_version, :handled_by, :unit, :channel, :owner,
        CAST(:applicant AS jsonb), :applicant_class, :quantity, CAST(:form AS jsonb), :actor_kind, :actor, :received_at,
        :occurrence_is_late, :due_at, :fee_state)
    RETURNING code, version, status, received_at, typed_by_kind, typed_by)
INSERT INTO history (dossier_code, version, status, at, actor_kind, actor)
SELECT code, version, status, received_at, typed_by_kind, typed_by FROM filed""")

_MOVE = text("""
WITH moved AS (
    UPDATE dossiers
    SET status = :status, version = :version, due_at = :due_at, fee_state = :fee_state, fee_amount = :fee_amount,
        clock_stopped_at = :clock_stopped_at, finished_at = :finished_at, returned_at = :returned_at,
        result_reference = :result_reference
    WHERE code = :code
    RETURNING code, version, status)
INSERT INTO history (dossier_code, version, status, at, actor_kind, actor, reason)
SELECT code, version, status, :at, :actor_kind, :actor, :reason FROM moved""")

_WITHOUT_FEE = text("UPDATE dossiers SET fee_state = :fee_state, version = :version WHERE code = :code")

_BY_CODE = "SELECT * FROM dossiers WHERE code = :code"
_FIND = text(_BY_CODE)
_LOCK = text(f"{_BY_CODE} FOR UPDATE")

_STATUS = text("SELECT status, version FROM dossiers WHERE code = :code")

_HISTORY = text(
    "SELECT version, status, at, actor_kind, actor, reason FROM history WHERE dossier_code = :code ORDER BY version"
)

_ROW = "code, status, version, procedure, unit, channel, received_at, due_at, fee_state"
_OLDER = "(received_at, code) < (:at, :code)"
_NEWEST_FIRST = "ORDER BY received_at DESC, code DESC LIMIT :limit"
_END_OF_TIME = datetime(9999, 1, 1, tzinfo=UTC)

_OF_OWNER = text(f"""
SELECT {_ROW} FROM dossiers WHERE owner = :owner AND status = ANY(CAST(:statuses AS smallint[])) AND {_OLDER}
{_NEWEST_FIRST}""")  # noqa: S608 - constants

# For every unit and status the newest rows, straight from the index, then the newest of these: the cost grows with the
# units an officer serves, never with the dossiers they have.
_OF_UNITS = text(f"""
SELECT newest.* FROM unnest(CAST(:units AS text[])) AS desk (unit)
CROSS JOIN unnest(CAST(:statuses AS smallint[])) AS wanted (status)
CROSS JOIN LATERAL (
    SELECT {_ROW} FROM dossiers
    WHERE dossiers.unit = desk.unit AND dossiers.status = wanted.status AND {_OLDER}
    {_NEWEST_FIRST}) AS newest
{_NEWEST_FIRST}""")  # noqa: S608 - constants

_UNITS = text("SELECT DISTINCT code FROM units")


@dataclass(frozen=True, slots=True)
class Summary:
    """A dossier as a list shows it: no personal data."""

    code: str
    status: DossierStatus
    version: int
    procedure: str
    unit: str
    channel: Channel
    received_at: datetime
    due_at: datetime
    fee_state: FeeState


@dataclass(frozen=True, slots=True)
class Entry:
    """One line of a dossier's history."""

    version: int
    status: DossierStatus
    at: datetime
    by: Actor
    reason: str | None


async def file(uow: UnitOfWork, dossier: Dossier) -> None:
    """A new dossier and the first line of its history."""
    filed = dossier.filed
    await uow.execute(
        _FILE,
        {
            "code": filed.code,
            "status": dossier.status,
            "version": dossier.version,
            "procedure": filed.procedure,
            "procedure_version": filed.procedure_version,
            "handled_by": filed.handled_by,
            "unit": filed.unit,
            "channel": filed.channel,
            "owner": filed.owner,
            "applicant": json.dumps(asdict(filed.applicant), ensure_ascii=False),
            "applicant_class": filed.applicant_class,
            "quantity": filed.quantity,
            "form": json.dumps(filed.form, ensure_ascii=False),
            "actor_kind": filed.typed_by.kind,
            "actor": filed.typed_by.subject,
            "received_at": filed.received_at,
            "occurrence_is_late": filed.occurrence_is_late,
            "due_at": dossier.due_at,
            "fee_state": dossier.fee_state,
        },
    )


async def move(uow: UnitOfWork, step: Step) -> None:
    """A transition: the dossier after it, and its line in the history. The row must be locked (`lock`)."""
    dossier, command = step.dossier, step.command
    await uow.execute(
        _MOVE,
        {
            "code": dossier.code,
            "status": dossier.status,
            "version": dossier.version,
            "due_at": dossier.due_at,
            "fee_state": dossier.fee_state,
            "fee_amount": dossier.fee_amount,
            "clock_stopped_at": dossier.clock_stopped_at,
            "finished_at": dossier.finished_at,
            "returned_at": dossier.returned_at,
            "result_reference": dossier.result_reference,
            "at": uow.now,
            "actor_kind": command.by.kind,
            "actor": command.by.subject,
            "reason": command.reason,
        },
    )


async def keep_without_fee(uow: UnitOfWork, dossier: Dossier) -> None:
    """That no fee is due: no transition, so no line in the history."""
    parameters = {"code": dossier.code, "fee_state": dossier.fee_state, "version": dossier.version}
    await uow.execute(_WITHOUT_FEE, parameters)


async def find(uow: UnitOfWork, code: str) -> Dossier | None:
    """The dossier of that code."""
    row = (await uow.execute(_FIND, {"code": code})).one_or_none()
    return _dossier(row) if row is not None else None


async def lock(uow: UnitOfWork, code: str) -> Dossier | None:
    """The dossier, held until this transaction ends: who comes second sees what the first one made of it."""
    row = (await uow.execute(_LOCK, {"code": code})).one_or_none()
    return _dossier(row) if row is not None else None


async def status_of(uow: UnitOfWork, code: str) -> tuple[DossierStatus, int] | None:
    """Status and version alone: what anyone may know."""
    row = (await uow.execute(_STATUS, {"code": code})).one_or_none()
    return (DossierStatus(row.status), row.version) if row is not None else None


async def history(uow: UnitOfWork, code: str) -> list[Entry]:
    """Its transitions, oldest first."""
    rows = await uow.execute(_HISTORY, {"code": code})
    return [
        Entry(row.version, DossierStatus(row.status), row.at, Actor(ActorKind(row.actor_kind), row.actor), row.reason)
        for row in rows
    ]


@dataclass(frozen=True, slots=True)
class PageWanted:
    """Which part of a list: rows older than `after` (received at, code), at most `limit` and one to tell of more."""

    limit: int
    after: tuple[datetime, str] | None = None
    status: DossierStatus | None = None

    def parameters(self) -> dict[str, Any]:
        """As the list statements take it."""
        at, code = self.after or (_END_OF_TIME, "")
        statuses = [self.status] if self.status else list(DossierStatus)
        return {"at": at, "code": code, "limit": self.limit + 1, "statuses": statuses}


async def of_owner(uow: UnitOfWork, owner: str, page: PageWanted) -> list[Summary]:
    """A citizen's own dossiers, newest first."""
    rows = await uow.execute(_OF_OWNER, page.parameters() | {"owner": owner})
    return [_summary(row) for row in rows]


async def of_units(uow: UnitOfWork, units: Iterable[str] | None, page: PageWanted) -> list[Summary]:
    """The dossiers of these units (None: of every unit), newest first."""
    if units is None:
        units = (await uow.execute(_UNITS)).scalars()
    rows = await uow.execute(_OF_UNITS, page.parameters() | {"units": list(units)})
    return [_summary(row) for row in rows]


def _summary(row: Row[Any]) -> Summary:
    return Summary(
        row.code,
        DossierStatus(row.status),
        row.version,
        row.procedure,
        row.unit,
        Channel(row.channel),
        row.received_at,
        row.due_at,
        FeeState(row.fee_state),
    )


def _dossier(row: Row[Any]) -> Dossier:
    applicant = row.applicant
    filed = Filing(
        code=row.code,
        procedure=row.procedure,
        procedure_version=row.procedure_version,
        handled_by=row.handled_by,
        unit=row.unit,
        channel=Channel(row.channel),
        owner=row.owner,
        applicant=Applicant(ApplicantKind(applicant["kind"]), applicant["full_name"], applicant["personal_id"]),
        applicant_class=ApplicantClass(row.applicant_class),
        quantity=row.quantity,
        form=row.form,
        typed_by=Actor(ActorKind(row.typed_by_kind), row.typed_by),
        received_at=row.received_at,
        occurrence_is_late=row.occurrence_is_late,
    )
    return Dossier(
        filed,
        DossierStatus(row.status),
        row.version,
        row.due_at,
        fee_state=FeeState(row.fee_state),
        fee_amount=row.fee_amount,
        clock_stopped_at=row.clock_stopped_at,
        finished_at=row.finished_at,
        returned_at=row.returned_at,
        result_reference=row.result_reference,
    )
