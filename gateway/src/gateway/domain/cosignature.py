"""Cosignatures of witnesses (C2SP tlog-cosignature, Ed25519, type 0x04): keys and checking. It asks no witness (gateway.ledger.witnesses).

A witness signs, with the time, that the checkpoint is consistent with every one it saw before: so the ledger's keeper cannot
show different histories to different people without a witness having seen both.
"""

import base64
import binascii
import hashlib
import struct
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime

from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey

from gateway.domain.checkpoint import MalformedKeyError, SignatureLine, is_key_name

COSIGNATURE_TYPE = 4
_TIME_BYTES, _SIGNATURE_BYTES, _KEY_BYTES = 8, 64, 32
_LATEST = 253_402_300_799  # the end of the year 9999: a date beyond it is not one


@dataclass(frozen=True, slots=True)
class WitnessKey:
    """A witness we know: its name and public key."""

    name: str
    public_key: bytes

    @property
    def key_id(self) -> bytes:
        typed = bytes([COSIGNATURE_TYPE]) + self.public_key
        return hashlib.sha256(self.name.encode() + b"\n" + typed).digest()[:4]

    @property
    def vkey(self) -> str:
        """In one line, as handed to those who verify."""
        encoded = base64.b64encode(bytes([COSIGNATURE_TYPE]) + self.public_key).decode()
        return f"{self.name}+{self.key_id.hex()}+{encoded}"


@dataclass(frozen=True, slots=True)
class Cosignature:
    """A cosignature found good."""

    witness: WitnessKey
    at: datetime
    line: str


def parse_witness_key(vkey: str) -> WitnessKey:
    """Read a vkey of type 0x04. Raises MalformedKeyError."""
    try:
        name, key_id, encoded = vkey.split("+", 2)
        key = base64.b64decode(encoded, validate=True)
    except (ValueError, binascii.Error):
        raise MalformedKeyError("a vkey reads name+keyid+base64") from None
    if key[:1] != bytes([COSIGNATURE_TYPE]) or len(key) != 1 + _KEY_BYTES or not is_key_name(name):
        raise MalformedKeyError("a witness's vkey is of type 0x04 (Ed25519 cosignature)")
    witness = WitnessKey(name, key[1:])
    if witness.vkey != vkey:
        raise MalformedKeyError(f"the key id {key_id!r} does not belong to this name and key")
    return witness


def cosignatures(text: str, lines: Iterable[SignatureLine], witnesses: Iterable[WitnessKey]) -> list[Cosignature]:
    """The good cosignatures by these witnesses over a checkpoint's text, one a witness; all other lines are passed over."""
    known: Mapping[tuple[str, bytes], WitnessKey] = {(key.name, key.key_id): key for key in witnesses}
    found: dict[str, Cosignature] = {}
    for line in lines:
        witness = known.get((line.name, line.key_id))
        at = signed_at(text, line.signature, witness.public_key) if witness is not None else None
        if witness is not None and at is not None:
            found[witness.vkey] = Cosignature(witness, at, line.line)
    return list(found.values())


def signed_at(text: str, signature: bytes, public_key: bytes) -> datetime | None:
    """When it was signed, if the signature is good."""
    if len(signature) != _TIME_BYTES + _SIGNATURE_BYTES:
        return None
    (seconds,) = struct.unpack(">Q", signature[:_TIME_BYTES])
    if not 0 < seconds <= _LATEST:
        return None
    message = f"cosignature/v1\ntime {seconds}\n{text}".encode()
    try:
        Ed25519PublicKey.from_public_bytes(public_key).verify(signature[_TIME_BYTES:], message)
    except (InvalidSignature, ValueError):
        return None
    return datetime.fromtimestamp(seconds, UTC)
