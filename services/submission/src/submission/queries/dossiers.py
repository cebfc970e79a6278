"""SQL of dossiers and their history: written whole, counted, one statement a function. No rule and no right lives here."""

import json
from collections.abc import Iterable, Mapping
from dataclasses import asdict, dataclass
from datetime import UTC, datetime
from typing import Any

from sqlalchemy import Row, text

from chassis.database import UnitOfWork
from contracts.codes import ApplicantClass, ApplicantKind, Channel, DossierStatus
from submission.domain.commands import RequestSupplement
from submission.domain.dossier import (
    Actor,
    ActorKind,
    Applicant,
    Contact,
    Delivery,
    Dossier,
    FeeState,
    Filing,
    Outcome,
    Paper,
    Representative,
    ResultDelivery,
)
from submission.domain.lifecycle import Step
from submission.domain.search import search_tokens
from submission.queries.copies import units_of

_FILE = text("""
WITH filed AS (
    INSERT INTO dossiers (
        code, status, version, procedure, procedure_version, handled_by, unit, channel, owner, applicant, applicant_class,
        quantity, form, typed_by_kind, typed_by, received_at, occurrence_is_late, due_at, fee_state, tracking_secret,
        case_code, pages, representative, contact, delivery, identity_level, check_from)
    VALUES (
        :code, :status, :version, :procedure, :procedure_version, :handled_by, :unit, :channel, :owner,
        CAST(:applicant AS jsonb), :applicant_class, :quantity, CAST(:form AS jsonb), :actor_kind, :actor, :received_at,
        :occurrence_is_late, :due_at, :fee_state, :tracking_secret, :case_code, :pages, CAST(:representative AS jsonb),
        CAST(:contact AS jsonb), CAST(:delivery AS jsonb), :identity_level, :check_from)
    RETURNING code, version, status, received_at, typed_by_kind, typed_by, due_at),
findable AS (
    INSERT INTO dossier_search (code, received_at, tokens)
    VALUES (:code, :received_at, array_to_tsvector(CAST(:tokens AS text[]))))
INSERT INTO history (dossier_code, version, status, at, actor_kind, actor, paper, due_at)
SELECT code, version, status, received_at, typed_by_kind, typed_by, :paper, due_at FROM filed""")

_MOVE = text("""
WITH moved AS (
    UPDATE dossiers
    SET status = :status, version = :version, due_at = :due_at, fee_state = :fee_state, fee_amount = :fee_amount,
        clock_stopped_at = :clock_stopped_at, finished_at = :finished_at, returned_at = :returned_at,
        result_reference = :result_reference, results = CAST(:results AS text[]), resumes_to = :resumes_to,
        supplement_by = :supplement_by, supplement_requests = :supplement_requests, extended_at = :extended_at,
        verified_at = :verified_at, claimed_by = :claimed_by, children = :children, outcomes = CAST(:outcomes AS jsonb),
        check_from = :check_from,
        -- What is due at another time, or to be checked anew, is looked at anew.
        alerted = CASE WHEN due_at = :due_at THEN alerted ELSE 0 END,
        check_alerted = check_alerted AND check_from IS NOT DISTINCT FROM :check_from,
        changed_at = clock_timestamp()
    WHERE code = :code
    RETURNING code, version, status, due_at, clock_stopped_at, supplement_by)
INSERT INTO history (
    dossier_code, version, status, at, actor_kind, actor, reason, paper, due_at, clock_stopped, components, supplement_by)
SELECT code, version, status, :at, :actor_kind, :actor, :reason, :paper, due_at, clock_stopped_at IS NOT NULL,
    CAST(:components AS text[]), supplement_by
FROM moved""")

_MEND_FORM = text("""
UPDATE dossiers SET form = CAST(:form AS jsonb), occurrence_is_late = :occurrence_is_late WHERE code = :code""")

_KEEP_FEE = text("""
UPDATE dossiers SET fee_state = :fee_state, version = :version, changed_at = clock_timestamp() WHERE code = :code""")

_KEEP_OUTCOMES = text("""
UPDATE dossiers
SET outcomes = CAST(:outcomes AS jsonb), results = CAST(:results AS text[]), result_reference = :result_reference,
    version = :version, changed_at = clock_timestamp()
WHERE code = :code""")

_BY_CODE = "SELECT * FROM dossiers WHERE code = :code"
_FIND = text(_BY_CODE)
_LOCK = text(f"{_BY_CODE} FOR UPDATE")

_STATUS = text("SELECT status, version FROM dossiers WHERE code = :code")

_ENTRY = "version, status, at, actor_kind, actor, reason, paper, due_at, clock_stopped, components"
_HISTORY = text(f"SELECT {_ENTRY} FROM history WHERE dossier_code = :code ORDER BY version")  # noqa: S608 - constants
_LAST_STEP = text(f"SELECT {_ENTRY} FROM history WHERE dossier_code = :code ORDER BY version DESC LIMIT 1")  # noqa: S608 - constants

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
    """One line of a dossier's history: a step, why, and what it gave.

    `paper`: number of the paper (giấy) given to the applicant. `due_at`: the due time after it; `clock_stopped`: whether
    the clock stood after it. `components`: codes of the papers asked for, where a supplement was.
    """

    version: int
    status: DossierStatus
    at: datetime
    by: Actor
    reason: str | None
    paper: Paper | None = None
    due_at: datetime | None = None
    clock_stopped: bool = False
    components: tuple[str, ...] = ()


async def file(uow: UnitOfWork, dossier: Dossier) -> None:
    """A new dossier and the first line of its history, which gives its receipt."""
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
            "applicant": _json(filed.applicant),
            "applicant_class": filed.applicant_class,
            "quantity": filed.quantity,
            "form": json.dumps(filed.form, ensure_ascii=False),
            "actor_kind": filed.typed_by.kind,
            "actor": filed.typed_by.subject,
            "received_at": filed.received_at,
            "occurrence_is_late": filed.occurrence_is_late,
            "due_at": dossier.due_at,
            "fee_state": dossier.fee_state,
            "tracking_secret": filed.tracking_secret,
            "case_code": filed.case,
            "pages": filed.pages,
            "representative": _json(filed.representative),
            "contact": _json(filed.contact),
            "delivery": _json(filed.delivery),
            "identity_level": filed.identity_level,
            "check_from": dossier.check_from,
            "paper": Paper.RECEIPT,
            "tokens": search_tokens(filed),
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
            "results": list(dossier.results),
            "resumes_to": dossier.resumes_to,
            "supplement_by": dossier.supplement_by,
            "supplement_requests": dossier.supplement_requests,
            "extended_at": dossier.extended_at,
            "verified_at": dossier.verified_at,
            "claimed_by": dossier.claimed_by,
            "children": dossier.children,
            "outcomes": _outcomes(dossier),
            "check_from": dossier.check_from,
            "at": uow.now,
            "actor_kind": command.by.kind,
            "actor": command.by.subject,
            "reason": command.reason,
            "paper": step.paper,
            "components": list(command.components) if isinstance(command, RequestSupplement) else [],
        },
    )


async def mend_form(uow: UnitOfWork, code: str, form: Mapping[str, Any], *, occurrence_is_late: bool) -> None:
    """The form that a supplement puts in the place of the one filed."""
    mended = json.dumps(form, ensure_ascii=False)
    await uow.execute(_MEND_FORM, {"code": code, "form": mended, "occurrence_is_late": occurrence_is_late})


async def keep_fee(uow: UnitOfWork, dossier: Dossier) -> None:
    """Where it stands with its fee, where that is no transition: no line in the history."""
    parameters = {"code": dossier.code, "fee_state": dossier.fee_state, "version": dossier.version}
    await uow.execute(_KEEP_FEE, parameters)


async def keep_outcomes(uow: UnitOfWork, dossier: Dossier) -> None:
    """What became of one of several children, where others are not decided yet: no transition."""
    parameters = {
        "code": dossier.code,
        "version": dossier.version,
        "outcomes": _outcomes(dossier),
        "results": list(dossier.results),
        "result_reference": dossier.result_reference,
    }
    await uow.execute(_KEEP_OUTCOMES, parameters)


async def find(uow: UnitOfWork, code: str) -> Dossier | None:
    """The dossier of that code."""
    row = (await uow.execute(_FIND, {"code": code})).one_or_none()
    return dossier_of(row) if row is not None else None


async def lock(uow: UnitOfWork, code: str) -> Dossier | None:
    """The dossier, held until this transaction ends: who comes second sees what the first one made of it."""
    row = (await uow.execute(_LOCK, {"code": code})).one_or_none()
    return dossier_of(row) if row is not None else None


async def status_of(uow: UnitOfWork, code: str) -> tuple[DossierStatus, int] | None:
    """Status and version alone: what anyone may know."""
    row = (await uow.execute(_STATUS, {"code": code})).one_or_none()
    return (DossierStatus(row.status), row.version) if row is not None else None


async def history(uow: UnitOfWork, code: str) -> list[Entry]:
    """Its transitions, oldest first."""
    return [_entry(row) for row in await uow.execute(_HISTORY, {"code": code})]


async def last_step(uow: UnitOfWork, code: str) -> Entry:
    """The step that brought it where it stands."""
    return _entry((await uow.execute(_LAST_STEP, {"code": code})).one())


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
    rows = await uow.execute(_OF_UNITS, page.parameters() | {"units": await units_of(uow, units)})
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


def _entry(row: Row[Any]) -> Entry:
    return Entry(
        row.version,
        DossierStatus(row.status),
        row.at,
        Actor(ActorKind(row.actor_kind), row.actor),
        row.reason,
        Paper(row.paper) if row.paper else None,
        row.due_at,
        row.clock_stopped,
        tuple(row.components),
    )


def dossier_of(row: Row[Any]) -> Dossier:
    """The dossier of a whole row of the table."""
    applicant = row.applicant
    filed = Filing(
        code=row.code,
        procedure=row.procedure,
        procedure_version=row.procedure_version,
        handled_by=row.handled_by,
        unit=row.unit,
        channel=Channel(row.channel),
        owner=row.owner,
        applicant=Applicant(
            ApplicantKind(applicant["kind"]),
            applicant["full_name"],
            applicant["personal_id"],
            applicant.get("organisation_id"),
        ),
        applicant_class=ApplicantClass(row.applicant_class),
        quantity=row.quantity,
        form=row.form,
        typed_by=Actor(ActorKind(row.typed_by_kind), row.typed_by),
        received_at=row.received_at,
        tracking_secret=row.tracking_secret,
        occurrence_is_late=row.occurrence_is_late,
        case=row.case_code,
        pages=row.pages,
        representative=Representative(**row.representative) if row.representative else None,
        contact=Contact(**row.contact),
        delivery=ResultDelivery(Delivery(row.delivery["by"]), row.delivery["address"]),
        identity_level=row.identity_level,
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
        results=tuple(row.results),
        resumes_to=DossierStatus(row.resumes_to) if row.resumes_to else None,
        supplement_by=row.supplement_by,
        supplement_requests=row.supplement_requests,
        extended_at=row.extended_at,
        verified_at=row.verified_at,
        claimed_by=row.claimed_by,
        check_from=row.check_from,
        children=row.children,
        outcomes={int(number): Outcome(**found) for number, found in row.outcomes.items()},
    )


def _outcomes(dossier: Dossier) -> str:
    return json.dumps({number: asdict(found) for number, found in dossier.outcomes.items()}, ensure_ascii=False)


def _json(value: Any) -> str | None:
    return json.dumps(asdict(value), ensure_ascii=False) if value is not None else None
