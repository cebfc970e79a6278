"""The sandbox's subcommands of `lienthong`, as the entry points name them."""

from sandbox.contracts_files.command import contracts
from sandbox.demo.command import demo
from sandbox.deployment import deployment_secrets
from sandbox.identities import token
from sandbox.walk.command import walk

__all__ = ["contracts", "demo", "deployment_secrets", "token", "walk"]
