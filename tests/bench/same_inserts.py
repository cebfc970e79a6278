"""pgbench making the rows that a filed dossier makes, in one transaction: what the database could take if nobody checked.

The rows are copies of those that a real POST left, so the script follows the tables by itself; only keys are counted up.
"""

import asyncio
import os
import re

import asyncpg

from tests.bench.stand import Stand
from tests.servers.enclosure import ServerError
from tests.servers.postgres import find_binaries

_COUNTED = ":client_id::bigint || '-' || :n::bigint"
_MADE = {
    "dossier code": f"'B' || {_COUNTED}",
    "key": f"'pgbench-00000000-0000-' || {_COUNTED}",
    "event id": "gen_random_uuid()",
}
# Where the rows of a dossier are found by its code, and which of their columns must differ from row to row.
_ROWS = {
    "dossiers": ("code = $1", {"code": "dossier code"}),
    "history": ("dossier_code = $1", {"dossier_code": "dossier code"}),
    "outbox": ("subject = $1", {"event_id": "event id", "subject": "dossier code"}),
    "idempotency": ("body::jsonb ->> 'code' = $1", {"key": "key"}),
}
_NUMBERED_BY_THE_TABLE = {"position"}


async def script_of(stand: Stand, code: str) -> str:
    """The pgbench script that repeats what filing the dossier of that code left."""
    connection = await asyncpg.connect(stand.postgres.libpq_url("submission"))
    try:
        inserts = {table: await _insert(connection, table, code) for table in _ROWS}
    finally:
        await connection.close()
    return "\n".join(
        (
            "\\set n :n + 1",
            "BEGIN;",
            # As submission writes them: two statements of two rows each.
            f"WITH filed AS ({inserts['dossiers']}) {inserts['history']};",
            f"WITH recorded AS ({inserts['outbox']}) {inserts['idempotency']};",
            "COMMIT;",
        )
    )


async def transactions_per_second(stand: Stand, script: str, *, clients: int, seconds: float) -> float:
    """Run the script; pgbench itself counts, from when all clients are connected."""
    file = stand.enclosure.folder / "same_inserts.sql"
    file.write_text(script, encoding="utf-8")
    child = await asyncio.create_subprocess_exec(
        str(find_binaries() / "pgbench"), "--no-vacuum", "--protocol=prepared", f"--client={clients}", "--jobs=1",
        f"--time={max(1, round(seconds))}", f"--define=n={stand.numbers()}", f"--file={file}",
        stand.postgres.libpq_url("submission"),
        env=os.environ | {"PGCLIENTENCODING": "UTF8"},
        stdout=asyncio.subprocess.PIPE, stderr=asyncio.subprocess.STDOUT,
    )  # fmt: skip
    said = (await child.communicate())[0].decode(errors="replace")
    found = re.search(r"tps = ([0-9.]+) \(without initial", said)
    if child.returncode or found is None:
        raise ServerError(f"pgbench failed: {said}")
    return float(found[1])


async def _insert(connection: "asyncpg.Connection[asyncpg.Record]", table: str, code: str) -> str:
    where, differing = _ROWS[table]
    rows = await connection.fetch(
        "SELECT column_name FROM information_schema.columns WHERE table_schema = 'public' AND table_name = $1"
        " ORDER BY ordinal_position",
        table,
    )
    columns = [row["column_name"] for row in rows if row["column_name"] not in _NUMBERED_BY_THE_TABLE]
    as_text = ", ".join(f"{column}::text" for column in columns)
    query = f"SELECT {as_text} FROM {table} WHERE {where}"  # noqa: S608 - names of the database's own
    row = await connection.fetchrow(query, code)
    if row is None:
        raise ServerError(f"filing a dossier left no row in {table}: the benchmark no longer knows what it leaves")
    values = [
        _MADE[differing[column]] if column in differing else _literal(value)
        for column, value in zip(columns, row, strict=True)
    ]
    return f"INSERT INTO {table} ({', '.join(columns)}) VALUES ({', '.join(values)})"  # noqa: S608 - likewise


def _literal(value: str | None) -> str:
    """A quoted literal. Colons are written as escapes, or pgbench would take `:null` in JSON for a variable of its own."""
    if value is None:
        return "NULL"
    return "E'" + value.replace("\\", "\\\\").replace("'", "''").replace(":", "\\x3A") + "'"
