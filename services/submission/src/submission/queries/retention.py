"""SQL of retention: what is due to be erased, what erasing takes away, holds, and the record of it. No rule lives here."""

from collections.abc import Sequence
from datetime import datetime
from typing import Any

from sqlalchemy import Row, text

from chassis.database import UnitOfWork
from submission.domain.retention import CLOSED, ERASED, Due

# Word for word the condition and the key of the partial index.
_CLOSED = f"status IN ({', '.join(str(status.value) for status in CLOSED)}) AND owner <> '{ERASED}'"
_CLOSED_AT = "coalesce(returned_at, finished_at, changed_at)"
_DUE = f"""{_CLOSED} AND status = :status AND {_CLOSED_AT} < :before
    AND (CAST(:procedure AS text) IS NULL OR procedure = :procedure)
    AND procedure <> ALL(CAST(:other_procedures AS text[]))
    AND NOT EXISTS (SELECT FROM legal_holds WHERE dossier_code = dossiers.code AND lifted_at IS NULL)"""

_TAKE = text(f"""
SELECT code FROM dossiers WHERE {_DUE} ORDER BY {_CLOSED_AT} LIMIT :limit FOR UPDATE SKIP LOCKED""")  # noqa: S608 - constants
_COUNT = text(f"SELECT count(*) AS number, min({_CLOSED_AT}) AS oldest FROM dossiers WHERE {_DUE}")  # noqa: S608 - constants

# Asked again once the dossiers are locked: placing a hold locks them too, so none can slip in between.
_HELD = text("""
SELECT dossier_code FROM legal_holds WHERE dossier_code = ANY(CAST(:codes AS text[])) AND lifted_at IS NULL""")

# Everything a dossier says of a person, wherever it lies; what is counted, dated or proven stays. A new version, so that
# nobody's cache keeps the old one. Files leave their dossier here, their hashes stay as proof; the sweep of files that no
# dossier and no upload names takes the bytes out of the store.
_ERASE = text(f"""
WITH gone AS (SELECT unnest(CAST(:codes AS text[])) AS code),
dossier AS (
    UPDATE dossiers SET
        owner = '{ERASED}',
        applicant = jsonb_build_object('kind', applicant -> 'kind', 'full_name', '{ERASED}', 'personal_id', NULL),
        form = '{{}}', representative = NULL, outcomes = '{{}}',
        contact = jsonb_build_object('email', NULL, 'phone', NULL, 'language', contact -> 'language'),
        delivery = jsonb_build_object('by', delivery -> 'by', 'address', NULL),
        typed_by = CASE typed_by_kind WHEN 'citizen' THEN '{ERASED}' ELSE typed_by END,
        version = version + 1, changed_at = clock_timestamp()
    FROM gone WHERE dossiers.code = gone.code RETURNING dossiers.code),
steps AS (
    UPDATE history SET reason = NULL, actor = CASE actor_kind WHEN 'citizen' THEN '{ERASED}' ELSE actor END
    FROM gone WHERE dossier_code = gone.code RETURNING dossier_code),
words AS (DELETE FROM dossier_search USING gone WHERE dossier_search.code = gone.code RETURNING dossier_search.code),
showings AS (
    UPDATE originals_shown SET shown_by = NULL, shown = (
        SELECT coalesce(jsonb_agg(paper || '{{"note": ""}}'), '[]') FROM jsonb_array_elements(shown) AS paper)
    FROM gone WHERE dossier_code = gone.code RETURNING dossier_code),
handed AS (
    UPDATE handovers SET receiver = NULL, tracking_number = CASE by_way_of WHEN 'post' THEN '{ERASED}' END
    FROM gone WHERE dossier_code = gone.code RETURNING dossier_code),
notified AS (
    UPDATE notices SET address = '{ERASED}', subject = '{ERASED}', body = '{ERASED}'
    FROM gone WHERE dossier_code = gone.code RETURNING dossier_code),
printed AS (
    UPDATE papers SET pdf = NULL, issued_by = CASE issued_by_kind WHEN 'citizen' THEN '{ERASED}' ELSE issued_by END
    FROM gone WHERE dossier_code = gone.code RETURNING dossier_code),
attached AS (DELETE FROM attachments USING gone WHERE dossier_code = gone.code RETURNING dossier_code, file_id),
counted AS (
    SELECT dossier.code, jsonb_build_object(
        'files', (
            SELECT coalesce(jsonb_agg(files.sha256 ORDER BY files.sha256), '[]')
            FROM attached JOIN files ON files.id = attached.file_id WHERE dossier_code = dossier.code),
        'notices', (SELECT count(*) FROM notified WHERE dossier_code = dossier.code),
        'papers', (SELECT count(*) FROM printed WHERE dossier_code = dossier.code),
        'originalsShown', (SELECT count(*) FROM showings WHERE dossier_code = dossier.code),
        'handovers', (SELECT count(*) FROM handed WHERE dossier_code = dossier.code)) AS erased
    FROM dossier)
INSERT INTO erasures (dossier_code, at, rule, erased) SELECT code, :at, :rule, erased FROM counted""")  # noqa: S608 - constants

_ERASED_AT = text("SELECT at FROM erasures WHERE dossier_code = :code")
_ERASURES = text("""
SELECT position, dossier_code, at, rule, erased FROM erasures WHERE position < :before ORDER BY position DESC LIMIT :rows""")

_HOLD = text("""
INSERT INTO legal_holds (dossier_code, reason, placed_at, placed_by) VALUES (:code, :reason, :at, :operator)
ON CONFLICT (dossier_code) WHERE lifted_at IS NULL DO NOTHING RETURNING position""")
_LIFT = text("""
UPDATE legal_holds SET lifted_at = :at, lifted_by = :operator
WHERE dossier_code = :code AND lifted_at IS NULL RETURNING position""")
_HOLDS = text("""
SELECT reason, placed_at, placed_by, lifted_at, lifted_by FROM legal_holds WHERE dossier_code = :code ORDER BY position""")


async def take_due(uow: UnitOfWork, due: Due, limit: int) -> list[str]:
    """Codes of dossiers that are due, now locked; what another job has in hand is passed over."""
    return list((await uow.execute(_TAKE, _parameters(due) | {"limit": limit})).scalars())


async def held(uow: UnitOfWork, codes: Sequence[str]) -> set[str]:
    """Which of these are under a hold."""
    return set((await uow.execute(_HELD, {"codes": list(codes)})).scalars())


async def count_due(uow: UnitOfWork, due: Due) -> tuple[int, datetime | None]:
    """How many dossiers are due, and when the oldest of them was closed."""
    row = (await uow.execute(_COUNT, _parameters(due))).one()
    return row.number, row.oldest


async def erase(uow: UnitOfWork, codes: Sequence[str], rule: str) -> None:
    """Take the personal data of these dossiers away and record that it was done. They must be locked."""
    await uow.execute(_ERASE, {"codes": list(codes), "at": uow.now, "rule": rule})


async def erased_at(uow: UnitOfWork, code: str) -> datetime | None:
    """When a dossier's personal data was erased."""
    at: datetime | None = (await uow.execute(_ERASED_AT, {"code": code})).scalar_one_or_none()
    return at


async def erasures(uow: UnitOfWork, *, before: int, rows: int) -> Sequence[Row[Any]]:
    """What was erased, newest first, below a position."""
    return (await uow.execute(_ERASURES, {"before": before, "rows": rows})).all()


async def hold(uow: UnitOfWork, code: str, *, reason: str, operator: str) -> bool:
    """Place a hold; False if there is one. The dossier must be locked."""
    parameters = {"code": code, "reason": reason, "operator": operator, "at": uow.now}
    return (await uow.execute(_HOLD, parameters)).first() is not None


async def lift(uow: UnitOfWork, code: str, *, operator: str) -> bool:
    """Lift the hold; False if there is none."""
    return (await uow.execute(_LIFT, {"code": code, "operator": operator, "at": uow.now})).first() is not None


async def holds(uow: UnitOfWork, code: str) -> Sequence[Row[Any]]:
    """Every hold of a dossier, in order."""
    return (await uow.execute(_HOLDS, {"code": code})).all()


def _parameters(due: Due) -> dict[str, Any]:
    return {
        "status": due.status,
        "before": due.before,
        "procedure": due.rule.procedure,
        "other_procedures": list(due.other_procedures),
    }
