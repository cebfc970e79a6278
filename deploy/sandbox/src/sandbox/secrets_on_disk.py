"""The sandbox's keys and secrets: made once, kept in the data directory (readable by its owner only), worth nothing elsewhere."""

import secrets
from collections.abc import Callable
from pathlib import Path

from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey


class SecretsOnDisk:
    """Secrets by name; one that is not there is made."""

    def __init__(self, directory: Path) -> None:
        self._directory = directory
        directory.mkdir(mode=0o700, parents=True, exist_ok=True)

    def ed25519(self, name: str) -> str:
        """An Ed25519 private key, PEM."""
        return self._kept(f"{name}.pem", _new_key)

    def word(self, name: str) -> str:
        """A random word."""
        return self._kept(f"{name}.txt", lambda: secrets.token_urlsafe(32))

    def _kept(self, name: str, make: Callable[[], str]) -> str:
        path = self._directory / name
        if not path.exists():
            value = make()
            path.touch(mode=0o600)
            path.write_text(value, encoding="utf-8")
        return path.read_text(encoding="utf-8")


def _new_key() -> str:
    return (
        Ed25519PrivateKey.generate()
        .private_bytes(serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption())
        .decode()
    )
