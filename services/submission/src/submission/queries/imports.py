"""SQL of imports: dossiers handed over by the hundred, line by line. What a line asks for is gone once it is done."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Literal
from uuid import UUID

from sqlalchemy import text

from chassis.database import UnitOfWork

Outcome = Literal["waiting", "filed", "repeated", "refused"]

_PUT = text("""
WITH import AS (
    INSERT INTO imports (id, caller, lines, created_at) VALUES (:id, :caller, :lines, :now) RETURNING id)
INSERT INTO import_lines (import_id, line, caller, reference, fingerprint, outcome, command, problem, done_at)
SELECT import.id, given.line, :caller, given.reference, given.fingerprint,
    CASE WHEN given.problem IS NULL THEN 'waiting' ELSE 'refused' END,
    CAST(given.command AS jsonb), CAST(given.problem AS jsonb),
    CASE WHEN given.problem IS NULL THEN NULL ELSE CAST(:now AS timestamptz) END
FROM import, unnest(
    CAST(:numbers AS bigint[]), CAST(:references AS text[]), CAST(:fingerprints AS text[]),
    CAST(:commands AS text[]), CAST(:problems AS text[])) AS given (line, reference, fingerprint, command, problem)""")

# Held until they are done: another worker takes the next ones, and a crash gives these back.
_CLAIM = text("""
SELECT import_id, line, caller, reference, fingerprint, command FROM import_lines
WHERE outcome = 'waiting' ORDER BY import_id, line LIMIT :most FOR UPDATE SKIP LOCKED""")
_FILED_BEFORE = text("""
SELECT caller, reference, fingerprint, code FROM import_lines
WHERE outcome = 'filed'
    AND (caller, reference) IN (SELECT * FROM unnest(CAST(:callers AS text[]), CAST(:references AS text[])))""")
_SETTLE = text("""
UPDATE import_lines AS line
SET outcome = done.outcome, code = done.code, problem = CAST(done.problem AS jsonb), command = NULL, done_at = :now
FROM unnest(
    CAST(:imports AS uuid[]), CAST(:numbers AS bigint[]), CAST(:outcomes AS text[]), CAST(:codes AS text[]),
    CAST(:problems AS text[])) AS done (import_id, line, outcome, code, problem)
WHERE line.import_id = done.import_id AND line.line = done.line""")

_FIND = text("""
SELECT imports.lines, imports.created_at, max(import_lines.done_at) AS last_done_at,
    count(*) FILTER (WHERE outcome = 'waiting') AS waiting, count(*) FILTER (WHERE outcome = 'filed') AS filed,
    count(*) FILTER (WHERE outcome = 'repeated') AS repeated, count(*) FILTER (WHERE outcome = 'refused') AS refused
FROM imports JOIN import_lines ON import_lines.import_id = imports.id
WHERE imports.id = :id AND imports.caller = :caller
GROUP BY imports.id""")
_LINES = text("""
SELECT import_lines.line, reference, outcome, code, problem
FROM imports LEFT JOIN import_lines ON import_lines.import_id = imports.id
    AND import_lines.line > :after AND (CAST(:outcome AS text) IS NULL OR outcome = :outcome)
WHERE imports.id = :id AND imports.caller = :caller
ORDER BY import_lines.line LIMIT :limit""")


@dataclass(frozen=True, slots=True)
class NewLine:
    """A line as it comes in: a command (JSON) to be filed, or the problem (JSON) for which it cannot be."""

    line: int
    reference: str
    fingerprint: str
    command: str | None = None
    problem: str | None = None


@dataclass(frozen=True, slots=True)
class WaitingLine:
    """A line that is to be filed."""

    import_id: UUID
    line: int
    caller: str
    reference: str
    fingerprint: str
    command: dict[str, Any]


@dataclass(frozen=True, slots=True)
class DoneLine:
    """What became of a line."""

    import_id: UUID
    line: int
    outcome: Outcome
    code: str | None = None
    problem: str | None = None


@dataclass(frozen=True, slots=True)
class Progress:
    """How far an import has come."""

    id: UUID
    lines: int
    created_at: datetime
    last_done_at: datetime | None
    waiting: int
    filed: int
    repeated: int
    refused: int


@dataclass(frozen=True, slots=True)
class ShownLine:
    """A line and its outcome, as its caller sees it."""

    line: int
    reference: str
    outcome: Outcome
    code: str | None
    problem: dict[str, Any] | None


async def put(uow: UnitOfWork, import_id: UUID, caller: str, lines: Sequence[NewLine]) -> None:
    """Keep an import with all its lines."""
    await uow.execute(
        _PUT,
        {
            "id": import_id,
            "caller": caller,
            "now": uow.now,
            "lines": len(lines),
            "numbers": [line.line for line in lines],
            "references": [line.reference for line in lines],
            "fingerprints": [line.fingerprint for line in lines],
            "commands": [line.command for line in lines],
            "problems": [line.problem for line in lines],
        },
    )


async def claim(uow: UnitOfWork, most: int) -> list[WaitingLine]:
    """The next lines to be filed, held until this transaction ends."""
    rows = await uow.execute(_CLAIM, {"most": most})
    return [
        WaitingLine(row.import_id, row.line, row.caller, row.reference, row.fingerprint, row.command) for row in rows
    ]


async def filed_before(uow: UnitOfWork, lines: Sequence[WaitingLine]) -> dict[tuple[str, str], tuple[str, str]]:
    """Of the references of these lines those under which something was filed: (caller, reference) → (fingerprint, code)."""
    parameters = {"callers": [line.caller for line in lines], "references": [line.reference for line in lines]}
    rows = await uow.execute(_FILED_BEFORE, parameters)
    return {(row.caller, row.reference): (row.fingerprint, row.code) for row in rows}


async def settle(uow: UnitOfWork, done: Sequence[DoneLine]) -> None:
    """Keep what became of these lines; what they asked for is forgotten."""
    await uow.execute(
        _SETTLE,
        {
            "now": uow.now,
            "imports": [line.import_id for line in done],
            "numbers": [line.line for line in done],
            "outcomes": [line.outcome for line in done],
            "codes": [line.code for line in done],
            "problems": [line.problem for line in done],
        },
    )


async def find(uow: UnitOfWork, import_id: UUID, caller: str) -> Progress | None:
    """How far the caller's import has come."""
    row = (await uow.execute(_FIND, {"id": import_id, "caller": caller})).one_or_none()
    if row is None:
        return None
    return Progress(
        import_id, row.lines, row.created_at, row.last_done_at, row.waiting, row.filed, row.repeated, row.refused
    )


async def lines_of(
    uow: UnitOfWork, import_id: UUID, caller: str, *, after: int, outcome: Outcome | None, limit: int
) -> list[ShownLine] | None:
    """Lines after a number, up to one more than `limit`, to tell of more; None if the caller has no such import."""
    parameters = {"id": import_id, "caller": caller, "after": after, "outcome": outcome, "limit": limit + 1}
    rows = (await uow.execute(_LINES, parameters)).all()
    if not rows:
        return None
    return [
        ShownLine(row.line, row.reference, row.outcome, row.code, row.problem) for row in rows if row.line is not None
    ]
