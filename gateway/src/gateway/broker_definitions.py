"""What RabbitMQ is told at its first start: virtual hosts, users and who may do what; no I/O, and no queue or exchange.

The result is RabbitMQ's own "definitions" document, for `load_definitions`. The permissions are the wall of the bus:
a service can write to `lgsp.ingress` and read its own queue, and nothing else, so that no event reaches another service
but through the gateway. Exchanges and queues are declared by the gateway, the only one with the right to.
"""

import base64
import hashlib
from collections.abc import Mapping, Sequence
from typing import Any

from chassis.bus.rabbitmq import INGRESS, events_queue
from contracts import registry

GATEWAY = "gateway"
SERVICES = tuple(service for service in registry.SERVICES if service != GATEWAY)
# For operators; no process of ours uses it.
ADMIN = "admin"
USERS = (GATEWAY, *SERVICES, ADMIN)

NOTHING = "^$"
EVERYTHING = ".*"


def broker_definitions(passwords: Mapping[str, str], vhosts: Sequence[str]) -> dict[str, Any]:
    """The definitions for these virtual hosts, with the password of every user in `USERS`.

    Raises ValueError if a password is missing or empty, or given for a user that does not exist: a user who can log in
    without a password, and a misspelt name that leaves one out, must not get as far as the broker.
    """
    unknown = sorted(passwords.keys() - set(USERS))
    missing = [user for user in USERS if not passwords.get(user)]
    if unknown or missing:
        raise ValueError(f"broker passwords: missing for {missing}, given for unknown {unknown}")
    return {
        "vhosts": [{"name": vhost} for vhost in vhosts],
        "users": [_user(user, passwords[user]) for user in USERS],
        "permissions": [_permissions(user, vhost) for vhost in vhosts for user in USERS],
    }


def _user(name: str, password: str) -> dict[str, Any]:
    return {
        "name": name,
        "password_hash": _password_hash(name, password),
        "hashing_algorithm": "rabbit_password_hashing_sha256",
        "tags": ["administrator"] if name == ADMIN else [],
    }


def _permissions(user: str, vhost: str) -> dict[str, str]:
    configure, write, read = EVERYTHING, EVERYTHING, EVERYTHING
    if user in SERVICES:
        configure, write, read = NOTHING, _exactly(INGRESS), _exactly(events_queue(user))
    return {"user": user, "vhost": vhost, "configure": configure, "write": write, "read": read}


def _exactly(name: str) -> str:
    return "^" + name.replace(".", r"\.") + "$"


def _password_hash(user: str, password: str) -> str:
    """RabbitMQ's scheme: base64 of a 4-byte salt and the SHA-256 of salt and password.

    The salt comes from user and password instead of chance, so that the same passwords make the same document and a
    new deployment shows no difference. It tells an attacker nothing that the hash beside it does not.
    """
    salt = hashlib.sha256(f"{user}\0{password}".encode()).digest()[:4]
    return base64.b64encode(salt + hashlib.sha256(salt + password.encode()).digest()).decode()
