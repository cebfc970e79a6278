"""What happens to dossiers because time passes: supplement windows lapse, due times are warned of and told when missed.

Run by the worker again and again, in batches, each a transaction of its own: it may be killed at any point, and two
workers may run it at once.
"""

from datetime import timedelta

from chassis.clock import hanoi_day
from chassis.database import Database, UnitOfWork
from chassis.telemetry.logging import get_logger
from submission.copies import Copies
from submission.domain import lifecycle
from submission.domain.commands import Lapse
from submission.domain.dated import in_force
from submission.domain.deadlines import minus_work, plus_work
from submission.domain.dossier import Actor, ActorKind
from submission.domain.timing import AlertKind, AlertRule
from submission.handlers.steps import save
from submission.queries import clocks
from submission.rules import ALERTS, CHECKS

BATCH = 200

CLOCK = Actor(ActorKind.SERVICE, "submission")
"""Who did it, in the history: nobody but time."""

LAPSED = "Hết thời hạn bổ sung mà chưa nhận được nội dung yêu cầu / The time to supplement ran out"

_CALENDAR_BEFORE = timedelta(days=31)
"""How far back the calendar must reach to count a day's work backwards over any holidays."""

_log = get_logger("clocks")


async def lapse_supplements(database: Database) -> int:
    """Refuse what was not supplemented in time; how many dossiers it was."""
    total = 0
    while True:
        async with database.begin() as uow:
            dossiers = await clocks.lapsed(uow, BATCH)
            for dossier in dossiers:
                await save(lifecycle.step(dossier, Lapse(by=CLOCK, reason=LAPSED), uow.now), uow)
            await uow.commit(None)
        total += len(dossiers)
        if len(dossiers) < BATCH:
            break
    if total:
        _log.info("supplement windows lapsed", count=total)
    return total


async def give_alerts(database: Database, copies: Copies) -> int:
    """Tell of due times that are near or past, and of what is not checked in time; how many alerts it was."""
    total = 0
    # What is overdue already needs no warning that it soon will be: the later kinds come first.
    for kind in (AlertKind.CHECK_LATE, AlertKind.OVERDUE, AlertKind.WARNING):
        while True:
            async with database.begin() as uow:
                given = await uow.commit(await _alert(kind, uow, copies))
            total += given
            if given < BATCH:
                break
    if total:
        _log.info("alerts given", count=total)
    return total


async def _alert(kind: AlertKind, uow: UnitOfWork, copies: Copies) -> int:
    today = hanoi_day(uow.now)
    rule: AlertRule = in_force([row for row in ALERTS if row.kind is kind], today)
    calendar = await copies.current_calendar(uow, hanoi_day(uow.now - _CALENDAR_BEFORE))
    until = plus_work(uow.now, rule.before, calendar)
    if kind is AlertKind.CHECK_LATE:
        # Instead of keeping when each must be checked: since when it would have to be here to be late by now.
        until = minus_work(until, in_force(CHECKS, today).within, calendar)
    return await clocks.alert(uow, kind, until=until, roles=rule.roles, most=BATCH)
