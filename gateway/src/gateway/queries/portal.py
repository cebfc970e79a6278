"""SQL of what the national portal knows: dossiers taken in, claimed with a lease, settled, walked. It decides nothing.

A dossier stands here and in the copy of live dossiers (queries.accesses), on purpose twice: here is what the portal is to be
told and has been told, kept for days after the end; there is whom a live dossier concerns, forgotten with its end.
"""

from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from pydantic import TypeAdapter
from sqlalchemy import Row, text

from chassis.database import UnitOfWork
from contracts.catalog import ProcedurePublished
from contracts.codes import DossierStatus
from gateway.domain.portal import ENDED, PortalDossier, ProcedureName, Record, Snapshot

_SNAPSHOT = TypeAdapter(Snapshot)

# One statement that reads the row and holds it; a dossier that is not there yet is made.
_HOLD = text(
    "INSERT INTO portal_dossier (dossier_code) VALUES (:code)"
    " ON CONFLICT (dossier_code) DO UPDATE SET dossier_code = excluded.dossier_code"
    " RETURNING version, status, procedure, received_on, facts"
)
# A row that is leased or waits out a pause keeps its time: nobody else may speak of the dossier meanwhile.
_CHANGE = text(
    "UPDATE portal_dossier SET version = :version, status = :status, procedure = :procedure, received_on = :received_on,"
    " facts = CAST(:facts AS jsonb), happened_at = greatest(happened_at, :at), revision = revision + 1,"
    " state = CASE WHEN :whole THEN 'CHANGED' ELSE 'PARTIAL' END,"
    " attempts = CASE WHEN state = 'CHANGED' THEN attempts ELSE 0 END,"
    " next_attempt_at = CASE WHEN state = 'CHANGED' THEN next_attempt_at ELSE now() END,"
    " changed_since = CASE WHEN state = 'CHANGED' THEN changed_since ELSE now() END"
    " WHERE dossier_code = :code"
)
_NAME_PROCEDURE = text(
    "INSERT INTO portal_procedure (code, valid_from, version, name, field_code, field_name, result_code, result_name)"
    " VALUES (:code, :valid_from, :version, :name, :field_code, :field_name, :result_code, :result_name)"
    " ON CONFLICT (code, valid_from) DO UPDATE SET version = excluded.version, name = excluded.name,"
    " field_code = excluded.field_code, field_name = excluded.field_name,"
    " result_code = excluded.result_code, result_name = excluded.result_name"
    " WHERE portal_procedure.version < excluded.version"
)
_COLUMNS = (
    "one.dossier_code, one.procedure, one.status, one.facts, one.revision, one.told, one.there, one.claims,"
    " one.alone, one.attempts, one.happened_at, p.name, p.field_code, p.field_name, p.result_code, p.result_name"
)
_NAMED = (
    " LEFT JOIN LATERAL (SELECT * FROM portal_procedure WHERE code = one.procedure"
    " AND (valid_from <= one.received_on OR one.received_on IS NULL) ORDER BY valid_from DESC LIMIT 1) p ON true"
)
# The lease is written before the portal is called: who dies in the call leaves rows that come due again by themselves.
# SKIP LOCKED: who claims never waits, and so never closes a ring with an inbox that holds several dossiers.
_CLAIM = (
    "WITH due AS (SELECT dossier_code FROM portal_dossier"  # noqa: S608 - our own columns
    " WHERE state = 'CHANGED' AND {which} AND next_attempt_at <= now()"
    " ORDER BY next_attempt_at LIMIT :most FOR UPDATE SKIP LOCKED),"
    " one AS (UPDATE portal_dossier d SET attempts = attempts + 1, claims = claims + 1,"
    " next_attempt_at = now() + make_interval(secs => :lease) FROM due WHERE d.dossier_code = due.dossier_code"
    " RETURNING d.*)"
    f" SELECT {_COLUMNS} FROM one{_NAMED} ORDER BY one.happened_at, one.dossier_code"
)
_CLAIM_DUE = text(_CLAIM.format(which="alone = :alone"))
_CLAIM_THESE = text(_CLAIM.format(which="dossier_code = ANY(CAST(:codes AS text[]))"))
_SETTLE = text(
    "UPDATE portal_dossier SET there = true, alone = false, attempts = 0, last_error = NULL, synced_at = now(),"
    " told = ARRAY(SELECT DISTINCT unnest(told || CAST(:told AS integer[])) ORDER BY 1), next_attempt_at = now(),"
    " state = CASE WHEN revision = :revision THEN 'SYNCED' ELSE state END"
    " WHERE dossier_code = :code AND claims = :claims AND state = 'CHANGED'"
)
_POSTPONE = text(
    "UPDATE portal_dossier SET next_attempt_at = now() + make_interval(secs => :pause), last_error = :reason,"
    " alone = alone OR :alone"
    " WHERE dossier_code = :code AND claims = :claims AND state = 'CHANGED'"
)
_REFUSE = text(
    "UPDATE portal_dossier SET last_error = :reason, alone = true, next_attempt_at = now(),"
    " state = CASE WHEN revision = :revision THEN 'REFUSED' ELSE state END"
    " WHERE dossier_code = :code AND claims = :claims AND state = 'CHANGED'"
)
_WALK = text(
    "WITH one AS (SELECT * FROM portal_dossier"  # noqa: S608 - our own columns
    " WHERE (happened_at, dossier_code) > (:at, :code) AND happened_at <= :until AND status IS NOT NULL ORDER BY happened_at, dossier_code LIMIT :most)"
    f" SELECT {_COLUMNS}, one.state, one.synced_at FROM one{_NAMED} ORDER BY one.happened_at, one.dossier_code"
)
_MEND = text(
    "UPDATE portal_dossier SET state = 'CHANGED', there = :there, told = CASE WHEN :there THEN told ELSE '{}' END,"
    " attempts = 0, next_attempt_at = now(), changed_since = now()"
    " WHERE dossier_code = :code AND revision = :revision AND state IN ('SYNCED', 'REFUSED') RETURNING dossier_code"
)
_IN_SYNC = text("SELECT dossier_code FROM portal_dossier WHERE dossier_code = ANY(:codes) AND state = 'SYNCED'")
_FORGET = text(
    "DELETE FROM portal_dossier WHERE dossier_code IN (SELECT dossier_code FROM portal_dossier"
    " WHERE happened_at < :before AND state = 'SYNCED' AND status = ANY(:ended) ORDER BY happened_at LIMIT 1000)"
)
_LIST = (
    "SELECT dossier_code, status, state, there, attempts, last_error, synced_at, happened_at,"
    " CASE WHEN state = 'SYNCED' THEN NULL ELSE changed_since END AS waiting_since,"
    " CASE WHEN state = 'CHANGED' THEN next_attempt_at END AS next_attempt_at, now() AS machine_now"
    " FROM portal_dossier WHERE dossier_code > :code {which}ORDER BY dossier_code LIMIT :most"
)
_LIST_ALL, _LIST_STATE = text(_LIST.format(which="")), text(_LIST.format(which="AND state = :state "))
_SUMMARY = text(
    "SELECT count(*) FILTER (WHERE state = 'CHANGED') AS changed, count(*) FILTER (WHERE state = 'REFUSED') AS refused,"
    " count(*) FILTER (WHERE state = 'PARTIAL') AS partial,"
    " extract(epoch FROM now() - min(changed_since) FILTER (WHERE state = 'CHANGED')) AS lag"
    " FROM portal_dossier WHERE state <> 'SYNCED'"
)


@dataclass(frozen=True)
class ClaimedDossier:
    """A dossier this process has the lease of. `told`: versions of the steps the portal has; `there`: None, not known.

    `alone`: the portal refused it once, so it is told by itself. `attempts` counts this one.
    """

    dossier: PortalDossier
    revision: int
    claims: int
    attempts: int
    alone: bool
    told: frozenset[int]
    there: bool | None

    @property
    def code(self) -> str:
        """Key of its row."""
        return self.dossier.code


@dataclass(frozen=True)
class WalkedDossier:
    """A dossier as a reconciliation finds it."""

    dossier: PortalDossier
    revision: int
    state: str
    happened_at: datetime

    @property
    def code(self) -> str:
        """Key of its row."""
        return self.dossier.code


async def hold_record(uow: UnitOfWork, code: str) -> Record:
    """What is known of a dossier; nobody else changes it before this transaction ends."""
    row = (await uow.execute(_HOLD, {"code": code})).one()
    status = DossierStatus(row.status) if row.status is not None else None
    return Record(row.version, status, row.procedure, row.received_on, _SNAPSHOT.validate_python(row.facts))


async def keep_record(uow: UnitOfWork, code: str, record: Record, at: datetime) -> None:
    """Keep what is known now, and put the dossier in line for the portal."""
    await uow.execute(
        _CHANGE,
        {
            "code": code,
            "version": record.version,
            "status": record.status,
            "procedure": record.procedure,
            "received_on": record.received_on,
            "facts": _SNAPSHOT.dump_json(record.snapshot, exclude_defaults=True).decode(),
            "at": at,
            "whole": record.snapshot.submitted_at is not None,
        },
    )


async def name_procedure(uow: UnitOfWork, event: ProcedurePublished) -> None:
    """Keep what a version of a procedure is called."""
    only = event.results[0] if len(event.results) == 1 else None
    await uow.execute(
        _NAME_PROCEDURE,
        {
            "code": event.code,
            "valid_from": event.valid_from,
            "version": event.version,
            "name": event.name,
            "field_code": event.field.code,
            "field_name": event.field.name,
            "result_code": only.code if only else None,
            "result_name": only.name if only else None,
        },
    )


async def claim_due(uow: UnitOfWork, most: int, lease_seconds: float, *, alone: bool) -> list[ClaimedDossier]:
    """Up to `most` dossiers that are due, ours for `lease_seconds`. `alone`: those that spoilt a message with others."""
    rows = await uow.execute(_CLAIM_DUE, {"most": most, "lease": lease_seconds, "alone": alone})
    return [_claimed(row) for row in rows]


async def claim_these(uow: UnitOfWork, codes: Sequence[str], lease_seconds: float) -> list[ClaimedDossier]:
    """Those of these dossiers that are due."""
    rows = await uow.execute(_CLAIM_THESE, {"codes": list(codes), "most": len(codes), "lease": lease_seconds})
    return [_claimed(row) for row in rows]


async def settle(uow: UnitOfWork, claimed: ClaimedDossier, told: Iterable[int]) -> None:
    """The portal has what was claimed, and these steps. If more happened meanwhile the dossier is due again at once."""
    await uow.execute(
        _SETTLE,
        {"code": claimed.code, "claims": claimed.claims, "revision": claimed.revision, "told": sorted(told)},
    )


async def postpone(
    uow: UnitOfWork, claimed: ClaimedDossier, pause_seconds: float, reason: str, *, alone: bool = False
) -> None:
    """Not told, or nobody knows: again after the pause, `alone` if it must not hold up others."""
    await uow.execute(
        _POSTPONE,
        {"code": claimed.code, "claims": claimed.claims, "pause": pause_seconds, "reason": reason, "alone": alone},
    )


async def refuse(uow: UnitOfWork, claimed: ClaimedDossier, reason: str) -> None:
    """The portal does not take it as it is."""
    await uow.execute(
        _REFUSE,
        {"code": claimed.code, "claims": claimed.claims, "revision": claimed.revision, "reason": reason},
    )


async def walk(uow: UnitOfWork, at: datetime, code: str, until: datetime, most: int) -> list[WalkedDossier]:
    """The next dossiers after (at, code), by when they last moved."""
    rows = await uow.execute(_WALK, {"at": at, "code": code, "until": until, "most": most})
    return [WalkedDossier(_dossier(row), row.revision, row.state, row.happened_at) for row in rows]


async def mend(uow: UnitOfWork, walked: WalkedDossier, *, there: bool) -> bool:
    """Put it in line again as it was seen; False if it moved meanwhile, and so is in line already."""
    answer = await uow.execute(_MEND, {"code": walked.code, "revision": walked.revision, "there": there})
    return answer.first() is not None


async def in_sync(uow: UnitOfWork, codes: Collection[str]) -> set[str]:
    """Those of these that the portal has as we have them."""
    return set((await uow.execute(_IN_SYNC, {"codes": list(codes)})).scalars())


async def forget_ended(uow: UnitOfWork, before: datetime) -> int:
    """Delete ended dossiers that the portal has and that last moved before; how many (at most a thousand)."""
    answer = await uow.execute(_FORGET, {"before": before, "ended": [int(status) for status in ENDED]})
    return answer.rowcount


async def list_dossiers(uow: UnitOfWork, after: str, most: int, state: str | None) -> Sequence[Row[Any]]:
    """How dossiers stand with the portal, by code."""
    parameters: Mapping[str, Any] = {"code": after, "most": most}
    if state is None:
        return (await uow.execute(_LIST_ALL, parameters)).all()
    return (await uow.execute(_LIST_STATE, {**parameters, "state": state})).all()


async def summary(uow: UnitOfWork) -> Row[Any]:
    """How many are not in sync, and since when the oldest waits."""
    return (await uow.execute(_SUMMARY)).one()


def _claimed(row: Row[Any]) -> ClaimedDossier:
    return ClaimedDossier(
        _dossier(row), row.revision, row.claims, row.attempts, row.alone, frozenset(row.told), row.there
    )


def _dossier(row: Row[Any]) -> PortalDossier:
    named = (
        ProcedureName(row.name, row.field_code, row.field_name, row.result_code, row.result_name) if row.name else None
    )
    snapshot = _SNAPSHOT.validate_python(row.facts)
    return PortalDossier(row.dossier_code, row.procedure or "", DossierStatus(row.status), snapshot, named)
