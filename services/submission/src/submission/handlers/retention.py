"""Retention (thời hạn lưu trữ): what the rows let go is erased on its day, unless a hold stands; proofs and counts remain.

A batch is one transaction: killed in the middle, it has erased nothing, and the next run takes it up again. An erased
dossier is not looked at again, so running twice, or two at once, changes nothing.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import Row

from chassis.auth import Principal
from chassis.clock import hanoi_day
from chassis.database import Database, UnitOfWork
from submission.domain.retention import Due, RetentionRule, due_on, is_erased
from submission.problems.desk import AlreadyErased, HoldInForce, NoHoldInForce
from submission.queries import dossiers, retention
from submission.rights import seen


@dataclass(frozen=True, slots=True)
class Forecast:
    """What a run would erase by one row: how many dossiers, the oldest closed when."""

    due: Due
    number: int
    oldest: datetime | None


async def erase_due(database: Database, rules: Sequence[RetentionRule], *, batch: int) -> int:
    """Erase all that is due today, batch by batch; gives how many dossiers."""
    erased = 0
    for due in due_on(rules, hanoi_day(database.clock.now())):
        taken = batch
        while taken == batch:
            async with database.begin() as uow:
                taken, gone = await _erase_batch(due, batch, uow)
            erased += gone
    return erased


async def forecast(database: Database, rules: Sequence[RetentionRule]) -> list[Forecast]:
    """What `erase_due` would erase now. It changes nothing."""
    async with database.begin() as uow:
        return [Forecast(due, *await retention.count_due(uow, due)) for due in due_on(rules, hanoi_day(uow.now))]


async def place_hold(code: str, reason: str, operator: Principal, uow: UnitOfWork) -> Sequence[Row[Any]]:
    """Tạm giữ theo yêu cầu pháp lý: while it stands nothing is erased. Gives all holds. Raises AlreadyErased, HoldInForce."""
    dossier = seen(operator, await dossiers.lock(uow, code))
    if is_erased(dossier):
        raise AlreadyErased
    if not await retention.hold(uow, code, reason=reason, operator=operator.subject):
        raise HoldInForce
    return await uow.commit(await retention.holds(uow, code))


async def lift_hold(code: str, operator: Principal, uow: UnitOfWork) -> Sequence[Row[Any]]:
    """The hold ends, and retention goes on as if it had not been. Raises NoHoldInForce."""
    seen(operator, await dossiers.lock(uow, code))
    if not await retention.lift(uow, code, operator=operator.subject):
        raise NoHoldInForce
    return await uow.commit(await retention.holds(uow, code))


async def _erase_batch(due: Due, batch: int, uow: UnitOfWork) -> tuple[int, int]:
    codes = await retention.take_due(uow, due, batch)
    if not codes:
        return 0, 0
    held = await retention.held(uow, codes)
    free = [code for code in codes if code not in held]
    await retention.erase(uow, free, due.rule.id)
    await uow.commit(None)
    return len(codes), len(free)
