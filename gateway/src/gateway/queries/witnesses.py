"""SQL of witnesses: how far each has seen the ledger, and what it cosigned. It decides nothing."""

from collections.abc import Sequence

from sqlalchemy import text

from chassis.database import UnitOfWork
from gateway.domain.cosignature import Cosignature

_KEEP = text(
    "INSERT INTO cosignature (size, witness, line, signed_at) VALUES (:size, :witness, :line, :signed_at)"
    " ON CONFLICT (size, witness) DO UPDATE SET line = excluded.line, signed_at = excluded.signed_at"
    " WHERE cosignature.signed_at < excluded.signed_at"
)
_SEEN = text("SELECT size FROM witness WHERE vkey = :vkey")
_SAW = text(
    "INSERT INTO witness (vkey, size) VALUES (:vkey, :size) ON CONFLICT (vkey) DO UPDATE SET size = excluded.size"
)


async def keep(uow: UnitOfWork, size: int, found: Sequence[Cosignature]) -> None:
    """Keep cosignatures of the checkpoint of that size; of two by one witness the later."""
    for cosignature in found:
        await uow.execute(
            _KEEP,
            {
                "size": size,
                "witness": cosignature.witness.vkey,
                "line": cosignature.line,
                "signed_at": cosignature.at,
            },
        )


async def seen(uow: UnitOfWork, vkey: str) -> int:
    """The size a witness cosigned last, as far as we know."""
    return (await uow.execute(_SEEN, {"vkey": vkey})).scalar() or 0


async def saw(uow: UnitOfWork, vkey: str, size: int) -> None:
    """Remember it."""
    await uow.execute(_SAW, {"vkey": vkey, "size": size})
