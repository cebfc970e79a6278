"""`lienthong gateway client`: a new secret for a registered subsystem, from the operator's shell. It registers none."""

import asyncio
from typing import Annotated

import typer

from chassis.clock import SystemClock
from chassis.database import Database
from gateway.handlers.credentials import MadeSecret, make_secret
from gateway.problems.credentials import ClientNotFound, TooManyCredentials
from gateway.settings import GatewaySettings

client_app = typer.Typer(help="Agencies' systems that may ask for access tokens.", no_args_is_help=True)


@client_app.callback()
def _clients() -> None:
    """Agencies' systems that may ask for access tokens."""


@client_app.command()
def secret(
    client_id: Annotated[str, typer.Argument(help="Client id of a registered subsystem")],
    access_key: Annotated[
        bool, typer.Option("--access-key", help="An AccessKey and its SecretKey instead, for /lgsp/v1/token")
    ] = False,
) -> None:
    """Make a new secret and show it, once: only a hash of it is kept. Those it has go on to count until they are revoked."""
    try:
        made = asyncio.run(_made(client_id, access_key=access_key))
    except ClientNotFound:
        typer.echo(
            f"No subsystem has the client id {client_id}: register it first (partners.yaml, or the API).", err=True
        )
        raise typer.Exit(1) from None
    except TooManyCredentials as problem:
        typer.echo(f"{client_id} has {problem.context['most']} credentials already: revoke one first.", err=True)
        raise typer.Exit(1) from None
    if access_key:
        typer.echo(made.credential.name)
    typer.echo(made.secret)
    what = "the AccessKey and SecretKey" if access_key else "the secret"
    typer.echo(f"This is {what} of {client_id}. It is shown this once; hand it over by a safe way.", err=True)


async def _made(client_id: str, *, access_key: bool) -> MadeSecret:
    database = Database.connect(GatewaySettings().database_url.get_secret_value(), SystemClock())
    try:
        async with database.begin() as uow:
            return await make_secret(uow, client_id, access_key=access_key)
    finally:
        await database.close()
