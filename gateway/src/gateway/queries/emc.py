"""SQL of what the evaluation system (EMC) was told: periods noted, claimed with a lease, settled. It decides nothing."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any

from sqlalchemy import Row, text

from chassis.database import UnitOfWork
from gateway.domain.feed import FeedPeriod, Kind

_NOTE = text(
    "INSERT INTO emc_feed (kind, first_day, last_day)"
    " SELECT * FROM unnest(CAST(:kinds AS text[]), CAST(:firsts AS date[]), CAST(:lasts AS date[]))"
    " ON CONFLICT (kind, first_day) DO NOTHING"
)
_CLAIM = text(
    "UPDATE emc_feed SET claims = claims + 1, attempts = attempts + 1,"
    " next_attempt_at = now() + make_interval(secs => :lease)"
    " WHERE (kind, first_day) = (SELECT kind, first_day FROM emc_feed"
    " WHERE next_attempt_at <= now() AND last_day >= :from_day AND last_day < :today"
    " ORDER BY next_attempt_at, first_day LIMIT 1 FOR UPDATE SKIP LOCKED)"
    " RETURNING kind, first_day, last_day, digest, correction, claims, attempts"
)
_SETTLE = text(
    "UPDATE emc_feed SET digest = :digest, correction = :correction, attempts = 0, last_error = NULL,"
    " sent_at = CASE WHEN :sent THEN CAST(:now AS timestamptz) ELSE sent_at END,"
    " next_attempt_at = now() + make_interval(secs => :pause)"
    " WHERE kind = :kind AND first_day = :first AND claims = :claims"
)
_POSTPONE = text(
    "UPDATE emc_feed SET last_error = :reason, next_attempt_at = now() + make_interval(secs => :pause)"
    " WHERE kind = :kind AND first_day = :first AND claims = :claims"
)
_LIST = "SELECT * FROM emc_feed{which} ORDER BY last_day DESC, kind DESC LIMIT :most"
_LATEST, _BEFORE = text(_LIST.format(which="")), text(_LIST.format(which=" WHERE (last_day, kind) < (:last, :kind)"))


@dataclass(frozen=True)
class ClaimedFeed:
    """A period this process has the lease of. `digest`: of what was sent last, None if nothing was."""

    period: FeedPeriod
    digest: str | None
    correction: int
    claims: int
    attempts: int


async def note_periods(uow: UnitOfWork, periods: Iterable[FeedPeriod]) -> None:
    """Periods that are over; those that are there stay as they are."""
    found = list(periods)
    await uow.execute(
        _NOTE,
        {
            "kinds": [period.kind.value for period in found],
            "firsts": [period.first for period in found],
            "lasts": [period.last for period in found],
        },
    )


async def claim_period(uow: UnitOfWork, from_day: date, today: date, lease_seconds: float) -> ClaimedFeed | None:
    """A period that is due, ended in these days, ours for `lease_seconds`."""
    parameters = {"from_day": from_day, "today": today, "lease": lease_seconds}
    row = (await uow.execute(_CLAIM, parameters)).one_or_none()
    if row is None:
        return None
    period = FeedPeriod(row.first_day, row.last_day, Kind(row.kind))
    return ClaimedFeed(period, row.digest, row.correction, row.claims, row.attempts)


async def settle(
    uow: UnitOfWork, claimed: ClaimedFeed, digest: str, correction: int, pause_seconds: float, *, sent: bool
) -> None:
    """It has these figures now; they are looked at again after the pause."""
    told = {"digest": digest, "correction": correction, "sent": sent, "pause": pause_seconds, "now": uow.now}
    await uow.execute(_SETTLE, told | _key(claimed))


async def postpone(uow: UnitOfWork, claimed: ClaimedFeed, pause_seconds: float, reason: str) -> None:
    """It did not come to an end: again after the pause."""
    await uow.execute(_POSTPONE, {"pause": pause_seconds, "reason": reason} | _key(claimed))


async def list_feeds(uow: UnitOfWork, before: tuple[date, str] | None, most: int) -> Sequence[Row[Any]]:
    """Periods, the latest first."""
    if before is None:
        return (await uow.execute(_LATEST, {"most": most})).all()
    return (await uow.execute(_BEFORE, {"most": most, "last": before[0], "kind": before[1]})).all()


def _key(claimed: ClaimedFeed) -> dict[str, Any]:
    return {"kind": claimed.period.kind.value, "first": claimed.period.first, "claims": claimed.claims}
