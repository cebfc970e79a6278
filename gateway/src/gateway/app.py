"""The gateway: its one definition, and the commands it runs by. Nothing else."""

from collections.abc import Mapping
from typing import Any

from chassis.run import commands as commands_of
from chassis.service import Runtime, Service
from gateway import cli
from gateway.api import routers
from gateway.checkpoints import signer_of
from gateway.clients import ClientBook
from gateway.consumers import handlers
from gateway.origin import create_public_origin
from gateway.settings import GatewaySettings, settings_of
from gateway.tokens import token_maker
from gateway.workers import TOPOLOGY, route_events, sign_ledger, speak_with_ministry


async def _started(runtime: Runtime) -> Mapping[str, Any]:
    """What routes need. A process that works the bus must be able to sign the ledger: said now, not found out later."""
    settings = settings_of(runtime)
    if runtime.transport is not None:
        signer_of(settings)
    return {"tokens": token_maker(settings), "clients": ClientBook(settings.clients_file)}


SERVICE = Service(
    name="gateway",
    package="gateway",
    title="Gateway (LGSP): public origin, event ledger, tokens",
    description="The one door: every service is behind it under /api, every event crosses it and is kept in its ledger.",
    routers=routers,
    handlers=handlers,
    workers=(route_events, sign_ledger, speak_with_ministry),
    settings=GatewaySettings,
    started=_started,
    tags=(
        {"name": "ledger", "description": "Sổ cái sự kiện: what crossed the gateway, and the proofs of it"},
        {"name": "quarantine", "description": "Events that were refused"},
        {"name": "tokens", "description": "Access tokens of agencies' systems"},
        {"name": "documentation", "description": "Pages and documents that explain"},
    ),
)

commands = cli.extend(commands_of(SERVICE, topology=TOPOLOGY, application=create_public_origin))
