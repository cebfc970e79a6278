"""Where calls to addresses that partners name may go: webhooks, and providers' servers."""

from ipaddress import IPv4Network, IPv6Network

from pydantic import Field
from pydantic_settings import BaseSettings


class EgressSettings(BaseSettings):
    """Where calls to addresses that partners name may go."""

    egress_networks_allowed: tuple[IPv4Network | IPv6Network, ...] = Field(
        default=(),
        description="Networks that are not public and yet may be called, as JSON; over http too and on any port. For the "
        "sandbox's loopback, and for the state's closed network",
    )
    egress_ports: frozenset[int] = Field(
        default=frozenset({443, 8443}), description="Ports that may be called at public addresses, as JSON"
    )
