"""The gateway's own commands beside those of every service: keys checked first, agencies' clients. Wiring only."""

import typer

from gateway.client_command import client_app
from gateway.domain.checkpoint import CheckpointError
from gateway.domain.cosignature import parse_witness_key
from gateway.keys import UnusableKey
from gateway.ledger.checkpoints import exchange_signer_of, signer_of
from gateway.ledger_command import archive, verify_ledger
from gateway.partners_command import apply
from gateway.portal_command import reconcile_portal
from gateway.settings import GatewaySettings
from gateway.tokens import token_maker


def extend(commands: typer.Typer) -> typer.Typer:
    """The common commands of a service made the gateway's: keys are looked at before anything starts; agencies' clients."""
    commands.add_typer(client_app, name="client")
    commands.command()(apply)
    commands.command()(reconcile_portal)
    commands.command("verify-ledger")(verify_ledger)
    commands.command()(archive)

    @commands.callback()
    def check(context: typer.Context) -> None:
        settings = GatewaySettings()
        try:
            if context.invoked_subcommand == "worker":
                signer_of(settings)
            if context.invoked_subcommand in {"api", "worker"}:
                token_maker(settings)
                exchange_signer_of(settings)
                for vkey in settings.witnesses:
                    parse_witness_key(vkey)
        except (RuntimeError, UnusableKey, CheckpointError) as error:
            typer.echo(str(error), err=True)
            raise typer.Exit(2) from error

    return commands
