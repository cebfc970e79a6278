"""SQL of the cases at ministries: taken, claimed with a lease, moved, postponed, looked at. It decides nothing."""

import json
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any
from uuid import UUID

from pydantic import TypeAdapter
from sqlalchemy import text

from chassis.database import UnitOfWork
from contracts.gateway import MinistryCaseKind
from gateway.case_declarations import DECLARATIONS, Paper
from gateway.domain.ministry_case import State
from gateway.ports import OutwardCase

_PAPERS = TypeAdapter(tuple[Paper, ...])

_TAKE = text(
    "INSERT INTO ministry_case (kind, dossier_code, child_number, case_id, unit, received_at, request, papers,"
    " traceparent, state, asked_by)"
    " VALUES (:kind, :dossier_code, :child_number, :case_id, :unit, :received_at, CAST(:request AS jsonb),"
    " CAST(:papers AS jsonb), :traceparent, 'TO_PUSH', :asked_by)"
    " ON CONFLICT DO NOTHING RETURNING case_id"
)
# As it was before births came with others: a second case for a child is an error that must be seen, the same one is not.
_TAKE_BIRTH = text(_TAKE.text.replace("ON CONFLICT DO", "ON CONFLICT (case_id) DO"))
# The lease is written before the ministry is called: who dies in the call leaves a row that comes due again by itself.
_CLAIM = text(
    "WITH due AS (SELECT case_id FROM ministry_case WHERE kind = ANY(:kinds) AND state = ANY(:states)"
    " AND next_attempt_at <= now() ORDER BY next_attempt_at LIMIT :most FOR UPDATE SKIP LOCKED)"
    " UPDATE ministry_case c SET attempts = attempts + 1, leased_by = :desk,"
    " next_attempt_at = now() + make_interval(secs => :lease)"
    " FROM due WHERE c.case_id = due.case_id"
    " RETURNING c.kind, c.dossier_code, c.child_number, c.case_id, c.unit, c.received_at, c.request, c.papers, c.state,"
    " c.attempts, c.traceparent"
)
_KEEP_LEASE = text(
    "UPDATE ministry_case SET next_attempt_at = now() + make_interval(secs => :lease)"
    " WHERE case_id = ANY(:case_ids) AND leased_by = :desk"
)
_HOLD_DOSSIERS = text(
    "SELECT pg_advisory_xact_lock(hashtextextended(dossier, 718)) FROM unnest(CAST(:dossiers AS text[])) AS dossier"
)
_MOVE = text(
    "UPDATE ministry_case c SET state = :to, attempts = 0, last_error = NULL, words = :words, leased_by = NULL,"
    " next_attempt_at = now() + make_interval(secs => :pause), changed_at = now(), version = version + 1,"
    " supplement_by = :by, supplements = supplements + CASE WHEN :asks THEN 1 ELSE 0 END,"
    " result = CAST(:result AS jsonb), request = CASE WHEN :ends THEN NULL ELSE request END,"
    " papers = CASE WHEN :ends THEN NULL ELSE papers END, ended_at = CASE WHEN :ends THEN now() END"
    " WHERE case_id = :case_id AND state = :from RETURNING 1 + (SELECT coalesce(sum(told.supplements"
    " + CASE WHEN told.state IN ('ANSWERED', 'DECLINED') THEN 1 ELSE 0 END), 0)"
    " FROM ministry_case told WHERE told.dossier_code = c.dossier_code) AS version"
)
_WAIT = text(
    "UPDATE ministry_case c SET attempts = 0, last_error = NULL, leased_by = NULL,"
    " next_attempt_at = now() + make_interval(secs => :pause) WHERE case_id = ANY(:case_ids) AND state = ANY(:states)"
)
_POSTPONE = text(
    "UPDATE ministry_case SET next_attempt_at = now() + make_interval(secs => :pause), last_error = :reason,"
    " leased_by = NULL WHERE case_id = ANY(:case_ids) AND state = :state"
)
_SUPPLEMENT = text(
    "UPDATE ministry_case SET state = 'TO_SUPPLEMENT', request = CAST(:request AS jsonb), papers = CAST(:papers AS jsonb),"
    " attempts = 0, next_attempt_at = now(), leased_by = NULL, changed_at = now(), version = version + 1"
    " WHERE case_id = :case_id AND state = 'SUPPLEMENT_AWAITED' RETURNING version"
)
# Who holds the lease is trying at this moment; everyone else's turn comes at once.
_RETRY = text(
    "UPDATE ministry_case SET next_attempt_at = now() WHERE case_id = :case_id AND ended_at IS NULL"
    " AND (leased_by IS NULL OR next_attempt_at <= now())"
)
_SEEN = (
    "SELECT case_id, kind, dossier_code, unit, state, words, supplement_by, supplements, result, attempts, last_error,"
    " next_attempt_at, received_at, taken_at, changed_at, ended_at, version, asked_by"
    " FROM ministry_case"
)
_ONE = text(f"{_SEEN} WHERE case_id = :case_id")
_OPEN = text(
    f"{_SEEN} WHERE kind = :kind AND dossier_code = :dossier_code AND child_number = 1"
    " AND state NOT IN ('DECLINED', 'WITHDRAWN')"
)
_LOCKED = text(f"{_SEEN.replace(' FROM', ', request, papers FROM')} WHERE case_id = :case_id FOR UPDATE")
_LIST = text(
    f"{_SEEN} WHERE (CAST(:kind AS text) IS NULL OR kind = :kind) AND (CAST(:state AS text) IS NULL OR state = :state)"
    " AND (CAST(:after_at AS timestamptz) IS NULL OR (taken_at, case_id) < (:after_at, CAST(:after_id AS uuid)))"
    " ORDER BY taken_at DESC, case_id DESC LIMIT :most"
)


@dataclass(frozen=True)
class ClaimedCase:
    """A case this process has the lease of. `attempts` counts this one."""

    case: OutwardCase
    state: State
    attempts: int
    traceparent: str | None

    @property
    def case_id(self) -> UUID:
        """Key of its row."""
        return self.case.case_id

    @property
    def dossier_code(self) -> str:
        """The dossier it is of; twins are two cases of one dossier."""
        return self.case.dossier_code


@dataclass(frozen=True)
class SeenCase:
    """A case as it is looked at: nothing of the declaration. `result` names a person where the kind's result does."""

    case_id: UUID
    kind: MinistryCaseKind
    dossier_code: str
    unit: str
    state: State
    words: tuple[str, ...]
    supplement_by: date | None
    supplements: int
    result: Mapping[str, Any] | None
    attempts: int
    last_error: str | None
    next_attempt_at: datetime
    received_at: datetime
    taken_at: datetime
    changed_at: datetime
    ended_at: datetime | None
    version: int
    asked_by: str | None


async def take_case(uow: UnitOfWork, case: OutwardCase, traceparent: str | None, asked_by: str | None = None) -> bool:
    """Put a case in line to be pushed; False where it (or, asked for at /r1, another open one) is there already."""
    taken = await uow.execute(
        _TAKE_BIRTH if case.kind is MinistryCaseKind.BIRTH else _TAKE,
        {
            "kind": case.kind,
            "dossier_code": case.dossier_code,
            "child_number": case.child_number,
            "case_id": case.case_id,
            "unit": case.unit,
            "received_at": case.received_at,
            "request": case.declaration.model_dump_json(by_alias=True),
            "papers": papers_json(case.papers),
            "traceparent": traceparent,
            "asked_by": asked_by,
        },
    )
    return taken.scalar_one_or_none() is not None


async def claim_cases(
    uow: UnitOfWork, kinds: Sequence[MinistryCaseKind], states: Sequence[State], most: int, *, desk: UUID, lease: float
) -> list[ClaimedCase]:
    """Up to `most` cases of those states that are due: this desk's for `lease` seconds."""
    rows = await uow.execute(
        _CLAIM, {"kinds": list(kinds), "states": list(states), "most": most, "desk": desk, "lease": lease}
    )
    return [ClaimedCase(case_of(row), State(row.state), row.attempts, row.traceparent) for row in rows]


async def keep_lease(uow: UnitOfWork, case_ids: Iterable[UUID], *, desk: UUID, lease: float) -> None:
    """This desk is still at these."""
    await uow.execute(_KEEP_LEASE, {"case_ids": list(case_ids), "desk": desk, "lease": lease})


async def hold_dossiers(uow: UnitOfWork, dossier_codes: Iterable[str]) -> None:
    """Nobody else tells of a case of these dossiers before this transaction ends: their events are counted one by one.

    To be called before any row is touched, in one call: the sorted order is what keeps two from waiting in a ring.
    """
    await uow.execute(_HOLD_DOSSIERS, {"dossiers": sorted(set(dossier_codes))})


async def move_case(
    uow: UnitOfWork,
    case_id: UUID,
    origin: State,
    target: State,
    *,
    pause_seconds: float = 0,
    words: Sequence[str] = (),
    supplement_by: date | None = None,
    result: Mapping[str, Any] | None = None,
) -> int | None:
    """Bring a case from one state to the next; None if it is not in that state any more (someone else was faster).

    Gives the version that an event of its dossier then bears: one more than what was told of its cases so far.
    """
    moved = await uow.execute(
        _MOVE,
        {
            "case_id": case_id, "from": origin, "to": target, "words": list(words), "pause": pause_seconds,
            "ends": target.ends, "by": supplement_by, "asks": target is State.SUPPLEMENT_AWAITED,
            "result": None if result is None else json.dumps(result, default=str),
        },
    )  # fmt: skip
    version: int | None = moved.scalar_one_or_none()
    return None if version is None else int(version)


async def keep_waiting(
    uow: UnitOfWork, case_ids: Sequence[UUID], states: Sequence[State], pause_seconds: float
) -> None:
    """Nothing new of these: ask again after the pause."""
    await uow.execute(_WAIT, {"case_ids": list(case_ids), "states": list(states), "pause": pause_seconds})


async def postpone(uow: UnitOfWork, case_ids: Sequence[UUID], state: State, pause_seconds: float, reason: str) -> None:
    """The call did not come to an end: try these again after the pause."""
    await uow.execute(_POSTPONE, {"case_ids": list(case_ids), "state": state, "pause": pause_seconds, "reason": reason})


async def supplement_case(uow: UnitOfWork, case: OutwardCase) -> None:
    """Keep what a case now holds, and put it in line to be sent again."""
    await uow.execute(
        _SUPPLEMENT,
        {
            "case_id": case.case_id,
            "request": case.declaration.model_dump_json(by_alias=True),
            "papers": papers_json(case.papers),
        },
    )


async def retry_now(uow: UnitOfWork, case_id: UUID) -> None:
    """Make a case due, unless a desk is at it."""
    await uow.execute(_RETRY, {"case_id": case_id})


async def case_by_id(uow: UnitOfWork, case_id: UUID) -> SeenCase | None:
    """One case."""
    return _seen((await uow.execute(_ONE, {"case_id": case_id})).mappings().one_or_none())


async def open_case(uow: UnitOfWork, kind: MinistryCaseKind, dossier_code: str) -> SeenCase | None:
    """The one case of that kind of a dossier that is neither refused nor withdrawn."""
    rows = await uow.execute(_OPEN, {"kind": kind, "dossier_code": dossier_code})
    return _seen(rows.mappings().one_or_none())


async def locked_case(uow: UnitOfWork, case_id: UUID) -> tuple[SeenCase, OutwardCase | None] | None:
    """One case, that nobody else changes before this transaction ends; its content is gone once it has ended."""
    row = (await uow.execute(_LOCKED, {"case_id": case_id})).one_or_none()
    if row is None:
        return None
    whole = case_of(row) if row.request is not None else None
    seen = _seen({name: value for name, value in row._mapping.items() if name not in ("request", "papers")})  # noqa: SLF001 - SQLAlchemy's own way to a row by names
    return (seen, whole) if seen is not None else None


async def list_cases(
    uow: UnitOfWork,
    kind: MinistryCaseKind | None,
    state: State | None,
    after: tuple[datetime, UUID] | None,
    most: int,
) -> list[SeenCase]:
    """Cases, the latest first; `after` is the last one seen."""
    at, case_id = after or (None, None)
    rows = await uow.execute(_LIST, {"kind": kind, "state": state, "after_at": at, "after_id": case_id, "most": most})
    return [seen for row in rows.mappings() if (seen := _seen(row)) is not None]


def papers_json(papers: Sequence[Paper]) -> str | None:
    """Papers as they are kept; None where there are none."""
    return _PAPERS.dump_json(tuple(papers), by_alias=True).decode() if papers else None


def case_of(row: Any) -> OutwardCase:
    """The case a row with its declaration holds."""
    kind = MinistryCaseKind(row.kind)
    return OutwardCase(
        kind,
        row.dossier_code,
        row.case_id,
        row.unit,
        row.received_at,
        DECLARATIONS[kind].model_validate(row.request),
        child_number=getattr(row, "child_number", 1),
        papers=_PAPERS.validate_python(row.papers or ()),
    )


def _seen(row: Any) -> SeenCase | None:
    if row is None:
        return None
    fixed = {"kind": MinistryCaseKind(row["kind"]), "state": State(row["state"]), "words": tuple(row["words"])}
    return SeenCase(**{**row, **fixed})
