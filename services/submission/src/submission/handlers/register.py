"""Reading the register (sổ theo dõi): batch by batch, each leaving its trace with the people it shows. It changes no dossier."""

from collections.abc import AsyncIterator
from datetime import UTC, date, datetime, time, timedelta

from chassis.auth import Principal
from chassis.clock import HANOI
from chassis.database import Database, UnitOfWork
from submission.domain.register import Line
from submission.problems.dossiers import UnitNotServed
from submission.problems.papers import PeriodUnusable
from submission.queries import reads, register
from submission.queries.register import Period

BATCH = 1000
_BEGINNING = (datetime(1, 1, 1, tzinfo=UTC), "")
_PURPOSE = "Lập sổ theo dõi hồ sơ"


def bounds(first: date, last: date, most_days: int | None = None) -> tuple[datetime, datetime]:
    """The instants between which these Hanoi days lie. Raises PeriodUnusable."""
    if last < first:
        raise PeriodUnusable
    if most_days is not None and (last - first).days >= most_days:
        raise PeriodUnusable(most_days)
    start = datetime.combine(first, time(), HANOI)
    # A calendar ends, too: the day after the last one there is.
    end = (
        datetime.combine(last + timedelta(days=1), time(), HANOI)
        if last < date.max
        else datetime.max.replace(tzinfo=UTC)
    )
    return start.astimezone(UTC) if first.year > 1 else datetime.min.replace(tzinfo=UTC), end.astimezone(UTC)


def period_of(reader: Principal, unit: str, first: date, last: date) -> Period:
    """The part of the register that is asked for. Raises UnitNotServed, PeriodUnusable."""
    if not reader.serves(unit):
        raise UnitNotServed(unit)
    return Period(unit, *bounds(first, last))


async def read_page(
    period: Period, reader: Principal, after: tuple[datetime, str] | None, limit: int, uow: UnitOfWork
) -> list[Line]:
    """The next lines and one more to tell that there are; only those shown leave a trace."""
    lines = await register.batch(uow, period, after or _BEGINNING, limit + 1)
    await _trace(lines[:limit], reader, uow)
    return lines


async def read_whole(
    period: Period, reader: Principal, database: Database, *, batch: int = BATCH
) -> AsyncIterator[list[Line]]:
    """Every line, a batch at a time and a transaction each: what is read is never held all at once."""
    after = _BEGINNING
    while True:
        async with database.begin() as uow:
            lines = await register.batch(uow, period, after, batch)
            await _trace(lines, reader, uow)
        if lines:
            yield lines
        if len(lines) < batch:
            return
        after = (lines[-1].received_at, lines[-1].code)


async def _trace(lines: list[Line], reader: Principal, uow: UnitOfWork) -> None:
    seen = [(line.owner, line.code) for line in lines]
    await reads.record_reads(uow, reader=reader, seen=seen, what="register", purpose=_PURPOSE)
    await uow.commit(None)
