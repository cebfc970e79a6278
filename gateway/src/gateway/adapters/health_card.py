"""Social insurance's health cards (thẻ bảo hiểm y tế). The interchange is not public: see case_register for what this is."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

from contracts.gateway import MinistryCaseKind
from gateway.adapters import routes as ways
from gateway.adapters.case_register import CaseRegister, RegisterResult
from gateway.adapters.routes import Routes
from gateway.ports import Entered
from gateway.settings import GatewaySettings

NAME = "health-card"


@asynccontextmanager
async def health_card_register(settings: GatewaySettings, routes: Routes) -> AsyncIterator[CaseRegister]:
    """The adapter with its connections, for as long as the block lasts."""
    token = settings.health_card_token.get_secret_value() if settings.health_card_token else None
    async with ways.client(token=token) as client:
        timeout = settings.register_timeout_seconds
        yield CaseRegister(NAME, MinistryCaseKind.HEALTH_CARD, client, routes, timeout, entered)


def entered(result: RegisterResult) -> Entered | None:
    """The card. Its number names a person, so that it is for who asked, and in no event."""
    return Entered(on=result.on, private={"cardNumber": result.card_number}) if result.card_number else None
