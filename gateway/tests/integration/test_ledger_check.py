"""The ledger of a database computed anew: whatever was changed in it is found, at its first bad position."""

import re
from collections.abc import AsyncIterator

import pytest
from pydantic import SecretStr

from gateway.domain.partners import MessageLogPolicy
from gateway.ledger.check import Tampered, check_ledger
from gateway.tests.integration.exchanging import Logging, logging_gateway


@pytest.fixture
async def log(database_url: SecretStr) -> AsyncIterator[Logging]:
    async with logging_gateway(database_url) as logging:
        yield logging


_REQUEST = r"(SELECT CAST(subject AS uuid) FROM ledger_entry WHERE position = \1)"
TAMPERINGS = [
    ("UPDATE ledger_body SET body = 'forged' WHERE position = 5", 5),
    ("UPDATE ledger_entry SET sender = 'forged' WHERE position = 6", 6),
    ("UPDATE ledger_entry SET leaf_hash = sha256('x') WHERE position = 3", 3),
    ("UPDATE ledger_node SET hash = sha256('x') WHERE level = 2 AND index = 1", 4),
    ("DELETE FROM ledger_node WHERE level = 1 AND index = 3", 6),
    ("DELETE FROM ledger_body WHERE position = 7; DELETE FROM ledger_entry WHERE position = 7", 7),
    ("UPDATE ledger_checkpoint SET note = replace(note, 'ledger', 'leger')", 7),
    ("UPDATE exchange SET status = 500 WHERE request_id = REQUEST_AT_2", 2),
    ("DELETE FROM exchange WHERE request_id = REQUEST_AT_1", 1),
    ("UPDATE exchange_body SET data = 'x' WHERE direction = 'response' AND request_id = REQUEST_AT_4", 4),
]


@pytest.mark.parametrize(("statements", "position"), TAMPERINGS)
async def test_a_tampered_database_is_found_at_its_first_bad_position(
    log: Logging, statements: str, position: int
) -> None:
    for _ in range(8):
        await log.exchange(b"asked", b"answered", policy=MessageLogPolicy.FULL)
    await log.seal()
    assert await check_ledger(log.gateway.runtime.database) == 8
    for statement in statements.split("; "):
        await log.gateway.execute(re.sub(r"REQUEST_AT_(\d)", _REQUEST, statement))
    with pytest.raises(Tampered) as found:
        await check_ledger(log.gateway.runtime.database)
    assert found.value.position == position, str(found.value)


async def test_a_check_from_the_middle_holds_and_one_of_a_growing_ledger_too(log: Logging) -> None:
    for _ in range(11):
        await log.exchange()
        await log.seal()
    for start in range(12):
        assert await check_ledger(log.gateway.runtime.database, start=start) == 11
    await log.gateway.execute("DELETE FROM ledger_body")  # erased by law: the rest holds
    assert await check_ledger(log.gateway.runtime.database) == 11
