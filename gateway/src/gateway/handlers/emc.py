"""Use cases of the feed to the evaluation system (EMC), and the only place that commits them."""

from collections.abc import Sequence
from datetime import date, timedelta

from chassis.database import UnitOfWork
from gateway.domain.breaker import delay_after
from gateway.domain.feed import ended_periods
from gateway.queries import emc as queries
from gateway.queries.emc import ClaimedFeed


async def note_ended(today: date, days_back: int, uow: UnitOfWork) -> None:
    """Every day and quarter that ended of late is to be fed: also those that ended while nobody was looking."""
    await queries.note_periods(uow, ended_periods(today, days_back))
    await uow.commit(None)


async def claim(today: date, days_back: int, lease_seconds: float, uow: UnitOfWork) -> ClaimedFeed | None:
    """A period that is due."""
    return await uow.commit(await queries.claim_period(uow, today - timedelta(days=days_back), today, lease_seconds))


async def settle_sent(claimed: ClaimedFeed, digest: str, correction: int, pause: float, uow: UnitOfWork) -> None:
    """EMC took the figures."""
    await queries.settle(uow, claimed, digest, correction, pause, sent=True)
    await uow.commit(None)


async def settle_unchanged(claimed: ClaimedFeed, digest: str, pause: float, uow: UnitOfWork) -> None:
    """EMC has these figures already."""
    await queries.settle(uow, claimed, digest, claimed.correction, pause, sent=False)
    await uow.commit(None)


async def try_again_later(claimed: ClaimedFeed, reason: str, delays: Sequence[float], uow: UnitOfWork) -> None:
    """Reporting or EMC was out of reach, or EMC refused."""
    await queries.postpone(uow, claimed, delay_after(claimed.attempts, delays), reason)
    await uow.commit(None)
