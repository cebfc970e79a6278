"""Settings of the gateway beyond those every service has: one module for each part of the room, put together here."""

from chassis.service import Runtime
from chassis.settings import Settings
from gateway.settings.console import ConsoleSettings
from gateway.settings.egress import EgressSettings
from gateway.settings.exchange import ExchangeSettings
from gateway.settings.justice import JusticeSettings
from gateway.settings.ledger import LedgerSettings
from gateway.settings.message_log import MessageLogSettings
from gateway.settings.origin import OriginSettings
from gateway.settings.partners import PartnerSettings
from gateway.settings.platforms import PlatformSettings
from gateway.settings.portal import PortalSettings
from gateway.settings.quotas import QuotaSettings
from gateway.settings.registers import RegisterSettings
from gateway.settings.subscriptions import SubscriptionSettings
from gateway.settings.tokens import TokenSettings


class GatewaySettings(
    ConsoleSettings,
    PlatformSettings,
    PortalSettings,
    RegisterSettings,
    JusticeSettings,
    SubscriptionSettings,
    MessageLogSettings,
    EgressSettings,
    ExchangeSettings,
    PartnerSettings,
    TokenSettings,
    QuotaSettings,
    LedgerSettings,
    OriginSettings,
    Settings,
):
    """The LGSP's own: what it signs with, whom it routes to, who may ask it for tokens, where the ministries are."""


def settings_of(runtime: Runtime) -> GatewaySettings:
    """The settings of a gateway's runtime."""
    settings = runtime.settings
    if not isinstance(settings, GatewaySettings):
        raise TypeError("not the gateway's runtime")
    return settings
