"""The police's residence register (cư trú, Bộ Công an). Its interchange is not public: see case_register for what this is."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

from contracts.gateway import MinistryCaseKind
from gateway.adapters import routes as ways
from gateway.adapters.case_register import CaseRegister, RegisterResult
from gateway.adapters.routes import Routes
from gateway.ports import Entered
from gateway.settings import GatewaySettings

NAME = "residence"


@asynccontextmanager
async def residence_register(settings: GatewaySettings, routes: Routes) -> AsyncIterator[CaseRegister]:
    """The adapter with its connections, for as long as the block lasts."""
    token = settings.residence_token.get_secret_value() if settings.residence_token else None
    async with ways.client(token=token) as client:
        timeout = settings.register_timeout_seconds
        yield CaseRegister(NAME, MinistryCaseKind.RESIDENCE, client, routes, timeout, entered)


def entered(result: RegisterResult) -> Entered | None:
    """The number of the register's entry."""
    return Entered(number=result.number, on=result.on) if result.number else None
