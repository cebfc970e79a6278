"""What each process of a deployment is told: its database, its broker user, its keys, who is where. Used by compose and tests.

Secrets are made once and kept (`SecretsOnDisk`); a service's environment holds only its own. No process is started here.
"""

import json
import os
import shlex
from collections.abc import Collection, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Annotated
from urllib.parse import urlsplit

import typer

from contracts.registry import SERVICES
from gateway.broker_definitions import USERS, broker_definitions
from sandbox.secrets_on_disk import SecretsOnDisk

SIMULATORS = "simulators"
STORE = "files"
APPLICATION, SERVER = 10001, 999
"""The users that read the secrets in containers: ours (deploy/Dockerfile), and the one the servers' images run as."""
BUCKET = "files"
PARTNERS = Path(__file__).with_name("data") / "partners.yaml"
"""Who takes part in a sandbox's exchange."""


@dataclass(frozen=True)
class Places:
    """Where things are, as the processes reach them. `upstream` has `{service}` in it.

    `world` is where the simulators are reached from inside, `world_public` from a citizen's browser; None where the
    real ministries and identity providers are configured by hand instead.
    """

    public_url: str
    postgres: str
    amqp: str
    upstream: str
    gateway: str
    world: str | None = None
    world_public: str | None = None
    world_smtp_port: int | None = None
    """Where the simulated mail server takes mails; None: submission has no mail server."""
    store: str | None = None
    """The S3 server that keeps files; None: a folder of this machine keeps them."""
    scanner: str | None = None
    """ClamAV's daemon, host:port; None: nobody looks for malware."""
    proxies: str = "127.0.0.1"
    """Whose X-Forwarded-* the services believe: the gateway's address, or * where nothing else can reach them."""

    def api(self, service: str) -> str:
        """The base URL of a service's API."""
        return self.gateway if service == "gateway" else self.upstream.format(service=service)


def environment(service: str, places: Places, secrets: SecretsOnDisk, directory: Path) -> dict[str, str]:
    """The environment of a service's API and worker. `directory` is where the processes find files that are mounted."""
    database, broker = secrets.word(f"postgres-{service}"), secrets.word(f"rabbitmq-{service}")
    issuers = {places.public_url: f"{places.gateway}/.well-known/jwks.json"}
    kinds = {places.public_url: ["agency"]}
    if places.world is not None:
        issuers[f"{places.world_public}/sandbox/identity"] = f"{places.world}/sandbox/identity/jwks.json"
        kinds[f"{places.world_public}/sandbox/identity"] = ["citizen", "officer"]
    common = {
        "LIENTHONG_DATABASE_URL": f"postgresql+asyncpg://{service}:{database}@{places.postgres}/{service}",
        "LIENTHONG_AMQP_URL": f"amqp://{service}:{broker}@{places.amqp}/",
        "LIENTHONG_ISSUERS": json.dumps(issuers),
        "LIENTHONG_ISSUER_KINDS": json.dumps(kinds),
        "LIENTHONG_PUBLIC_URL": places.public_url,
        **({} if service == "gateway" else {"LIENTHONG_TRUSTED_PROXIES": places.proxies}),
    }
    return common | _own(service, places, secrets, directory)


def _own(service: str, places: Places, secrets: SecretsOnDisk, directory: Path) -> dict[str, str]:
    match service:
        case "gateway":
            ministry = {
                "LIENTHONG_MOJ_URL": f"{places.world}/sandbox/moj",
                "LIENTHONG_MOJ_TOKEN": secrets.word("moj"),
                "LIENTHONG_MOJ_POLL_SECONDS": "1",
                "LIENTHONG_CONSOLE_ISSUER": f"{places.world_public}/sandbox/identity",
                "LIENTHONG_CONSOLE_ISSUER_URL": f"{places.world}/sandbox/identity",
                "LIENTHONG_RESIDENCE_URL": f"{places.world}/sandbox/residence",
                "LIENTHONG_RESIDENCE_TOKEN": secrets.word("residence"),
                "LIENTHONG_HEALTH_CARD_URL": f"{places.world}/sandbox/social-insurance",
                "LIENTHONG_HEALTH_CARD_TOKEN": secrets.word("health-card"),
                "LIENTHONG_REGISTER_POLL_SECONDS": "1",
                "LIENTHONG_PORTAL_URL": f"{places.world}/sandbox/portal",
                "LIENTHONG_PORTAL_DSTCODE": "sandbox-portal",
                "LIENTHONG_EMC_URL": f"{places.world}/sandbox/emc",
                "LIENTHONG_EMC_TOKEN": secrets.word("emc"),
                "LIENTHONG_DOCUMENTS_URL": f"{places.world}/sandbox/documents",
                "LIENTHONG_DOCUMENTS_TOKEN": secrets.word("documents"),
                "LIENTHONG_DOCUMENTS_POLL_SECONDS": "2",
                "LIENTHONG_POPULATION_URL": f"{places.world}/sandbox/population",
                "LIENTHONG_NATIONAL_PAYMENT_URL": f"{places.world}/sandbox/national-payment",
                "LIENTHONG_NATIONAL_PAYMENT_SECRET": secrets.word("national-payment"),
            }
            return {
                "LIENTHONG_UPSTREAMS": json.dumps({name: places.api(name) for name in SERVICES if name != "gateway"}),
                "LIENTHONG_LEDGER_KEY": secrets.ed25519("ledger"),
                "LIENTHONG_EXCHANGE_KEY": secrets.ed25519("exchange"),
                "LIENTHONG_ARCHIVE_FOLDER": str(directory / "archive"),
                "LIENTHONG_TOKEN_KEY": secrets.ed25519("tokens"),
                "LIENTHONG_TOKEN_ISSUER": places.public_url,
                **(ministry if places.world is not None else {}),
            }
        case "payment" if places.world is not None:
            return {
                "LIENTHONG_VNPAY_TMN_CODE": "LIENTHNG",
                "LIENTHONG_VNPAY_HASH_SECRET": secrets.word("vnpay"),
                "LIENTHONG_VNPAY_PAY_URL": f"{places.world_public}/sandbox/vnpay/paymentv2/vpcpay.html",
            }
        case "submission":
            return _submission(places, secrets) | _files(places, secrets, directory)
        case "civil-registry":
            return {"LIENTHONG_RECORD_SIGNING_KEY": secrets.ed25519("civil-registry")}
        case _:
            return {}


def _submission(places: Places, secrets: SecretsOnDisk) -> dict[str, str]:
    """Who carries its notices, and whom it asks about people."""
    told: dict[str, str] = {}
    if places.world is not None:
        told["LIENTHONG_SMS_URL"] = f"{places.world}/sandbox/sms"
        told["LIENTHONG_SMS_TOKEN"] = secrets.word("sms")
        told["LIENTHONG_POPULATION_URL"] = f"{places.world}/sandbox/population"
    if places.world is not None and places.world_smtp_port is not None:
        told["LIENTHONG_SMTP_HOST"] = str(urlsplit(places.world).hostname)
        told["LIENTHONG_SMTP_PORT"] = str(places.world_smtp_port)
        # It never leaves the network of this deployment.
        told["LIENTHONG_SMTP_TLS"] = "none"
    return told


def _files(places: Places, secrets: SecretsOnDisk, directory: Path) -> dict[str, str]:
    """Where submission keeps files, who scans them, what signs the links to them."""
    told = {"LIENTHONG_LINK_KEY": secrets.word("links")}
    if places.scanner is not None:
        told["LIENTHONG_CLAMD"] = places.scanner
    if places.store is None:
        return told | {"LIENTHONG_DATA_DIR": str(directory)}
    return told | _bucket(places.store, secrets)


def _bucket(store: str, secrets: SecretsOnDisk) -> dict[str, str]:
    return {
        "LIENTHONG_S3_ENDPOINT": store,
        "LIENTHONG_S3_BUCKET": BUCKET,
        "LIENTHONG_S3_ACCESS_KEY": STORE,
        "LIENTHONG_S3_SECRET_KEY": secrets.word("s3"),
    }


def store_environment(secrets: SecretsOnDisk) -> dict[str, str]:
    """The environment of the S3 server: its one account."""
    return {"ROOT_ACCESS_KEY": STORE, "ROOT_SECRET_KEY": secrets.word("s3")}


def world_environment(places: Places, secrets: SecretsOnDisk) -> dict[str, str]:
    """The environment of the simulators' process."""
    return {
        "SANDBOX_ORIGIN": str(places.world_public),
        "SANDBOX_MOJ_TOKEN": secrets.word("moj"),
        "SANDBOX_VNPAY_SECRET": secrets.word("vnpay"),
        "SANDBOX_IPN_URL": f"{places.gateway}/api/payment/v1/vnpay/ipn",
        "SANDBOX_SMS_TOKEN": secrets.word("sms"),
        "SANDBOX_RESIDENCE_TOKEN": secrets.word("residence"),
        "SANDBOX_HEALTH_CARD_TOKEN": secrets.word("health-card"),
        "SANDBOX_EMC_TOKEN": secrets.word("emc"),
        "SANDBOX_DOCUMENTS_TOKEN": secrets.word("documents"),
        "SANDBOX_NATIONAL_PAYMENT_SECRET": secrets.word("national-payment"),
        "SANDBOX_NATIONAL_PAYMENT_CONFIRM_URL": f"{places.gateway}/lgsp/v1/national-payments/confirmations",
        **({"SANDBOX_SMTP_PORT": str(places.world_smtp_port)} if places.world_smtp_port is not None else {}),
    }


def broker_document(secrets: SecretsOnDisk, vhost: str = "/") -> str:
    """RabbitMQ's definitions: a user per service with its permissions."""
    return json.dumps(broker_definitions({user: secrets.word(f"rabbitmq-{user}") for user in USERS}, [vhost]), indent=1)


def database_script(secrets: SecretsOnDisk) -> str:
    """For psql, again and again: a role and a database of its own for every service; no role may connect to another's.

    Run on a database that has grown a service, or whose passwords were changed, it adds and changes only that.
    """
    lines = ["REVOKE ALL ON DATABASE postgres, template1 FROM PUBLIC;"]
    for service in SERVICES:
        lines += [
            _unless("pg_roles WHERE rolname", service, f'CREATE ROLE "{service}" LOGIN'),
            f"ALTER ROLE \"{service}\" PASSWORD '{secrets.word(f'postgres-{service}')}';",
            _unless("pg_database WHERE datname", service, f'CREATE DATABASE "{service}" OWNER "{service}"'),
            f'REVOKE ALL ON DATABASE "{service}" FROM PUBLIC;',
        ]
    return "\n".join(lines) + "\n"


def _unless(there: str, name: str, statement: str) -> str:
    return f"SELECT '{statement}' WHERE NOT EXISTS (SELECT FROM {there} = '{name}') \\gexec"  # noqa: S608 - our own names


def deployment_secrets(
    directory: Annotated[Path, typer.Argument(help="Where they go, a folder for each container; made once, then kept")],
    settings: Annotated[
        Path | None,
        typer.Option(
            help="Folder of the operator's settings: all.env, payment.env, and files of payment in payment/, …"
        ),
    ] = None,
    public_url: Annotated[
        str, typer.Option(envvar="LIENTHONG_PUBLIC_URL", help="Public origin")
    ] = "http://127.0.0.1:8080",
    world_public: Annotated[
        str | None,
        typer.Option(envvar="LIENTHONG_WORLD_PUBLIC_URL", help="Simulators' public origin; only for trying out"),
    ] = None,
) -> None:
    """Write every secret once; environments and definitions are written anew from them each time."""
    secrets = SecretsOnDisk(directory / "kept")
    places = Places(
        public_url=public_url,
        postgres="postgres",
        amqp="rabbitmq",
        upstream="http://{service}:8000",
        gateway="http://gateway:8000",
        proxies="*",
        store=f"http://{STORE}:7070",
        scanner="scanner:3310",
        world="http://simulators:8000" if world_public else None,
        world_public=world_public or None,
        world_smtp_port=2525 if world_public else None,
    )
    for service in SERVICES:
        told = _shell(environment(service, places, secrets, Path("/var/lib/lienthong")))
        given = {"service.env": told + _set_by_operator(settings, service)}
        if world_public and service == "gateway":  # who takes part in a sandbox's exchange, unless the operator says it
            given[PARTNERS.name] = PARTNERS.read_text(encoding="utf-8")
        given |= {file.name: file.read_text(encoding="utf-8") for file in _files_of_operator(settings, service)}
        for name, content in given.items():
            _hand_over(directory / service / name, content, APPLICATION)
        _take_back(directory / service, keeping=given.keys())
    world = _shell(world_environment(places, secrets)) if world_public else ""
    _hand_over(directory / SIMULATORS / "service.env", world, APPLICATION)
    _hand_over(directory / STORE / "service.env", _shell(store_environment(secrets)), SERVER)
    _give(directory / "files-data", SERVER)
    _hand_over(directory / "postgres" / "password", secrets.word("postgres"), SERVER)
    _hand_over(directory / "postgres" / "databases.sql", database_script(secrets), SERVER)
    _hand_over(directory / "rabbitmq" / "definitions.json", broker_document(secrets), SERVER)
    typer.echo("secrets: every container has its own.")


def _shell(environment_of_one: Mapping[str, str]) -> str:
    return "".join(f"{name}={shlex.quote(value)}\n" for name, value in environment_of_one.items())


def _set_by_operator(settings: Path | None, service: str) -> str:
    """What the operator says comes last, and so has the last word."""
    if settings is None:
        return ""
    files = (settings / "all.env", settings / f"{service}.env")
    return "".join(f"{file.read_text(encoding='utf-8').rstrip()}\n" for file in files if file.is_file())


def _files_of_operator(settings: Path | None, service: str) -> list[Path]:
    """Certificates, retired keys: what a setting names by its path."""
    folder = settings / service if settings is not None else None
    return sorted(file for file in folder.iterdir() if file.is_file()) if folder and folder.is_dir() else []


def _hand_over(path: Path, content: str, reader: int) -> None:
    """Whole or not at all, and only for its reader: who runs this as root can give it away, others keep it."""
    path.parent.mkdir(parents=True, exist_ok=True)
    new = path.with_name(f".{path.name}")
    new.unlink(missing_ok=True)
    new.touch(mode=0o600)
    new.write_text(content, encoding="utf-8")
    if os.geteuid() == 0:
        os.chown(new, reader, reader)
    new.chmod(0o400)
    new.replace(path)


def _take_back(folder: Path, *, keeping: Collection[str]) -> None:
    """What was given before and is not now: a sandbox's partners are none of the city's."""
    for file in folder.iterdir():
        if file.name not in keeping:
            file.unlink()


def _give(volume: Path, owner: int) -> None:
    """A new volume belongs to root; a server that is not root must be able to write there."""
    if volume.is_dir() and os.geteuid() == 0:
        os.chown(volume, owner, owner)
