"""What the tests of the message log exchange: an exchange as the hop would tell it, and a gateway that logs and seals."""

import hashlib
import json
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import UTC, datetime
from pathlib import Path
from typing import Any
from uuid import UUID

from pydantic import SecretStr
from typer import Typer
from typer.testing import CliRunner

from chassis.ids import new_id
from gateway.domain.partners import MessageLogPolicy
from gateway.exchange.record import Asked, Direction, Ended
from gateway.ledger.checkpoints import exchange_signer_of
from gateway.message_log import DatabaseMessageLog
from gateway.message_log.sealing import give_up_waiting, seal_batch
from gateway.settings import GatewaySettings
from gateway.tests.conftest import Gateway, opened, pem
from gateway.verify_command import verify

application = Typer()
application.command()(verify)

CLIENT = "VN/GOV/G15/hotich"
SERVICE = "VN/GOV/H26/lienthong/procedures"


def asked(**more: Any) -> Asked:
    """An exchange that came in."""
    members: dict[str, Any] = {
        "request_id": new_id(),
        "message_id": "VN-1",
        "method": "GET",
        "client": CLIENT,
        "service": SERVICE,
        "path": "1.001193",
        "query": "",
        "user_id": None,
        "issue": None,
        "represented_party": None,
        "received_at": datetime(2026, 10, 12, 3, 0, 7, tzinfo=UTC),
        "policy": MessageLogPolicy.METADATA,
    }
    return Asked(**(members | more))


def ended(request: bytes = b"", response: bytes = b"{}", **more: Any) -> Ended:
    """How it ended."""
    members: dict[str, Any] = {
        "status": 200,
        "error": None,
        "request_bytes": len(request),
        "response_bytes": len(response),
        "request_sha512": hashlib.sha512(request).digest() if request else None,
        "response_sha512": hashlib.sha512(response).digest() if response else None,
        "millis": 12.4,
        "upstream_millis": 10.0,
    }
    return Ended(**(members | more))


class Logging:
    """A gateway whose message log is told of exchanges by the test."""

    def __init__(self, gateway: Gateway) -> None:
        self.gateway = gateway
        self.log: DatabaseMessageLog = gateway.runtime.extras["message_log"]

    async def exchange(self, request: bytes = b"", response: bytes = b"{}", *, end: Any = None, **more: Any) -> UUID:
        """One exchange from its beginning to its end; its id."""
        one = asked(**more)
        await self.log.begin(one)
        if one.policy is MessageLogPolicy.FULL:
            for direction, body in ((Direction.REQUEST, request), (Direction.RESPONSE, response)):
                for number, at in enumerate(range(0, len(body), 7)):
                    await self.log.body(one.request_id, direction, number, body[at : at + 7])
        await self.log.end(one, end or ended(request, response))
        return one.request_id

    async def seal(self) -> int:
        """One turn of the worker, then of the signer of checkpoints."""
        sealed = await seal_batch(self.gateway.runtime.database)
        await self.gateway.sign()
        return sealed

    async def give_up(self, minutes: int = 0) -> int:
        signer = exchange_signer_of(self.gateway.settings)
        assert signer is not None
        return await give_up_waiting(self.gateway.runtime.database, signer, minutes)


@asynccontextmanager
async def logging_gateway(database_url: SecretStr, **settings: Any) -> AsyncIterator[Logging]:
    """A gateway with all its keys, on this database."""
    keys = {"ledger_key": pem(), "token_key": pem(), "exchange_key": pem()}
    async with opened(GatewaySettings(database_url=database_url, **(keys | settings)), {}) as gateway:
        yield Logging(gateway)


async def verified(log: Logging, content: object, folder: Path, *more: str) -> tuple[int, str]:
    """Exit code and words of `lienthong verify` over a file."""
    keys, file = folder / "keys.txt", folder / "evidence.json"
    keys.write_text((await log.gateway.get("/lgsp/v1/ledger/key")).text)
    if isinstance(content, Path):
        file = content
    else:
        file.write_text(content if isinstance(content, str) else json.dumps(content))
    result = CliRunner().invoke(application, [str(file), "--key", str(keys), *more])
    assert all(len(line) <= 80 for line in result.output.splitlines()), result.output
    return result.exit_code, " ".join(result.output.split())
