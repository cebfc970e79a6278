"""SQL that draws the number of a dossier: from the one sequence, or from a counter of its own. Makes no code."""

from sqlalchemy import text

from chassis.database import UnitOfWork

_RUNNING = text("SELECT nextval('dossier_number')")

# The row is held until the filing commits, so a counter's numbers have no gap; who files for the same agency waits.
_COUNTED = text("""
INSERT INTO dossier_counters AS counter (name, last) VALUES (:name, 1)
ON CONFLICT (name) DO UPDATE SET last = counter.last + 1
RETURNING last""")


async def draw(uow: UnitOfWork, counter: str | None) -> int:
    """The next number. None: of the sequence, where one drawn by a transaction that fails is lost."""
    drawn = await (uow.execute(_RUNNING) if counter is None else uow.execute(_COUNTED, {"name": counter}))
    return int(drawn.scalar_one())
