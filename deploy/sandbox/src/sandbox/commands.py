"""The sandbox's subcommands of `lienthong`, as the entry points name them."""

from sandbox.contracts_files.command import contracts
from sandbox.demo.command import demo
from sandbox.deployment import command as deployment_secrets
from sandbox.identities import token

__all__ = ["contracts", "demo", "deployment_secrets", "token"]
