"""What must hold after any fault: every dossier that got its 201 took each of its effects, once, and in order."""

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass

from tests.e2e.callers import LATE_FEE, Caller
from tests.e2e.city import City, until
from tests.faults.filing import file

EVENTS_OF_EACH = ("dossier-submitted", "fee-assessed", "dossier-payment-awaited")

_DOSSIERS = "SELECT count(*) FROM dossiers"
_LEDGER = "SELECT coalesce(max(position) + 1, 0) FROM ledger_entry"
_ASSESSED = "SELECT count(*) FROM assessments"
_OWED = "SELECT count(*) FROM obligations"
_COUNTED = "SELECT sum(received) FROM daily_counts"
_ARRIVED = "SELECT count(*) FROM dossiers WHERE code = ANY($1) AND version = 2 AND status = 6"
_QUARANTINED = "SELECT count(*) FROM quarantine"


@dataclass(frozen=True)
class Before:
    """How much there was of everything before a test."""

    dossiers: int
    ledger: int
    assessed: int
    owed: int
    counted: int
    quarantined: int

    @classmethod
    async def of(cls, city: City) -> "Before":
        """As it is now, everything having arrived."""
        await city.settled()
        return cls(
            await city.count("submission", _DOSSIERS),
            await city.count("gateway", _LEDGER),
            await city.count("payment", _ASSESSED),
            await city.count("payment", _OWED),
            await city.count("reporting", _COUNTED),
            await city.count("gateway", _QUARANTINED),
        )


async def nothing_lost_nothing_twice(city: City, citizen: Caller, before: Before, codes: Sequence[str]) -> None:
    """Every code has its dossier, events and effects, exactly once; and there is nothing beyond them."""
    await city.ready()
    await _through(city, codes)
    # Queues keep their order: when this last dossier is through, so is whatever was delivered a second time before it.
    last = await file(citizen, 1)
    await _through(city, last)
    await city.settled()
    codes = [*codes, *last]
    assert len(set(codes)) == len(codes)
    await _dossiers(city, before, codes)
    await _events(city, before, codes)
    await _effects(city, before, codes)


async def _through(city: City, codes: Sequence[str]) -> None:
    """Wait for the last effect of each: reporting has heard that it waits for payment."""

    async def arrived() -> bool:
        return await city.count("reporting", _ARRIVED, codes) == len(codes)

    await until(arrived, f"all effects of {len(codes)} dossiers", 60)


async def _dossiers(city: City, before: Before, codes: Sequence[str]) -> None:
    there = await city.sql("submission", "SELECT code FROM dossiers WHERE code = ANY($1)", codes)
    assert {row[0] for row in there} == set(codes), "a dossier that got its 201 is lost"
    assert await city.count("submission", _DOSSIERS) - before.dossiers == len(codes), "a request filed two dossiers"
    steps = await city.sql(
        "submission",
        "SELECT dossier_code, array_agg(status ORDER BY version) FROM history WHERE dossier_code = ANY($1) GROUP BY 1",
        codes,
    )
    assert [list(row[1]) for row in steps] == [[1, 6]] * len(codes), "a history has gaps or repeats itself"


async def _events(city: City, before: Before, codes: Sequence[str]) -> None:
    rows = await city.sql(
        "gateway",
        "SELECT subject, split_part(type, '.', 5) AS name, sender,"
        " convert_from(body, 'UTF8')::jsonb ->> 'sequence' AS version"
        " FROM ledger_entry JOIN ledger_body USING (position) WHERE position >= $1 ORDER BY position",
        before.ledger,
    )
    told = Counter((row["subject"], row["name"]) for row in rows)
    assert told == {(code, name): 1 for code in codes for name in EVENTS_OF_EACH}, "an event is missing or there twice"
    versions: dict[str, list[int]] = {}
    for row in rows:
        if row["sender"] == "submission":
            versions.setdefault(row["subject"], []).append(int(row["version"]))
    assert list(versions.values()) == [[1, 2]] * len(codes), "a dossier's events are out of order"
    assert await city.count("gateway", _QUARANTINED) == before.quarantined


async def _effects(city: City, before: Before, codes: Sequence[str]) -> None:
    assert await city.count("payment", _ASSESSED) - before.assessed == len(codes)
    assert await city.count("payment", _OWED) - before.owed == len(codes)
    owed = "SELECT count(*) FROM obligations WHERE dossier_code = ANY($1) AND amount = $2"
    assert await city.count("payment", owed, codes, LATE_FEE) == len(codes)
    assert await city.count("reporting", _COUNTED) - before.counted == len(codes)
