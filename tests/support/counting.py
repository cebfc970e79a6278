"""Counts SQL statements, so that a test can hold an endpoint to its number."""

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from sqlalchemy import event

from chassis.database import Database

# The gateway asks it once a second for all requests together: into which one's time that falls is chance.
_ALONGSIDE = "FROM revoked_token"


@contextmanager
def counted(database: Database) -> Iterator[list[str]]:
    """The statements run inside the block, in order, without those that run alongside whatever is asked."""
    statements: list[str] = []

    def seen(_conn: Any, _cursor: Any, statement: str, *_: Any) -> None:
        if _ALONGSIDE not in statement:
            statements.append(statement)

    engine = database.engine.sync_engine
    event.listen(engine, "before_cursor_execute", seen)
    try:
        yield statements
    finally:
        event.remove(engine, "before_cursor_execute", seen)
