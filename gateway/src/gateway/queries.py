"""SQL of the gateway beside the ledger's own: what its API reads, and the table of ministry cases. It decides nothing."""

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from sqlalchemy import text

from chassis.database import UnitOfWork
from contracts.civil_registry import BirthRegistrationRequested
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
    "INSERT INTO ministry_case (dossier_code, case_id, unit, received_at, request, traceparent, state)"
    " VALUES (:dossier_code, :case_id, :unit, :received_at, CAST(:request AS jsonb), :traceparent, 'TO_PUSH')"
    " ON CONFLICT (dossier_code) DO NOTHING"
)
# The lease is written before the Ministry is called: who dies in the call leaves a row that comes due again by itself.
_CLAIM = text(
    "WITH due AS (SELECT dossier_code FROM ministry_case WHERE state = :state AND next_attempt_at <= now()"
    " ORDER BY next_attempt_at LIMIT :most FOR UPDATE SKIP LOCKED)"
    " UPDATE ministry_case c SET attempts = attempts + 1, next_attempt_at = now() + make_interval(secs => :lease)"
    " FROM due WHERE c.dossier_code = due.dossier_code"
    " RETURNING c.dossier_code, c.case_id, c.unit, c.received_at, c.request, c.attempts, c.traceparent"
)
_MOVE = text(
    "UPDATE ministry_case SET state = :to, attempts = 0, last_error = NULL, words = :words,"
    " next_attempt_at = now() + make_interval(secs => :pause),"
    " request = CASE WHEN :ends THEN NULL ELSE request END, ended_at = CASE WHEN :ends THEN now() END"
    " WHERE dossier_code = :dossier_code AND state = :from RETURNING dossier_code"
)
_WAIT = text(
    "UPDATE ministry_case c SET attempts = 0, last_error = NULL, next_attempt_at = now() + make_interval(secs => :pause),"
    " words = ARRAY(SELECT jsonb_array_elements_text(news.words))"
    " FROM jsonb_to_recordset(CAST(:news AS jsonb)) AS news(dossier_code text, words jsonb)"
    " WHERE c.dossier_code = news.dossier_code AND c.state = 'PUSHED'"
)
_POSTPONE = text(
    "UPDATE ministry_case SET next_attempt_at = now() + make_interval(secs => :pause), last_error = :reason"
    " WHERE dossier_code = ANY(:dossier_codes) AND state = :state"
)


@dataclass(frozen=True)
class ClaimedCase:
    """A case this process has the lease of. `attempts` counts this one."""

    case: BirthCase
    attempts: int
    traceparent: str | None

    @property
    def dossier_code(self) -> str:
        """Key of its row."""
        return self.case.dossier_code


async def take_case(uow: UnitOfWork, request: BirthRegistrationRequested, traceparent: str | None) -> None:
    """Put a case in line to be pushed; one that is there already stays as it is."""
    await uow.execute(
        _TAKE,
        {
            "dossier_code": request.dossier_code,
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
            BirthCase.of(row.dossier_code, row.case_id, row.unit, row.received_at, row.request),
            row.attempts,
            row.traceparent,
        )
        for row in rows
    ]


async def move_case(
    uow: UnitOfWork,
    dossier_code: str,
    origin: State,
    target: State,
    *,
    pause_seconds: float = 0,
    words: Sequence[str] = (),
) -> bool:
    """Bring a case from one state to the next; False if it is not in that state any more (someone else was faster)."""
    moved = await uow.execute(
        _MOVE,
        {
            "dossier_code": dossier_code, "from": origin, "to": target, "words": list(words), "pause": pause_seconds,
            "ends": target.ends,
        },
    )  # fmt: skip
    return moved.one_or_none() is not None


async def keep_waiting(uow: UnitOfWork, words_by_dossier: Mapping[str, Sequence[str]], pause_seconds: float) -> None:
    """The Ministry is still at work on these: ask again after the pause; keep what it says of each."""
    news = [{"dossier_code": dossier_code, "words": list(words)} for dossier_code, words in words_by_dossier.items()]
    await uow.execute(_WAIT, {"news": json.dumps(news), "pause": pause_seconds})


async def postpone(
    uow: UnitOfWork, dossier_codes: Sequence[str], state: State, pause_seconds: float, reason: str
) -> None:
    """The call did not come to an end: try these again after the pause."""
    await uow.execute(
        _POSTPONE, {"dossier_codes": list(dossier_codes), "state": state, "pause": pause_seconds, "reason": reason}
    )
