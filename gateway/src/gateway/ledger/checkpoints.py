"""Signs the ledger's state: as often as it has grown, the root over all entries becomes a checkpoint anyone can hold on to."""

from collections.abc import Sequence

from chassis.database import Database, UnitOfWork
from chassis.telemetry.logging import get_logger
from gateway import ledger
from gateway.domain.checkpoint import Checkpoint, Signer, UnsignedError, format_vkey, open_checkpoint, parse_vkey, sign
from gateway.keys import private_key
from gateway.queries import ledger as queries
from gateway.settings import GatewaySettings

_log = get_logger("checkpoints")

NO_KEY = (
    "LIENTHONG_LEDGER_KEY is not set: without it the gateway's worker cannot sign the ledger, so it does not start."
)


class HistoryRewritten(Exception):
    """The entries no longer give the root that was signed: the ledger was altered, and nothing more is signed over it."""


def signer_of(settings: GatewaySettings) -> Signer:
    """What checkpoints are signed with. Raises RuntimeError where there is no key, UnusableKey where it is none."""
    if settings.ledger_key is None:
        raise RuntimeError(NO_KEY)
    return Signer(settings.ledger_origin, private_key(settings.ledger_key, "LIENTHONG_LEDGER_KEY"))


def exchange_signer_of(settings: GatewaySettings) -> Signer | None:
    """What exchanges are signed with, under a name beside the ledger's; None where there is no key. Raises UnusableKey."""
    if settings.exchange_key is None:
        return None
    name = f"{settings.ledger_origin.removesuffix('/ledger')}/exchange"
    return Signer(name, private_key(settings.exchange_key, "LIENTHONG_EXCHANGE_KEY"))


async def publish_verifier(database: Database, *signers: Signer) -> None:
    """Make the public keys known to the API, whose process has no business with the ledger's private one."""
    async with database.begin() as uow:
        for signer in signers:
            await queries.keep_verifier(uow, format_vkey(signer.verifier))
        await uow.commit(None)


async def sign_if_grown(database: Database, signer: Signer) -> int | None:
    """Sign the ledger as it is now, unless the latest checkpoint says so already; gives the size that was signed.

    Raises HistoryRewritten.
    """
    async with database.begin() as uow:
        size = await ledger.size_of(uow.connection)
        latest = await queries.latest_checkpoint(uow)
        if latest is not None:
            if latest[0] == size:
                return None
            await _check_history(uow, size, latest[1])
        root = await ledger.root_of(uow.connection, size)
        await queries.keep_checkpoint(uow, size, sign(Checkpoint(signer.name, size, root), signer))
        return await uow.commit(size)


async def _check_history(uow: UnitOfWork, size: int, note: str) -> None:
    """A log that signs whatever it finds would sign a forgery: what was signed last must still be its beginning."""
    before = _opened(note, await queries.verifiers(uow))
    if before is None or size < before.size or await ledger.root_of(uow.connection, before.size) != before.root:
        _log.error("ledger does not match its checkpoint", size=before.size if before else 0)
        raise HistoryRewritten


def _opened(note: str, vkeys: Sequence[str]) -> Checkpoint | None:
    """The checkpoint, signed by the key in use or by one before it."""
    for vkey in vkeys:
        try:
            return open_checkpoint(note, parse_vkey(vkey))
        except UnsignedError:
            continue
    return None
