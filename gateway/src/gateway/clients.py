"""Agencies' clients: who may ask for tokens, with which scopes. A JSON file; secrets stand in it only as scrypt hashes."""

import base64
import contextlib
import hashlib
import hmac
import json
import os
import re
import secrets
import tempfile
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path

_N, _R, _P = 2**14, 8, 1
_SALT_BYTES = 16
_SECRET_BYTES = 32
# RFC 6749 appendix A: what a client id and a scope may be written with; the colon is left out of ids for HTTP Basic's sake.
_ID = re.compile(r"[A-Za-z0-9._~-]{1,100}")
_SCOPE = re.compile(r"[\x21\x23-\x5b\x5d-\x7e]{1,100}")


class ClientsFileError(ValueError):
    """The file, or what is to be put into it, is not right; the message is for the operator."""


@dataclass(frozen=True)
class Client:
    """One agency's system."""

    id: str
    agency: str
    scopes: frozenset[str]
    secret_hash: str

    def __post_init__(self) -> None:
        if not _ID.fullmatch(self.id):
            raise ClientsFileError("A client id is 1 to 100 letters, digits, '.', '_', '~' or '-'.")
        if not self.agency:
            raise ClientsFileError("A client belongs to an agency: its code must not be empty.")
        if wrong := [scope for scope in self.scopes if not _SCOPE.fullmatch(scope)]:
            raise ClientsFileError(f"Not a scope: {wrong[0]!r}. One looks like submission:read.")
        if not self.scopes:
            raise ClientsFileError("A client without a scope could do nothing: give at least one.")
        _parsed(self.secret_hash)


def new_secret() -> str:
    """A secret beyond guessing, safe in a URL and in a header."""
    return secrets.token_urlsafe(_SECRET_BYTES)


def hash_secret(secret: str) -> str:
    """What is kept of a secret: `scrypt$n$r$p$salt$hash`."""
    salt = secrets.token_bytes(_SALT_BYTES)
    digest = hashlib.scrypt(secret.encode(), salt=salt, n=_N, r=_R, p=_P)
    return f"scrypt${_N}${_R}${_P}${base64.b64encode(salt).decode()}${base64.b64encode(digest).decode()}"


def secret_matches(secret: str, kept: str) -> bool:
    """Whether this is the secret that was hashed. Costs some tens of milliseconds of CPU: call it off the event loop."""
    n, r, p, salt, digest = _parsed(kept)
    return hmac.compare_digest(hashlib.scrypt(secret.encode(), salt=salt, n=n, r=r, p=p), digest)


def _parsed(kept: str) -> tuple[int, int, int, bytes, bytes]:
    name, *parts = kept.split("$")
    if name == "scrypt" and len(parts) == 5:
        n, r, p, salt, digest = parts
        with contextlib.suppress(ValueError):
            decoded = base64.b64decode(salt, validate=True), base64.b64decode(digest, validate=True)
            return int(n), int(r), int(p), *decoded
    raise ClientsFileError("A secretHash reads scrypt$n$r$p$salt$hash, salt and hash in base64.")


class ClientBook:
    """The clients of a file, read again whenever the file changed: adding one needs no restart."""

    def __init__(self, path: Path | None) -> None:
        self._path = path
        self._read: tuple[int, int] | None = None
        self._clients: Mapping[str, Client] = {}
        self._nobody = hash_secret(new_secret())
        self._proven: dict[str, tuple[Client, bytes]] = {}
        self._proof_key = secrets.token_bytes(32)

    def proven(self, client_id: str, secret: str) -> Client | None:
        """The client, if this secret was found right before and is still the one in the file. Quick: no hash of the slow kind.

        So a flood of wrong secrets, which all wait to be hashed, keeps nobody waiting who has come before.
        """
        client, proof = self._proven.get(client_id, (None, b""))
        known = client is not None and client == self._current().get(client_id)
        return client if hmac.compare_digest(proof, self._proof(secret)) and known else None

    def _proof(self, secret: str) -> bytes:
        return hashlib.blake2b(secret.encode(), key=self._proof_key).digest()

    def authenticated(self, client_id: str, secret: str) -> Client | None:
        """The client, if the secret is its own. One that does not exist costs the same time as a wrong secret."""
        client = self._current().get(client_id)
        matches = secret_matches(secret, client.secret_hash if client else self._nobody)
        if client is None or not matches:
            return None
        self._proven[client_id] = client, self._proof(secret)
        return client

    def _current(self) -> Mapping[str, Client]:
        if self._path is not None:
            try:
                status = self._path.stat()
            except FileNotFoundError:
                return {}
            seen = (status.st_mtime_ns, status.st_size)
            if seen != self._read:
                self._clients, self._read = read_clients(self._path), seen
        return self._clients


def read_clients(path: Path) -> Mapping[str, Client]:
    """The clients in a file, by id; none where there is no file. Raises ClientsFileError."""
    try:
        document = json.loads(path.read_text(encoding="utf-8"))
        found = [
            Client(
                str(entry["id"]), str(entry["agency"]), frozenset(map(str, entry["scopes"])), str(entry["secretHash"])
            )
            for entry in document["clients"]
        ]
    except FileNotFoundError:
        return {}
    except (KeyError, TypeError, json.JSONDecodeError):
        raise ClientsFileError(
            'The clients file must read {"clients": [{"id", "agency", "scopes": [], "secretHash"}]}.'
        ) from None
    return {client.id: client for client in found}


def add_client(path: Path, client_id: str, *, agency: str, scopes: Iterable[str], replace: bool = False) -> str:
    """Put a client with a new secret into the file and give the secret, which is kept nowhere. Raises ClientsFileError."""
    clients = dict(read_clients(path))
    if client_id in clients and not replace:
        raise ClientsFileError(
            f"There is a client {client_id} already. With --replace it gets a new secret, and the old one ends."
        )
    secret = new_secret()
    clients[client_id] = Client(client_id, agency, frozenset(scopes), hash_secret(secret))
    _write(path, clients.values())
    return secret


def _write(path: Path, clients: Iterable[Client]) -> None:
    """Whole or not at all, and readable by its owner only."""
    entries = [
        {"id": client.id, "agency": client.agency, "scopes": sorted(client.scopes), "secretHash": client.secret_hash}
        for client in sorted(clients, key=lambda client: client.id)
    ]
    path.parent.mkdir(parents=True, exist_ok=True)
    descriptor, temporary = tempfile.mkstemp(dir=path.parent, prefix=path.name)  # made with mode 0600
    with os.fdopen(descriptor, "w", encoding="utf-8") as file:
        json.dump({"clients": entries}, file, ensure_ascii=False, indent=2)
        file.write("\n")
        file.flush()
        os.fsync(file.fileno())
    Path(temporary).replace(path)
