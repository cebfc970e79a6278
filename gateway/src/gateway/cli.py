"""The gateway's own commands beside those of every service: keys checked first, agencies' clients. Wiring only."""

from pathlib import Path
from typing import Annotated

import typer

from gateway.checkpoints import signer_of
from gateway.clients import ClientsFileError, add_client
from gateway.domain.checkpoint import CheckpointError
from gateway.keys import UnusableKey
from gateway.settings import GatewaySettings
from gateway.tokens import token_maker

client_app = typer.Typer(help="Agencies' systems that may ask for access tokens.", no_args_is_help=True)


@client_app.callback()
def _clients() -> None:
    """Agencies' systems that may ask for access tokens."""


@client_app.command()
def add(
    client_id: Annotated[str, typer.Argument(help="Id of the new client, e.g. the-agency-portal")],
    agency: Annotated[str, typer.Option(help="Code of its agency, e.g. G15")],
    scope: Annotated[list[str], typer.Option(help="What it may do, e.g. submission:read; give it once for each")],
    file: Annotated[
        Path,
        typer.Option(envvar="LIENTHONG_CLIENTS_FILE", help="The clients file; a running gateway takes it up by itself"),
    ],
    replace: Annotated[
        bool, typer.Option("--replace", help="Give an existing client a new secret and these scopes")
    ] = False,
) -> None:
    """Add a client and show its secret, once: only a hash of it is kept."""
    try:
        secret = add_client(file, client_id, agency=agency, scopes=scope, replace=replace)
    except ClientsFileError as error:
        typer.echo(str(error), err=True)
        raise typer.Exit(1) from error
    typer.echo(secret)
    typer.echo(f"This is the secret of {client_id}. It is shown this once; hand it over by a safe way.", err=True)


def extend(commands: typer.Typer) -> typer.Typer:
    """The common commands of a service made the gateway's: keys are looked at before anything starts; agencies' clients."""
    commands.add_typer(client_app, name="client")

    @commands.callback()
    def check(context: typer.Context) -> None:
        settings = GatewaySettings()
        try:
            if context.invoked_subcommand == "worker":
                signer_of(settings)
            if context.invoked_subcommand in {"api", "worker"}:
                token_maker(settings)
        except (RuntimeError, UnusableKey, CheckpointError) as error:
            typer.echo(str(error), err=True)
            raise typer.Exit(2) from error

    return commands
