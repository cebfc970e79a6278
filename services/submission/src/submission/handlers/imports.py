"""Bulk import (nhập hồ sơ theo lô): take many filings in at once, file them one by one behind the answer. No HTTP here.

A line is filed in the transaction that keeps its outcome: killed at any moment, a worker has done both or neither, and a
reference files once for its caller however often it is sent.
"""

import json
from collections.abc import Sequence
from uuid import UUID

from pydantic import TypeAdapter

from chassis.database import Database, UnitOfWork
from chassis.faults import answer_to
from chassis.ids import new_id
from chassis.problems import Problem, Unavailable, problem_body
from chassis.telemetry.logging import get_logger, places
from submission.copies import Copies
from submission.handlers.intake import FileDossier, take_in
from submission.problems.intake import ReferenceReused
from submission.queries import imports
from submission.queries.imports import DoneLine, NewLine, WaitingLine

COMMAND: TypeAdapter[FileDossier] = TypeAdapter(FileDossier)
"""How a command is kept until its turn comes."""

AT_ONCE = 20
_log = get_logger("imports")


async def take_import(caller: str, lines: Sequence[NewLine], uow: UnitOfWork) -> UUID:
    """Keep the lines, to be filed soon; those that cannot be are refused already."""
    import_id = new_id()
    await imports.put(uow, import_id, caller, lines)
    return await uow.commit(import_id)


async def work_off(database: Database, copies: Copies) -> int:
    """File every line that waits, a portion in each transaction; says how many lines were done."""
    done = 0
    while True:
        async with database.begin() as uow:
            portion = await file_portion(uow, copies)
        done += portion
        if not portion:
            return done


async def file_portion(uow: UnitOfWork, copies: Copies, *, most: int = AT_ONCE) -> int:
    """File the next lines and keep what became of them, all in one transaction. Raises what stops all: a database away."""
    lines = await imports.claim(uow, most)
    if not lines:
        return 0
    filed = await imports.filed_before(uow, lines)
    done: list[DoneLine] = []
    for line in lines:
        outcome = await _file(line, filed.get((line.caller, line.reference)), uow, copies)
        if outcome.outcome == "filed" and outcome.code is not None:
            filed[line.caller, line.reference] = (line.fingerprint, outcome.code)
        done.append(outcome)
    await imports.settle(uow, done)
    return await uow.commit(len(done))


async def _file(line: WaitingLine, before: tuple[str, str] | None, uow: UnitOfWork, copies: Copies) -> DoneLine:
    if before is not None:
        fingerprint, code = before
        if fingerprint == line.fingerprint:
            return DoneLine(line.import_id, line.line, "repeated", code)
        return _refused(line, ReferenceReused(code))
    try:
        # A savepoint: what one line wrote before it failed is undone, and the others stand.
        async with uow.connection.begin_nested():
            dossier = await take_in(COMMAND.validate_python(line.command), uow, copies)
    except Exception as error:  # one line that nobody foresaw must not hold up all that come after it
        problem = answer_to(error)
        if isinstance(problem, Unavailable):
            raise
        if problem.status >= 500:
            _log.error("import line failed", error_type=type(error).__name__, exception=places(error))
        return _refused(line, problem)
    return DoneLine(line.import_id, line.line, "filed", dossier.code)


def _refused(line: WaitingLine, problem: Problem) -> DoneLine:
    return DoneLine(line.import_id, line.line, "refused", problem=told(problem))


def told(problem: Problem) -> str:
    """A problem as it is kept with its line. A pointer may name a field by what no database can hold."""
    body = json.dumps(problem_body(problem, "vi"), ensure_ascii=False, default=str)
    return body.encode(errors="replace").decode().replace("\\u0000", "\\ufffd")
