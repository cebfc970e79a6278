"""Takes up what witnesses signed: kept if it is this ledger's own checkpoint, and the witness one that is known."""

from collections.abc import Iterable

from chassis.database import UnitOfWork
from chassis.problems import Text
from gateway.domain.checkpoint import CheckpointError, read_checkpoint, read_note
from gateway.domain.cosignature import cosignatures, parse_witness_key
from gateway.problems.ledger import NotCosigned
from gateway.queries import ledger as ledger_queries
from gateway.queries import witnesses as queries


async def take_cosigned(uow: UnitOfWork, note: bytes, vkeys: Iterable[str]) -> None:
    """Keep the cosignatures of a note, from wherever it came. Raises NotCosigned."""
    try:
        text, lines = read_note(note.decode())
        size = read_checkpoint(text).size
    except (CheckpointError, UnicodeDecodeError):
        raise NotCosigned(Text("Không đọc được", "It cannot be read as a signed checkpoint")) from None
    ours = await ledger_queries.cosigned_checkpoint(uow, size)
    if ours is None or read_note(ours[1])[0] != text:
        raise NotCosigned(Text("Không phải của sổ cái này", "This ledger never signed that checkpoint"))
    found = cosignatures(text, lines, [parse_witness_key(vkey) for vkey in vkeys])
    if not found:
        raise NotCosigned(Text("Không có nhân chứng nào được biết", "No line in it is by a witness that is known here"))
    await queries.keep(uow, size, found)
    await uow.commit(None)
