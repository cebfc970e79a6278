"""The gateway: its one definition, and the commands it runs by. Nothing else."""

from collections.abc import Mapping
from typing import Any

from chassis.run import commands as commands_of
from chassis.service import Job, Runtime, Service
from gateway import adapters, cli
from gateway.adapters.connections import close_connections
from gateway.adapters.health import write_adapter_health
from gateway.api import routers
from gateway.callers import CertificateBook
from gateway.consumers import handlers
from gateway.delivery.workers import call_webhooks, fan_out
from gateway.handlers.national_payment import expire_payments
from gateway.handlers.tokens import ClientDesk
from gateway.ledger.archive import archive_days
from gateway.ledger.checkpoints import signer_of
from gateway.ledger.witnesses import ask_witnesses
from gateway.message_log import DatabaseMessageLog, seal_exchanges, write_message_log
from gateway.origin import create_public_origin
from gateway.quotas import Quotas
from gateway.registry import RegistryBook
from gateway.revocations import Revocations, watch_revocations
from gateway.settings import GatewaySettings, settings_of
from gateway.tokens import token_maker
from gateway.workers import (
    TOPOLOGY,
    exchange_documents,
    feed_evaluation,
    route_events,
    sign_ledger,
    speak_with_ministry,
    speak_with_portal,
    tell_services_again,
)


async def _started(runtime: Runtime) -> Mapping[str, Any]:
    """What routes need. A process that works the bus must be able to sign the ledger: said now, not found out later."""
    settings = settings_of(runtime)
    if runtime.transport is not None:
        signer_of(settings)
    return {
        "tokens": token_maker(settings),
        "clients": ClientDesk(runtime.database),
        "certificates": CertificateBook(runtime.database),
        "revocations": Revocations(runtime.database),
        "registry": RegistryBook(runtime.database),
        "quotas": Quotas.of(settings),
        "message_log": DatabaseMessageLog(runtime),
        "adapters": adapters.apps(runtime),
    }


SERVICE = Service(
    name="gateway",
    package="gateway",
    title="Gateway (LGSP): public origin, event ledger, tokens",
    description="The one door: every service is behind it under /api, every event crosses it and is kept in its ledger.",
    routers=routers,
    handlers=handlers,
    workers=(
        route_events,
        tell_services_again,
        sign_ledger,
        seal_exchanges,
        ask_witnesses,
        fan_out,
        call_webhooks,
        speak_with_ministry,
        exchange_documents,
        speak_with_portal,
        feed_evaluation,
    ),
    jobs=(Job("archive", 600, archive_days), Job("national-payments", 60, expire_payments)),
    alongside=(watch_revocations, write_message_log, write_adapter_health, close_connections),
    settings=GatewaySettings,
    started=_started,
    tags=(
        {"name": "ledger", "description": "Sổ cái sự kiện: what crossed the gateway, and the proofs of it"},
        {"name": "quarantine", "description": "Events that were refused"},
        {"name": "tokens", "description": "Access tokens of agencies' systems, and what they are given for"},
        {"name": "partners", "description": "Members, subsystems, services, grants, and requests for access"},
        {"name": "exchange", "description": "Nhật ký trao đổi: what was exchanged under /r1, and the evidence of it"},
        {"name": "events", "description": "Event types, subscriptions of agencies, and events they publish"},
        {"name": "ministries", "description": "What is exchanged with ministries and national platforms"},
        {"name": "data-accesses", "description": "Ai đã xem dữ liệu của tôi / Who read my data"},
        {"name": "documentation", "description": "Pages and documents that explain"},
    ),
)

commands = cli.extend(commands_of(SERVICE, topology=TOPOLOGY, application=create_public_origin))
