"""Signed checkpoints of the event ledger (C2SP tlog-checkpoint in signed-note form); text and keys only, no storage.

A checkpoint says "this log has so many entries, and this is their root hash". It reads:

    lgsp.example/ledger
    20852163
    CsUYapGGPo4dkMgIAUqom/Xajj7h2fB2MPA3j2jxq2I=

    — lgsp.example/ledger Az3grlgt…

Other parties (witnesses) may add signature lines of their own; lines by keys we do not know are passed over.

Errors, all with a sentence for the person who runs the verifier:

    CheckpointError
    ├── MalformedKeyError         a vkey that cannot be read, or whose key id does not belong to it
    ├── MalformedCheckpointError  not a signed note, or its text is not a checkpoint
    └── UntrustedCheckpointError
        ├── UnsignedError         no signature line by the expected key
        ├── BadSignatureError     a line claims the expected key, and its signature is false
        └── WrongOriginError      truly signed, but about another log
"""

import base64
import binascii
import hashlib
import re
from dataclasses import dataclass, field

from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey, Ed25519PublicKey

from gateway.domain.merkle import HASH_BYTES

_ED25519 = b"\x01"  # the signature type of the signed-note specification
_KEY_ID_BYTES = 4
_PUBLIC_KEY_BYTES = 32
_SIGNATURE_PREFIX = "— "
# The specification asks readers to bound a note, yet to take 16 signatures, which may be post-quantum ones of ~5 kB.
_MAX_NOTE_CHARS = 256 * 1024
_CONTROL = re.compile(r"[\x00-\x09\x0b-\x1f]")
_DECIMAL = re.compile(r"0|[1-9][0-9]{0,18}")  # what a PostgreSQL bigint can hold
_KEY_ID_HEX = re.compile(r"[0-9a-f]{8}")


class CheckpointError(Exception):
    """A key or a checkpoint that must not be relied on."""


class MalformedKeyError(CheckpointError):
    """The vkey cannot be read, or its key id does not belong to its name and public key."""


class MalformedCheckpointError(CheckpointError):
    """The text is not a signed note, or the text of the note is not a checkpoint."""


class UntrustedCheckpointError(CheckpointError):
    """The text is well formed, but nothing trusted stands behind it."""


class UnsignedError(UntrustedCheckpointError):
    """No signature line is by the expected key."""


class BadSignatureError(UntrustedCheckpointError):
    """A signature line names the expected key, but the signature does not verify."""


class WrongOriginError(UntrustedCheckpointError):
    """The signature is good, but the checkpoint speaks of another log."""


@dataclass(frozen=True, slots=True)
class Checkpoint:
    """The state of the log `origin`: `size` entries whose Merkle tree head is `root`."""

    origin: str
    size: int
    root: bytes

    def __post_init__(self) -> None:
        if not self.origin or "\n" in self.origin or _CONTROL.search(self.origin):
            raise MalformedCheckpointError("the origin must be one non-empty line without control characters")
        if not _DECIMAL.fullmatch(str(self.size)):
            raise MalformedCheckpointError(f"{self.size} is not a possible number of entries")
        if len(self.root) != HASH_BYTES:
            raise MalformedCheckpointError(f"a root hash has {HASH_BYTES} bytes, this one {len(self.root)}")

    @property
    def body(self) -> str:
        """The text that is signed, its last newline included."""
        return f"{self.origin}\n{self.size}\n{_encode(self.root)}\n"


@dataclass(frozen=True, slots=True)
class Verifier:
    """A public key and the name it signs under; name and key together make the key id."""

    name: str
    public_key: bytes

    def __post_init__(self) -> None:
        if not is_key_name(self.name):
            raise MalformedKeyError("a key name must be non-empty, without spaces, control characters or '+'")
        if len(self.public_key) != _PUBLIC_KEY_BYTES:
            raise MalformedKeyError(f"an Ed25519 public key has {_PUBLIC_KEY_BYTES} bytes")

    @property
    def key_id(self) -> bytes:
        return hashlib.sha256(self.name.encode() + b"\n" + _ED25519 + self.public_key).digest()[:_KEY_ID_BYTES]

    def verify(self, text: str, signature: bytes) -> bool:
        try:
            Ed25519PublicKey.from_public_bytes(self.public_key).verify(signature, text.encode())
        except (InvalidSignature, ValueError):  # ValueError: the 32 bytes are no point of the curve
            return False
        return True


@dataclass(frozen=True, slots=True)
class Signer:
    """The private key of a log; its `name` should be the origin of the checkpoints it signs."""

    name: str
    private_key: Ed25519PrivateKey = field(repr=False)

    verifier: Verifier = field(init=False, repr=False)

    def __post_init__(self) -> None:
        # A name that no verifier would accept is refused before anything is signed under it.
        verifier = Verifier(self.name, self.private_key.public_key().public_bytes_raw())
        object.__setattr__(self, "verifier", verifier)


def format_vkey(verifier: Verifier) -> str:
    """The public key in one line, as handed to those who verify: `name+key id+base64(type ‖ public key)`."""
    return f"{verifier.name}+{verifier.key_id.hex()}+{_encode(_ED25519 + verifier.public_key)}"


def parse_vkey(vkey: str) -> Verifier:
    """Read a vkey; raises MalformedKeyError, also when the key id shows that name and key do not belong together."""
    try:
        name, key_id, encoded = vkey.split("+", 2)  # base64 has '+' of its own
        key = _decode(encoded)
    except ValueError:
        raise MalformedKeyError("a vkey reads name+keyid+base64") from None
    if key[:1] != _ED25519:
        raise MalformedKeyError("only Ed25519 keys (type 0x01) are supported")
    verifier = Verifier(name, key[1:])
    if not _KEY_ID_HEX.fullmatch(key_id) or bytes.fromhex(key_id) != verifier.key_id:
        raise MalformedKeyError(f"the key id {key_id!r} does not belong to this name and key")
    return verifier


def sign(checkpoint: Checkpoint, signer: Signer) -> str:
    """The checkpoint as a signed note, ready to be published; Ed25519 makes it the same text each time."""
    return sign_note(checkpoint.body, signer)


def sign_note(text: str, signer: Signer) -> str:
    """Any text that ends in a newline, as a signed note."""
    return f"{text}\n{_signature_line(text, signer)}"


def _signature_line(text: str, signer: Signer) -> str:
    signature = signer.private_key.sign(text.encode())
    return f"{_SIGNATURE_PREFIX}{signer.name} {_encode(signer.verifier.key_id + signature)}\n"


def open_checkpoint(text: str, verifier: Verifier, *, origin: str | None = None) -> Checkpoint:
    """The checkpoint in a signed note, once the signature by `verifier` is found good.

    The checkpoint must be about `origin`; when none is given, about the log that has the key's name, so that a key
    which signs for several logs cannot have one passed off as another. Extension lines are signed, and ignored.

    Raises MalformedCheckpointError, UnsignedError, BadSignatureError, WrongOriginError.
    """
    checkpoint = _parse_body(open_note(text, verifier))
    expected = verifier.name if origin is None else origin
    if checkpoint.origin != expected:
        raise WrongOriginError(f"the checkpoint is about {checkpoint.origin!r}, expected {expected!r}")
    return checkpoint


def open_note(note: str, verifier: Verifier) -> str:
    """The signed text of any note, once the signature by `verifier` is found good."""
    text, lines = _split_note(note)
    signatures = [_parse_signature(line) for line in lines]
    ours = [signature for name, key_id, signature in signatures if (name, key_id) == (verifier.name, verifier.key_id)]
    if not ours:
        raise UnsignedError(f"no signature by {verifier.name}+{verifier.key_id.hex()}")
    if not all(verifier.verify(text, signature) for signature in ours):
        raise BadSignatureError(f"the signature of {verifier.name} does not verify: text or signature was changed")
    return text


@dataclass(frozen=True, slots=True)
class SignatureLine:
    """One signature line of a note, taken apart; whether it is good is another question."""

    name: str
    key_id: bytes
    signature: bytes = field(repr=False)

    @property
    def line(self) -> str:
        """As it stands in a note, its newline included."""
        return f"{_SIGNATURE_PREFIX}{self.name} {_encode(self.key_id + self.signature)}\n"


def read_note(note: str) -> tuple[str, list[SignatureLine]]:
    """The text of a note and its signature lines, none of them checked. Raises MalformedCheckpointError."""
    text, lines = _split_note(note)
    return text, [SignatureLine(*_parse_signature(line)) for line in lines]


def read_checkpoint(text: str) -> Checkpoint:
    """The checkpoint in the text of a note, whoever signed it. Raises MalformedCheckpointError."""
    return _parse_body(text)


def _split_note(note: str) -> tuple[str, list[str]]:
    if len(note) > _MAX_NOTE_CHARS:
        raise MalformedCheckpointError(f"a note of more than {_MAX_NOTE_CHARS} characters is not read")
    if _CONTROL.search(note) or not _is_utf8(note):
        raise MalformedCheckpointError("a note must be UTF-8 text without control characters other than newline")
    # The *last* empty line divides text from signatures: a text may hold empty lines, signatures may not.
    text, blank, signatures = note.rpartition("\n\n")
    if not blank or not signatures.endswith("\n"):
        raise MalformedCheckpointError("a note is a text, an empty line, and signature lines that end in a newline")
    # Not splitlines(): it also breaks at U+2028 and the like, which are ordinary characters here.
    return text + "\n", signatures[:-1].split("\n")


def _parse_signature(line: str) -> tuple[str, bytes, bytes]:
    name, _, encoded = line.removeprefix(_SIGNATURE_PREFIX).partition(" ")
    try:
        signature = _decode(encoded)
    except ValueError:
        signature = b""
    if not line.startswith(_SIGNATURE_PREFIX) or not is_key_name(name) or len(signature) <= _KEY_ID_BYTES:
        raise MalformedCheckpointError("a signature line reads: em dash, space, key name, space, base64 signature")
    return name, signature[:_KEY_ID_BYTES], signature[_KEY_ID_BYTES:]


def _parse_body(text: str) -> Checkpoint:
    lines = text[:-1].split("\n")
    if not all(lines):
        raise MalformedCheckpointError("a checkpoint has no empty line")
    try:
        origin, size, root, *_extensions = lines
    except ValueError:
        raise MalformedCheckpointError("a checkpoint has an origin, a size and a root hash") from None
    if not _DECIMAL.fullmatch(size):
        raise MalformedCheckpointError(f"{size!r} is not a tree size")
    try:
        return Checkpoint(origin, int(size), _decode(root))
    except ValueError:
        raise MalformedCheckpointError("the root hash is not base64") from None


def is_key_name(name: str) -> bool:
    """Whether a key may go by this name."""
    return (
        bool(name)
        and "+" not in name
        and not any(character.isspace() for character in name)
        and not _CONTROL.search(name)
        and _is_utf8(name)
    )


def _is_utf8(text: str) -> bool:
    try:
        text.encode()
    except UnicodeEncodeError:  # a lone surrogate
        return False
    return True


def _encode(data: bytes) -> str:
    return base64.b64encode(data).decode()


def _decode(text: str) -> bytes:
    """Strict base64: one spelling per value, so that a text cannot be altered and still say the same."""
    try:
        data = base64.b64decode(text, validate=True)
    except binascii.Error as error:
        raise ValueError("not base64") from error
    if _encode(data) != text:
        raise ValueError("not canonical base64")
    return data
