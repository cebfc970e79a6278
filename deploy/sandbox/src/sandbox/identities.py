"""The ready identities of a running sandbox, and how a shell gets a token for one of them."""

import json
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Annotated, Literal

import httpx
import typer

from chassis.database import Database
from gateway.handlers.credentials import keep_secret
from sandbox.secrets_on_disk import SecretsOnDisk
from sandbox.simulators.identity import GRANT
from sandbox.simulators.people import EDITOR, MOTHER, OFFICER, OPERATOR, Person

Name = Literal["citizen", "officer", "editor", "operator", "agency"]
PEOPLE: Mapping[str, Person] = {"citizen": MOTHER, "officer": OFFICER, "editor": EDITOR, "operator": OPERATOR}


AGENCY = "sandbox-agency"
"""Client id of the ready agency's system; what it is and may do stands in data/partners.yaml."""


async def agency_proves_itself(gateway: Database, secrets: SecretsOnDisk) -> None:
    """Let the secret kept on disk be one of the ready agency's, whose registration is there already."""
    async with gateway.begin() as uow:
        await keep_secret(uow, AGENCY, secrets.word("agency"))


@dataclass(frozen=True)
class Grip:
    """Where a running sandbox is: left in its data directory for other commands."""

    url: str
    data_dir: Path

    def save(self) -> None:
        """Leave it for `lienthong token`."""
        (self.data_dir / "running.json").write_text(json.dumps({"url": self.url}), encoding="utf-8")

    @classmethod
    def find(cls, data_dir: Path) -> "Grip":
        """The sandbox that runs on this data directory; raises OSError if none was started."""
        return cls(json.loads((data_dir / "running.json").read_text(encoding="utf-8"))["url"], data_dir)

    def agency_secret(self) -> str:
        """The agency's client secret."""
        return SecretsOnDisk(self.data_dir / "secrets").word("agency")

    def token(self, name: Name) -> str:
        """A bearer token, good for as long as its issuer gives it."""
        if name == "agency":
            form = {"grant_type": "client_credentials"}
            answer = httpx.post(f"{self.url}/oauth2/token", auth=(AGENCY, self.agency_secret()), data=form)
        else:
            data = {"grant_type": GRANT, "identity": PEOPLE[name].name}
            answer = httpx.post(f"{self.url}/sandbox/identity/token", data=data)
        answer.raise_for_status()
        token: str = answer.json()["access_token"]
        return token


def token(
    name: Annotated[str, typer.Argument(help="citizen, officer, editor, operator or agency")],
    data_dir: Annotated[
        Path, typer.Option("--data-dir", envvar="LIENTHONG_DATA_DIR", help="The sandbox's data")
    ] = Path(".sandbox"),
) -> None:
    """Print a token, for `curl -H "Authorization: Bearer $(lienthong token citizen)"`."""
    if name not in {*PEOPLE, "agency"}:
        raise typer.BadParameter("choose citizen, officer, editor, operator or agency")
    try:
        typer.echo(Grip.find(data_dir).token(name))  # type: ignore[arg-type]  # checked above
    except (OSError, httpx.HTTPError) as error:
        typer.echo(f"No sandbox answers for {data_dir}: start one with `make demo`.", err=True)
        raise typer.Exit(1) from error
