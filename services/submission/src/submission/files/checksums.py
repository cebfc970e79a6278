"""The checksum of a piece, as the tus extension has it: `Upload-Checksum: sha1 <Base64>`. It compares nothing."""

import base64
import binascii
import hashlib
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Protocol


class Hash(Protocol):
    """What hashlib's objects have in common."""

    def update(self, piece: bytes, /) -> None: ...

    def digest(self) -> bytes: ...


def _sha1() -> Hash:
    return hashlib.sha1(usedforsecurity=False)  # the protocol wants it; it finds damage, not forgery


def _md5() -> Hash:
    return hashlib.md5(usedforsecurity=False)  # likewise


ALGORITHMS: Mapping[str, Callable[[], Hash]] = {"sha1": _sha1, "sha256": hashlib.sha256, "md5": _md5}


@dataclass(frozen=True, slots=True)
class Checksum:
    """What the sender says its bytes add up to: `digest`, by a hash that `make` makes."""

    make: Callable[[], Hash]
    digest: bytes


def checksum_of(header: str) -> Checksum | None:
    """From the header; None if the algorithm is none of ours. Raises ValueError if the rest is no checksum of it."""
    algorithm, _, encoded = header.strip().partition(" ")
    make = ALGORITHMS.get(algorithm.lower())
    if make is None:
        return None
    try:
        digest = base64.b64decode(encoded.strip(), validate=True)
    except binascii.Error as error:
        raise ValueError("not Base64") from error
    if len(digest) != len(make().digest()):
        raise ValueError("not a digest of this algorithm")
    return Checksum(make, digest)
