"""SQL of the gateway beside the ledger's own: what its API reads, and the table of ministry cases. It decides nothing."""

import json
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from sqlalchemy import text

from chassis.database import UnitOfWork
from contracts.civil_registry import BirthDeclaration, BirthRegistrationRequested
from gateway.domain.ministry_case import State
from gateway.ports import BirthCase

# --- ledger and quarantine, as the API reads them ------------------------------------------------------------------

_ENTRIES = text(
    "SELECT position, event_id, type, sender, subject, recorded_at, commitment, leaf_hash, salt, body"
    " FROM ledger_entry LEFT JOIN ledger_body USING (position)"
    " WHERE position >= :position ORDER BY position LIMIT :limit"
)
_ENTRY = text(
    "SELECT position, event_id, type, sender, subject, recorded_at, commitment, leaf_hash, salt, body"
    " FROM ledger_entry LEFT JOIN ledger_body USING (position) WHERE event_id = :event_id"
)
_EXTENT = text(
    "SELECT (SELECT coalesce(max(position) + 1, 0) FROM ledger_entry) AS size,"
    " (SELECT max(size) FROM ledger_checkpoint) AS signed"
)
_CHECKPOINT = text("SELECT size, note FROM ledger_checkpoint ORDER BY size DESC LIMIT 1")
_KEEP_CHECKPOINT = text("INSERT INTO ledger_checkpoint (size, note) VALUES (:size, :note) ON CONFLICT DO NOTHING")
_VERIFIERS = text("SELECT vkey FROM ledger_verifier ORDER BY first_used_at DESC")
_KEEP_VERIFIER = text("INSERT INTO ledger_verifier (vkey) VALUES (:vkey) ON CONFLICT DO NOTHING")
_QUARANTINE = text(
    "SELECT id, sender, reason, detail, arrived_at, body_hash, CASE WHEN :bodies THEN body END AS body FROM quarantine"
    " WHERE CAST(:before AS bigint) IS NULL OR id < :before ORDER BY id DESC LIMIT :limit"
)


@dataclass(frozen=True)
class EntryRow:
    """An entry with its leaf hash. `salt` and `body` are None once erased."""

    position: int
    event_id: UUID
    type: str
    sender: str
    subject: str
    recorded_at: datetime
    commitment: bytes
    leaf_hash: bytes
    salt: bytes | None
    body: bytes | None


@dataclass(frozen=True)
class Extent:
    """How far the ledger goes, and how far the latest checkpoint does (None: there is none)."""

    size: int
    signed: int | None


@dataclass(frozen=True)
class Quarantined:
    """A refused event. `body` only if it was asked for."""

    id: int
    sender: str
    reason: str
    detail: str
    arrived_at: datetime
    body_hash: bytes
    body: bytes | None


async def entries(uow: UnitOfWork, position: int, limit: int) -> list[EntryRow]:
    """Up to `limit` entries from `position` on, in order."""
    rows = await uow.execute(_ENTRIES, {"position": position, "limit": limit})
    return [EntryRow(**row) for row in rows.mappings()]


async def entry(uow: UnitOfWork, event_id: UUID) -> EntryRow | None:
    """The entry of an event."""
    row = (await uow.execute(_ENTRY, {"event_id": event_id})).mappings().one_or_none()
    return EntryRow(**row) if row is not None else None


async def extent(uow: UnitOfWork) -> Extent:
    """The two sizes that proofs are asked between."""
    return Extent(**(await uow.execute(_EXTENT)).mappings().one())


async def latest_checkpoint(uow: UnitOfWork) -> tuple[int, str] | None:
    """Size and signed note of the latest checkpoint."""
    row = (await uow.execute(_CHECKPOINT)).one_or_none()
    return (row.size, row.note) if row is not None else None


async def keep_checkpoint(uow: UnitOfWork, size: int, note: str) -> None:
    """Add a signed note; one of that size that is there already stays."""
    await uow.execute(_KEEP_CHECKPOINT, {"size": size, "note": note})


async def verifiers(uow: UnitOfWork) -> list[str]:
    """The public keys (vkeys) checkpoints were signed with, the one in use first."""
    return list((await uow.execute(_VERIFIERS)).scalars())


async def keep_verifier(uow: UnitOfWork, vkey: str) -> None:
    """Remember a public key."""
    await uow.execute(_KEEP_VERIFIER, {"vkey": vkey})


async def quarantined(uow: UnitOfWork, before: int | None, limit: int, *, bodies: bool) -> list[Quarantined]:
    """Refused events, the latest first, older than the id `before`."""
    rows = await uow.execute(_QUARANTINE, {"before": before, "limit": limit, "bodies": bodies})
    return [Quarantined(**row) for row in rows.mappings()]


# --- cases at the Ministry of Justice ------------------------------------------------------------------------------

_TAKE = text(
    "INSERT INTO ministry_case (dossier_code, child_number, case_id, unit, received_at, request, traceparent, state)"
    " VALUES (:dossier_code, :child_number, :case_id, :unit, :received_at, CAST(:request AS jsonb), :traceparent,"
    " 'TO_PUSH') ON CONFLICT (case_id) DO NOTHING"
)
# The lease is written before the Ministry is called: who dies in the call leaves a row that comes due again by itself.
_CLAIM = text(
    "WITH due AS (SELECT case_id FROM ministry_case WHERE state = :state AND next_attempt_at <= now()"
    " ORDER BY next_attempt_at LIMIT :most FOR UPDATE SKIP LOCKED)"
    " UPDATE ministry_case c SET attempts = attempts + 1, next_attempt_at = now() + make_interval(secs => :lease)"
    " FROM due WHERE c.case_id = due.case_id"
    " RETURNING c.dossier_code, c.child_number, c.case_id, c.unit, c.received_at, c.request, c.attempts, c.traceparent"
)
_HOLD_DOSSIERS = text(
    "SELECT pg_advisory_xact_lock(hashtextextended(dossier, 718)) FROM unnest(CAST(:dossiers AS text[])) AS dossier"
)
_MOVE = text(
    "UPDATE ministry_case c SET state = :to, attempts = 0, last_error = NULL, words = :words,"
    " next_attempt_at = now() + make_interval(secs => :pause),"
    " request = CASE WHEN :ends THEN NULL ELSE request END, ended_at = CASE WHEN :ends THEN now() END"
    " WHERE case_id = :case_id AND state = :from RETURNING 1 + (SELECT count(*) FROM ministry_case ended"
    " WHERE ended.dossier_code = c.dossier_code AND ended.state IN ('ANSWERED', 'DECLINED')) AS version"
)
_WAIT = text(
    "UPDATE ministry_case c SET attempts = 0, last_error = NULL, next_attempt_at = now() + make_interval(secs => :pause),"
    " words = ARRAY(SELECT jsonb_array_elements_text(news.words))"
    " FROM jsonb_to_recordset(CAST(:news AS jsonb)) AS news(case_id uuid, words jsonb)"
    " WHERE c.case_id = news.case_id AND c.state = 'PUSHED'"
)
_POSTPONE = text(
    "UPDATE ministry_case SET next_attempt_at = now() + make_interval(secs => :pause), last_error = :reason"
    " WHERE case_id = ANY(:case_ids) AND state = :state"
)


@dataclass(frozen=True)
class ClaimedCase:
    """A case this process has the lease of. `attempts` counts this one."""

    case: BirthCase
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


async def take_case(uow: UnitOfWork, request: BirthRegistrationRequested, traceparent: str | None) -> None:
    """Put a case in line to be pushed; one that is there already stays as it is."""
    await uow.execute(
        _TAKE,
        {
            "dossier_code": request.dossier_code,
            "child_number": request.child_number,
            "case_id": request.case_id,
            "unit": request.unit,
            "received_at": request.received_at,
            "request": request.declaration.model_dump_json(by_alias=True),
            "traceparent": traceparent,
        },
    )


async def claim_cases(uow: UnitOfWork, state: State, most: int, lease_seconds: float) -> list[ClaimedCase]:
    """Up to `most` cases of that state that are due, ours for `lease_seconds`."""
    rows = await uow.execute(_CLAIM, {"state": state, "most": most, "lease": lease_seconds})
    return [
        ClaimedCase(
            BirthCase(
                row.dossier_code,
                row.case_id,
                row.unit,
                row.received_at,
                BirthDeclaration.model_validate(row.request),
                child_number=row.child_number,
            ),
            row.attempts,
            row.traceparent,
        )
        for row in rows
    ]


async def hold_dossiers(uow: UnitOfWork, dossier_codes: Iterable[str]) -> None:
    """Nobody else ends a case of these dossiers before this transaction ends: their events are counted one by one.

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
) -> int | None:
    """Bring a case from one state to the next; None if it is not in that state any more (someone else was faster).

    Gives the version that an event of its dossier then bears: one more than its cases ended so far.
    """
    moved = await uow.execute(
        _MOVE,
        {
            "case_id": case_id, "from": origin, "to": target, "words": list(words), "pause": pause_seconds,
            "ends": target.ends,
        },
    )  # fmt: skip
    version: int | None = moved.scalar_one_or_none()
    return version


async def keep_waiting(uow: UnitOfWork, words_by_case: Mapping[UUID, Sequence[str]], pause_seconds: float) -> None:
    """The Ministry is still at work on these: ask again after the pause; keep what it says of each."""
    news = [{"case_id": str(case_id), "words": list(words)} for case_id, words in words_by_case.items()]
    await uow.execute(_WAIT, {"news": json.dumps(news), "pause": pause_seconds})


async def postpone(uow: UnitOfWork, case_ids: Sequence[UUID], state: State, pause_seconds: float, reason: str) -> None:
    """The call did not come to an end: try these again after the pause."""
    await uow.execute(_POSTPONE, {"case_ids": list(case_ids), "state": state, "pause": pause_seconds, "reason": reason})
