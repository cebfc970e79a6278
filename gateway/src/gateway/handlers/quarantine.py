"""Use cases of the quarantine: a refused event is mended and admitted after all, or dismissed. The original stays as it came."""

from collections.abc import Mapping
from uuid import UUID

from sqlalchemy import text

from chassis.database import UnitOfWork
from chassis.problems import Text
from contracts.event import Event
from gateway import ledger
from gateway.domain.admission import Admitted, Refused, admit
from gateway.problems.console import QuarantinedNotFound, QuarantineSettled, StillRefused
from gateway.queries import quarantine as queries
from gateway.router import CHANNEL


async def replay_mended(
    quarantined: int,
    body: bytes,
    operator: str,
    uow: UnitOfWork,
    contracts: Mapping[str, type[Event]],
    *,
    most_bytes: int,
) -> UUID:
    """Admit a mended event as from its sender, by the router's own rules, into the ledger; gives the event's id.

    Raises QuarantinedNotFound, QuarantineSettled, StillRefused (then nothing changed).
    """
    sender = await _open(quarantined, uow)
    judged = admit(sender, body, contracts, most_bytes=most_bytes)
    if isinstance(judged, Refused):
        raise _still_refused(judged)
    reused = await ledger.append(uow, [judged])
    if reused:
        raise _still_refused(reused[0])
    await _settle(quarantined, "replayed", operator, uow, judged)
    await uow.execute(text(f"NOTIFY {CHANNEL}"))  # rare enough to stand in the transaction
    return await uow.commit(judged.envelope.id)


async def dismiss(quarantined: int, reason: str, operator: str, uow: UnitOfWork) -> None:
    """Let a refused event be: it is kept, and no more shown as open. Raises QuarantinedNotFound, QuarantineSettled."""
    await _open(quarantined, uow)
    await queries.settle(uow, quarantined, "dismissed", operator, note=reason)
    await uow.commit(None)


async def _open(quarantined: int, uow: UnitOfWork) -> str:
    row = await queries.hold(uow, quarantined)
    if row is None:
        raise QuarantinedNotFound
    if row.outcome is not None:
        raise QuarantineSettled(state=row.outcome)
    return row.sender


async def _settle(quarantined: int, outcome: str, operator: str, uow: UnitOfWork, admitted: Admitted) -> None:
    await queries.settle(uow, quarantined, outcome, operator, mended=admitted.body, event_id=admitted.envelope.id)


def _still_refused(refused: Refused) -> StillRefused:
    words = f"{refused.reason.value}: {refused.detail}"
    return StillRefused(Text(f"Vẫn bị từ chối: {words}", f"Still refused: {words}"), reason=refused.reason.value)
